"""The recurrent layer and its dense sum as one step of PyTorch's graph: compiled on a processor, torch's own on CUDA.

Both take the same parameters, in torch's order of gates (LSTM i, f, g, o; GRU r, z, n), which is the model file's.
"""

from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import DTypeLike
from torch import Tensor, nn

from pedal.model.model import Cell
from pedal.train import packing
from pedal.train.sizes import SUMS, WIDE

COMPILED = find_spec("numba") is not None
"""Whether numba is there; without it, torch's own layer does the work."""

Graph = Any
"""What torch hands from a step forward to the one backward."""


class State(NamedTuple):
    """What the layer remembers of each sequence; no gradient passes through it."""

    h: Tensor
    """[sequences, hidden]"""
    c: Tensor
    """[sequences, hidden]; a GRU has none and leaves zeros."""


class Recurrent(nn.Module):
    """One LSTM or GRU of 1 to 3 inputs, and a weighted sum of its units.

    Its parameters carry the names of the model file: rec.weight_ih_l0, rec.weight_hh_l0, rec.bias_ih_l0,
    rec.bias_hh_l0, lin.weight, lin.bias.
    """

    def __init__(self, cell: Cell, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell: Cell = cell
        self.rec = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](inputs, hidden)
        self.lin = nn.Linear(hidden, 1)
        self._spare: list[Kept] = []

    @property
    def hidden(self) -> int:
        """Units."""
        return int(self.rec.hidden_size)

    def rest(self, sequences: int) -> State:
        """The state before the first sample, zeros, on the device of the weights."""
        zeros = self.lin.weight.new_zeros(sequences, self.hidden)
        return State(zeros, zeros)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """[samples, sequences, inputs] and the state before -> [samples, sequences] and the state after, detached.

        The gradient reaches the parameters and ends there: neither the inputs nor the state before have one.
        """
        if not COMPILED or x.device.type != "cpu":
            return self.by_torch(x, state)
        rec, lin = self.rec, self.lin
        weights = (rec.weight_ih_l0, rec.weight_hh_l0, rec.bias_ih_l0, rec.bias_hh_l0, lin.weight, lin.bias)
        # Asked here, because within `forward` torch says that a gradient is needed even under no_grad.
        y, h, c = _Compiled.apply(self._spare, self.cell, torch.is_grad_enabled(), x.detach(), *state, *weights)
        return y, State(h, c)

    def by_torch(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """The same by torch's own layer."""
        h, c = (part.detach()[None] for part in state)
        units, after = self.rec(x.detach(), (h, c) if self.cell == "lstm" else h)
        h, c = after if self.cell == "lstm" else (after, c)
        return self.lin(units)[..., 0], State(h[0].detach(), c[0].detach())


class Kept(NamedTuple):
    """What the forward pass leaves for the backward one; used again, as the system takes its time to give memory."""

    hs: packing.Numbers
    cs: packing.Numbers
    gates: packing.Numbers

    @classmethod
    def of(cls, spare: list["Kept"], blocks: int, slots: int, rows: int, dtype: DTypeLike) -> "Kept":
        """A spare one of these sizes, or a new one; those of other sizes are let go."""
        shape = (blocks, slots, rows, WIDE)
        while spare:
            found = spare.pop()
            if found.hs.shape == shape and found.hs.dtype == dtype:
                return found
        gates = np.empty((blocks, slots - 1, rows, SUMS, WIDE), dtype)
        return cls(np.empty(shape, dtype), np.empty(shape, dtype), gates)


class _Compiled(torch.autograd.Function):
    """kernels.forward and kernels.backward."""

    @staticmethod
    def forward(
        ctx: Graph, spare: list[Kept], cell: Cell, graded: bool, x: Tensor, h: Tensor, c: Tensor, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        """The net's sum for each sample, and the states after the last; what the way back needs is kept in ctx."""
        from pedal.train import kernels  # imports numba

        samples, sequences, _ = x.shape
        keep = graded and any(ctx.needs_input_grad)
        packed = packing.pack(cell, [weight.detach().numpy() for weight in weights])
        inputs = packing.blocks(packing.with_ones(x, packed.v.shape[1]))
        slots = samples + 1 if keep else 2
        hs, cs, gates = kept = Kept.of(spare if keep else [], len(inputs), slots, packed.rows, inputs.dtype)
        y = np.empty((len(inputs), samples, WIDE), inputs.dtype)
        lstm = cell == "lstm"
        packing.put(h, hs[:, 0])
        packing.put(c if lstm else h, cs[:, 0])
        kernels.forward(lstm, inputs, packed.w, packed.v, packed.dense, keep, hs, cs, gates, y)
        last = samples if keep else samples % 2
        after = (packing.get(hs[:, last], *h.shape), packing.get(cs[:, last], *c.shape) if lstm else c.clone())
        ctx.mark_non_differentiable(*after)
        ctx.cell, ctx.spare, ctx.kept = cell, spare, (inputs, packed, kept) if keep else None
        return packing.flat(y, sequences), *after

    @staticmethod
    def backward(ctx: Graph, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        """The loss's slopes by each weight, from those by the net's sum; the other arguments have none."""
        from pedal.train import kernels

        inputs, packed, kept = ctx.kept
        dy = np.ascontiguousarray(packing.blocks(slopes[0].detach()[..., None])[:, :, 0])
        blocks, units, width = len(inputs), len(packed.w), inputs.shape[2]
        dw = np.empty((blocks, units * packed.rows * SUMS), inputs.dtype)
        dv = np.empty((blocks, units * width * SUMS), inputs.dtype)
        ddense = np.empty((blocks, packed.rows), inputs.dtype)
        kernels.backward(ctx.cell == "lstm", inputs, packed.back, packed.dense, *kept, dy, dw, dv, ddense)
        ctx.kept = None
        ctx.spare.append(kept)
        by_h = dw.sum(axis=0).reshape(units, packed.rows, SUMS)[:, :units]
        by_x = dv.sum(axis=0).reshape(units, width, SUMS)
        found = (
            *packing.unpack(ctx.cell, by_h, by_x, packed.inputs),
            *(ddense.sum(axis=0)[None, :units], dy.sum(dtype=np.float64, keepdims=True).reshape(1).astype(dy.dtype)),
        )
        return None, None, None, None, None, None, *(torch.from_numpy(np.ascontiguousarray(part)) for part in found)
