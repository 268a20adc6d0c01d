"""The project's own file format, that of Automated-GuitarAmpModelling, NeuralPi and Proteus, with one key of ours."""

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pedal.errors import ModelError
from pedal.model.document import Count, flag, knobs, measured, number, part, rate_hz, samples, tensor, text
from pedal.model.model import DEFAULT_RATE_HZ, GATES, Cell, Knob, Model, Selftest, check_size

VERSION = 1
"""Of our key."""
CELLS: dict[str, Cell] = {"LSTM": "lstm", "GRU": "gru"}
OTHERS = {
    "RecNet": "a RecNet (several blocks in a row)",
    "GatedConvNet": "a GatedConvNet (convolutional)",
}
"""Networks of the same project that are not recurrent layers of one sample each."""


class Kind(Struct):
    """Which network it is."""

    model: str = "SimpleRNN"


class Sizes(Struct):
    """`model_data`"""

    input_size: Count
    hidden_size: Count
    unit_type: str
    num_layers: Count = 1
    output_size: Count = 1
    skip: float | bool | None = 0
    bias_fl: float | bool | None = True
    model: str = "SimpleRNN"


class Weights(
    Struct,
    rename={
        "weight_ih": "rec.weight_ih_l0",
        "weight_hh": "rec.weight_hh_l0",
        "bias_ih": "rec.bias_ih_l0",
        "bias_hh": "rec.bias_hh_l0",
        "second_layer": "rec.weight_ih_l1",
        "dense_weight": "lin.weight",
        "dense_bias": "lin.bias",
    },
):
    """`state_dict`, in PyTorch's names."""

    weight_ih: list[list[float]]
    weight_hh: list[list[float]]
    bias_ih: list[float]
    bias_hh: list[float]
    dense_weight: list[list[float]]
    dense_bias: list[float]
    second_layer: Raw | UnsetType = UNSET


class NamedKnob(Struct, omit_defaults=True):
    """A knob in our key."""

    name: str
    min: float = 0.0
    max: float = 1.0


class Pair(Struct, omit_defaults=True):
    """A self-test in our key."""

    input: list[float]
    output: list[float]
    knobs: list[float] = []


class Ours(Struct, omit_defaults=True):
    """`pedal`, the top-level key that other readers do not know."""

    version: Count | None = None
    name: str = ""
    sample_rate_hz: float | None = None
    loudness_dbfs: float | None = None
    knobs: list[NamedKnob] = []
    esr: float | None = None
    licence: str = ""
    trained_from: str = ""
    selftest: Pair | None = None


class File(Struct):
    """The whole file, as it is written."""

    model_data: Sizes
    state_dict: Weights
    pedal: Ours


def decode(found: dict[str, Raw]) -> Model:
    """The model in a file with these top-level keys.

    Raises:
        ModelError: it is not one that is played, and why.
    """
    if "model_data" not in found:
        raise ModelError("has state_dict but no model_data; expected both, as the trainer writes them")
    kind = part(found["model_data"], Kind, "model_data").model
    if kind != "SimpleRNN":
        raise ModelError(f"is {OTHERS.get(kind, f'a network of the kind {text(kind)!r}')}; expected a SimpleRNN")
    sizes = part(found["model_data"], Sizes, "model_data")
    _check(sizes)
    if "state_dict" not in found:
        raise ModelError("has no weights: its training stopped before the first save; expected a state_dict")
    weights = part(found["state_dict"], Weights, "state_dict")
    if weights.second_layer is not UNSET:
        raise ModelError("has weights of a second recurrent layer; expected one layer")
    return _model(sizes, weights, part(found["pedal"], Ours, "pedal") if "pedal" in found else Ours())


def encode(model: Model) -> bytes:
    """The model as a file that public NeuralPi readers play too; reading it back gives the same weights, bit by bit.

    Raises:
        ModelError: the format has no place for its gains or its initial state.
    """
    if (model.input_gain, model.output_gain) != (1.0, 1.0):
        raise ModelError("the native format has no place for gains; expected a model with gains of 1")
    if any(state is not None and state.any() for state in (model.initial_h, model.initial_c)):
        raise ModelError("the native format has no place for an initial state; expected one of zeros")
    unit_type = next(name for name, cell in CELLS.items() if cell == model.cell)
    sizes = Sizes(model.inputs, model.hidden, unit_type, skip=int(model.skip))
    weights = Weights(
        weight_ih=model.weight_ih.tolist(),
        weight_hh=model.weight_hh.tolist(),
        bias_ih=model.bias_ih.tolist(),
        bias_hh=model.bias_hh.tolist(),
        dense_weight=[model.dense_weight.tolist()],
        dense_bias=[number(model.dense_bias)],
    )
    ours = Ours(
        version=VERSION,
        name=model.name,
        sample_rate_hz=model.sample_rate_hz,
        loudness_dbfs=model.loudness_dbfs,
        knobs=[NamedKnob(knob.name, knob.minimum, knob.maximum) for knob in model.knobs],
        esr=model.esr,
        licence=model.licence,
        trained_from=model.trained_from,
        selftest=_pair(model.selftest) if model.selftest else None,
    )
    return msgspec.json.encode(File(sizes, weights, ours))


def _check(sizes: Sizes) -> None:
    if sizes.unit_type not in CELLS:
        raise ModelError(f"has units of the type {text(sizes.unit_type)!r}; expected LSTM or GRU")
    if sizes.num_layers != 1:
        raise ModelError(f"has {sizes.num_layers} recurrent layers; expected one")
    if sizes.output_size != 1:
        raise ModelError(f"has {sizes.output_size} outputs; expected one")
    if not sizes.bias_fl:
        raise ModelError("was trained without biases (bias_fl is false); expected a model with biases")
    check_size(CELLS[sizes.unit_type], sizes.hidden_size, sizes.input_size)


def _model(sizes: Sizes, weights: Weights, ours: Ours) -> Model:
    if ours.version not in (None, VERSION):
        raise ModelError(f"has a pedal key of version {ours.version}; expected {VERSION}; update the pedal")
    cell, hidden, inputs = CELLS[sizes.unit_type], sizes.hidden_size, sizes.input_size
    rows = len(GATES[cell]) * hidden
    return Model(
        format="native",
        cell=cell,
        weight_ih=tensor("rec.weight_ih_l0", weights.weight_ih, (rows, inputs)),
        weight_hh=tensor("rec.weight_hh_l0", weights.weight_hh, (rows, hidden)),
        bias_ih=tensor("rec.bias_ih_l0", weights.bias_ih, (rows,)),
        bias_hh=tensor("rec.bias_hh_l0", weights.bias_hh, (rows,)),
        dense_weight=tensor("lin.weight", weights.dense_weight, (1, hidden))[0],
        dense_bias=float(tensor("lin.bias", weights.dense_bias, (1,))[0]),
        skip=flag("skip", sizes.skip),
        sample_rate_hz=rate_hz(ours.sample_rate_hz, DEFAULT_RATE_HZ),
        name=text(ours.name),
        knobs=_knobs(ours.knobs, inputs),
        loudness_dbfs=measured(ours.loudness_dbfs),
        esr=measured(ours.esr),
        licence=text(ours.licence),
        trained_from=text(ours.trained_from),
        selftest=_selftest(ours.selftest) if ours.selftest else None,
    )


def _pair(selftest: Selftest) -> Pair:
    return Pair(selftest.input.tolist(), selftest.output.tolist(), list(selftest.knobs))


def _selftest(pair: Pair) -> Selftest:
    return Selftest(samples(pair.input), samples(pair.output), tuple(pair.knobs))


def _knobs(named: list[NamedKnob], inputs: int) -> tuple[Knob, ...]:
    """Those the file names, then the others by usual names."""
    if len(named) > inputs - 1:
        raise ModelError(f"names {len(named)} knobs; expected at most {inputs - 1}, one an input after the guitar")
    found = knobs(inputs, [Knob(text(knob.name), knob.min, knob.max) for knob in named])
    names = [knob.name.lower() for knob in found]
    if "" in names or len(set(names)) < len(names):
        raise ModelError(f"names its knobs {', '.join(map(repr, names))}; expected a name of its own for each")
    return found
