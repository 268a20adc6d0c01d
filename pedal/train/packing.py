"""Torch's tensors as kernels.py wants them, and its gradients as torch does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pedal.model.model import GATES, Cell
from pedal.train.sizes import SUMS, TILE, WIDE

Numbers = NDArray[np.floating[Any]]

BY_X: dict[str, tuple[int, ...]] = {"lstm": (0, 1, 2, 3), "gru": (0, 1, 2)}
"""Which of a unit's four sums the gates' input weights belong to, in the gates' order."""
BY_H: dict[str, tuple[int, ...]] = {"lstm": (0, 1, 2, 3), "gru": (0, 1, 3)}
"""The same for the weights of h."""


@dataclass(frozen=True)
class Packed:
    """The weights; the letters are those of kernels.forward."""

    w: Numbers
    """[H][H][4]"""
    v: Numbers
    """[H][X][4]"""
    back: Numbers
    """[R / TILE][H · 4][TILE]"""
    dense: Numbers
    """[H + 1]"""
    inputs: int

    @property
    def rows(self) -> int:
        """R, units in whole tiles."""
        return int(self.back.shape[0]) * TILE


def pack(cell: Cell, weights: list[Numbers]) -> Packed:
    """The layer's weight_ih, weight_hh, bias_ih, bias_hh and the sum's weight and bias."""
    ih, hh, bias_ih, bias_hh, dense, bias = weights
    inputs, units, gates = ih.shape[1], hh.shape[1], len(GATES[cell])
    rows = -(-units // TILE) * TILE
    w = np.zeros((SUMS, units, rows), ih.dtype)
    v = np.zeros((SUMS, units, (inputs + 2) // 2 * 2), ih.dtype)
    for gate in range(gates):
        own = slice(gate * units, (gate + 1) * units)
        by_x, by_h = BY_X[cell][gate], BY_H[cell][gate]
        w[by_h, :, :units] = hh[own]
        v[by_x, :, :inputs] = ih[own]
        v[by_x, :, inputs] += bias_ih[own]
        v[by_h, :, inputs] += bias_hh[own]
    back = w.reshape(SUMS, units, rows // TILE, TILE).transpose(2, 1, 0, 3).reshape(-1, units * SUMS, TILE)
    return Packed(
        w=np.ascontiguousarray(w[:, :, :units].transpose(1, 2, 0)),
        v=np.ascontiguousarray(v.transpose(1, 2, 0)),
        back=np.ascontiguousarray(back),
        dense=np.concatenate((dense[0], bias)),
        inputs=inputs,
    )


def unpack(cell: Cell, dw: Numbers, dv: Numbers, inputs: int) -> tuple[Numbers, ...]:
    """The gradients of weight_ih, weight_hh, bias_ih and bias_hh from those of w and v."""
    w, v = dw.transpose(2, 0, 1), dv.transpose(2, 0, 1)
    by_x, by_h = list(BY_X[cell]), list(BY_H[cell])
    return (
        v[by_x, :, :inputs].reshape(-1, inputs),
        w[by_h].reshape(-1, w.shape[2]),
        v[by_x, :, inputs].reshape(-1),
        v[by_h, :, inputs].reshape(-1),
    )


def blocks(sequences: Tensor) -> Numbers:
    """[samples, sequences, values] -> [blocks][samples][values][WIDE]; the last block is filled up with zeros."""
    samples, count, values = sequences.shape
    number = -(-count // WIDE)
    found = sequences.new_zeros(number, samples, values, WIDE)
    for block, part in enumerate(sequences.split(WIDE, dim=1)):
        found[block, :, :, : part.shape[1]] = part.transpose(1, 2)
    return np.asarray(found.numpy())


def with_ones(x: Tensor, width: int) -> Tensor:
    """The inputs, then ones that carry the bias, then zeros: [samples, sequences, width]."""
    found = x.new_zeros(*x.shape[:2], width)
    found[..., : x.shape[2]] = x
    found[..., x.shape[2]] = 1
    return found


def flat(y: Numbers, sequences: int) -> Tensor:
    """[blocks][samples][WIDE] -> [samples, sequences]"""
    return torch.from_numpy(y).permute(1, 0, 2).reshape(y.shape[1], -1)[:, :sequences].contiguous()


def put(state: Tensor, slot: Numbers) -> None:
    """[sequences, hidden] into [blocks][R][WIDE], zeros elsewhere."""
    slot[:] = 0
    for block, part in enumerate(state.detach().split(WIDE)):
        slot[block, : part.shape[1], : part.shape[0]] = part.T.numpy()


def get(slot: Numbers, sequences: int, hidden: int) -> Tensor:
    """[blocks][R][WIDE] -> [sequences, hidden]"""
    return torch.from_numpy(slot[:, :hidden].transpose(0, 2, 1).reshape(-1, hidden)[:sequences].copy())
