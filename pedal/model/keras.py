"""The format of RTNeural's Keras export, which AIDA-X uses: one recurrent and one dense layer."""

import numpy as np
from msgspec import Raw, Struct

from pedal.errors import ModelError
from pedal.model.document import Count, flag, knobs, measured, part, rate_hz, samples, tensor, text
from pedal.model.model import GATES, SELFTEST_FRAMES, Cell, Model, Selftest, Weights, check_size

DEFAULT_RATE_HZ = 48_000
"""What AIDA-X takes a file to be made for that does not say."""
CELLS: dict[str, Cell] = {"lstm": "lstm", "gru": "gru"}
DENSE = ("dense", "time-distributed-dense")
MOST_DECIBELS = 60.0


class Layer(Struct):
    """One of `layers`."""

    type: str
    shape: list[Count | None] = []
    weights: Raw = Raw(b"[]")
    activation: str | None = ""


class Metadata(Struct):
    """`metadata`: whatever its writer liked."""

    name: object = None
    samplerate: float | str | None = None
    based: object = None
    author: object = None
    license: object = None
    esr: object = None


class File(Struct):
    """The whole file."""

    layers: list[Layer]
    in_shape: list[Count | None] = []
    in_skip: float | bool | None = 0
    in_gain: float | None = 0.0
    out_gain: float | None = 0.0
    samplerate: float | str | None = None
    input_batch: list[float] | None = None
    output_batch: list[float] | None = None
    metadata: Metadata | None = None


def decode(data: bytes) -> Model:
    """The model in a file that holds `layers`.

    Raises:
        ModelError: it is not one that is played, and why.
    """
    file = part(data, File)
    recurrent, dense = _two(file.layers)
    cell = CELLS[recurrent.type]
    hidden, inputs = (recurrent.shape or [None])[-1] or 0, (file.in_shape or [1])[-1] or 0
    check_size(cell, hidden, inputs)
    weight_ih, weight_hh, bias_ih, bias_hh = (_lstm if cell == "lstm" else _gru)(recurrent.weights, hidden, inputs)
    head, offset = part(dense.weights, tuple[list[list[float]], list[float]], "the dense layer's weights")
    input_gain, output_gain = _gain("in_gain", file.in_gain), _gain("out_gain", file.out_gain)
    metadata = file.metadata or Metadata()
    return Model(
        format="keras",
        cell=cell,
        weight_ih=weight_ih,
        weight_hh=weight_hh,
        bias_ih=bias_ih,
        bias_hh=bias_hh,
        dense_weight=tensor("the dense layer's weight", head, (hidden, 1))[:, 0],
        dense_bias=float(tensor("the dense layer's bias", offset, (1,))[0]),
        skip=flag("in_skip", file.in_skip),
        input_gain=input_gain,
        output_gain=output_gain,
        sample_rate_hz=rate_hz(metadata.samplerate or file.samplerate, DEFAULT_RATE_HZ),
        name=text(metadata.name),
        knobs=knobs(inputs),
        esr=measured(metadata.esr),
        licence=text(metadata.license),
        trained_from=", ".join(filter(None, (text(metadata.based), text(metadata.author)))),
        selftest=_selftest(file, input_gain, output_gain, inputs),
    )


def _two(layers: list[Layer]) -> tuple[Layer, Layer]:
    """The recurrent layer and the dense one; anything more, fewer or other is refused."""
    types = [text(layer.type) for layer in layers]
    if len(layers) != 2 or types[0] not in CELLS or types[1] not in DENSE:
        shown = ", ".join(types[:6]) + (", …" if len(types) > 6 else "")
        raise ModelError(f"has the layers {shown or 'none'}; expected one lstm or gru, then one dense")
    for layer, allowed in zip(layers, (("", "tanh"), ("", "linear")), strict=True):
        if (layer.activation or "") not in allowed:
            raise ModelError(
                f"has a {layer.type} layer with the activation {text(layer.activation)!r}; expected {allowed[1]}"
            )
    if outputs := [size for size in layers[1].shape[-1:] if size != 1]:
        raise ModelError(f"has {outputs[0]} outputs; expected one")
    return layers[0], layers[1]


def _lstm(weights: Raw, hidden: int, inputs: int) -> tuple[Weights, Weights, Weights, Weights]:
    """PyTorch's four from [W, U, b]: the gates stand in the same order, the matrices are transposed, b is the sum."""
    w, u, b = part(weights, tuple[list[list[float]], list[list[float]], list[float]], "the lstm layer's weights")
    columns = 4 * hidden
    bias = tensor("the lstm layer's bias", b, (columns,))
    weight_ih = tensor("the lstm layer's kernel", w, (inputs, columns)).T
    weight_hh = tensor("the lstm layer's recurrent kernel", u, (hidden, columns)).T
    return weight_ih.copy(), weight_hh.copy(), bias, np.zeros_like(bias)


def _gru(weights: Raw, hidden: int, inputs: int) -> tuple[Weights, Weights, Weights, Weights]:
    """PyTorch's four from [W, U, b]: Keras has z before r; b has one row for the input and one for the hidden state."""
    w, u, b = part(weights, tuple[list[list[float]], list[list[float]], list[list[float]]], "the gru layer's weights")
    columns = 3 * hidden
    order = np.concatenate([np.arange(hidden) + hidden * "zrn".index(gate) for gate in GATES["gru"]])
    bias = tensor("the gru layer's bias", b, (2, columns))[:, order]
    weight_ih = tensor("the gru layer's kernel", w, (inputs, columns)).T[order]
    weight_hh = tensor("the gru layer's recurrent kernel", u, (hidden, columns)).T[order]
    return weight_ih, weight_hh, bias[0], bias[1]


def _gain(name: str, decibels: float | None) -> float:
    if abs(decibels or 0.0) > MOST_DECIBELS:
        raise ModelError(f"{name} is {decibels:g} dB; expected -{MOST_DECIBELS:g} to {MOST_DECIBELS:g} dB")
    return float(10.0 ** ((decibels or 0.0) / 20.0))


def _selftest(file: File, input_gain: float, output_gain: float, inputs: int) -> Selftest | None:
    """The stored pair, which AIDA's own test plays with gains of 1 and knobs at 0; here with the gains compensated for.

    The start of a long one is taken: what comes later does not change it.
    """
    if file.input_batch is None or file.output_batch is None:
        return None
    if len(file.input_batch) != len(file.output_batch):
        lengths = f"{len(file.input_batch)} samples in and {len(file.output_batch)} out"
        raise ModelError(f"its self-test has {lengths}; expected as many out as in")
    return Selftest(
        samples(file.input_batch[:SELFTEST_FRAMES]) / input_gain,
        samples(file.output_batch[:SELFTEST_FRAMES]) * output_gain,
        (0.0,) * (inputs - 1),
    )
