"""The network that learns an amplifier: a recurrent layer beside the dry guitar, and the model file it becomes."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from pedal.model import reference
from pedal.model.model import SELFTEST_FRAMES, Cell, Knob, Model, Selftest
from pedal.train.layer import Recurrent, State

SELFTEST = 2_048
"""Frames of the stored self-test."""


class Net(Recurrent):
    """The recurrent layer, its dense sum and the skip connection: y = lin · h + bias + skip · guitar."""

    def __init__(self, cell: Cell, inputs: int, hidden: int, skip: bool = True) -> None:
        super().__init__(cell, inputs, hidden)
        self.skip = skip
        self.start()

    def start(self) -> None:
        """Draw the weights that training starts from, by torch's generator.

        Recurrent weights are orthogonal, so that the layer neither forgets nor explodes (A. Saxe et al., ICLR 2014);
        an LSTM's forget gates are open (R. Jozefowicz et al., ICML 2015); the sum is small beside the dry guitar.
        """
        units = self.hidden
        with torch.no_grad():
            for gate in self.rec.weight_hh_l0.split(units):
                nn.init.orthogonal_(gate)
            if self.cell == "lstm":
                self.rec.bias_ih_l0[units : 2 * units] = 1.0

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """[samples, sequences, inputs] and the state before -> [samples, sequences] and the state after, detached."""
        y, state = super().forward(x, state)
        return (y + x[..., 0] if self.skip else y), state


def from_model(model: Model) -> Net:
    """A net with a model's weights; its gains and its initial state, which only other formats have, are left behind."""
    net = Net(model.cell, model.inputs, model.hidden, bool(model.skip))
    values = (
        *(model.weight_ih, model.weight_hh, model.bias_ih, model.bias_hh),
        *(model.dense_weight[None], np.array([model.dense_bias])),
    )
    with torch.no_grad():
        for weight, value in zip(weights(net), values, strict=True):
            weight.copy_(torch.from_numpy(np.array(value, dtype=np.float32)))
    return net


def to_model(net: Net, rate_hz: int, knobs: tuple[Knob, ...] = (), name: str = "") -> Model:
    """The net as the pedal keeps it, without a self-test.

    Raises:
        ModelError: the pedal plays no network of this size, knobs and inputs do not agree, or a weight is not a number.
    """
    ih, hh, bias_ih, bias_hh, dense, bias = (
        np.array(weight.detach().cpu().numpy(), np.float32) for weight in weights(net)
    )
    return Model(
        format="native",
        cell=net.cell,
        weight_ih=ih,
        weight_hh=hh,
        bias_ih=bias_ih,
        bias_hh=bias_hh,
        dense_weight=dense[0],
        dense_bias=float(bias[0]),
        skip=float(net.skip),
        sample_rate_hz=rate_hz,
        name=name,
        knobs=knobs,
    )


def with_selftest(model: Model, guitar: ArrayLike, positions: tuple[float, ...] = ()) -> Model:
    """The model with what it makes, in float64, of up to SELFTEST frames of `guitar`, [frames], its loudest ones.

    Raises:
        ModelError: there is not one position, 0 to 1, a knob, or no frame.
    """
    sound = np.asarray(guitar, dtype=np.float32).astype(np.float64)
    assert SELFTEST <= SELFTEST_FRAMES
    loudest = int(np.argmax(np.abs(sound))) if len(sound) else 0
    start = max(0, min(loudest - SELFTEST // 4, len(sound) - SELFTEST))
    passage = sound[start : start + SELFTEST]
    output, _ = reference.run(model, passage, positions)
    return replace(model, selftest=Selftest(passage, np.asarray(output, dtype=np.float64), positions))


def weights(net: Recurrent) -> tuple[Tensor, ...]:
    """weight_ih, weight_hh, bias_ih, bias_hh, the sum's weight and bias."""
    rec, lin = net.rec, net.lin
    return rec.weight_ih_l0, rec.weight_hh_l0, rec.bias_ih_l0, rec.bias_hh_l0, lin.weight, lin.bias
