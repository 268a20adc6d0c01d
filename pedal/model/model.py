"""One recurrent model of an amplifier, whatever file it came from; it says itself what is wrong with it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pedal.errors import ModelError

Cell = Literal["lstm", "gru"]
Weights = NDArray[np.float32]

GATES: dict[str, tuple[str, ...]] = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}
"""Row blocks of every weight matrix, in this order everywhere in the project (PyTorch's)."""

MAX_HIDDEN = 128
MAX_INPUTS = 3
DEFAULT_RATE_HZ = 44_100
RATES_HZ = range(8_000, 192_001)
LARGEST_WEIGHT = 1e4
"""A trained weight is below 100; beyond this a file is damaged, not a model."""
LARGEST_ON_A_SCALE = 1e3
"""What may stand at an end of a knob's scale: 20 kHz is written 20."""
SELFTEST_FRAMES = 4_096
SELFTEST_TOLERANCE = 1e-4
"""How far a replayed self-test may be from the stored one, times max(1, its peak): any float32 player is within it."""


@dataclass(frozen=True)
class Knob:
    """A control of the modelled amplifier: input 1 or 2 of the network, 0 to 1 between its ends."""

    name: str
    minimum: float = 0.0
    """What the amplifier's own scale says where the network's input is 0."""
    maximum: float = 1.0
    """The same where the network's input is 1; below the minimum for a control that counts down."""

    def __post_init__(self) -> None:
        ends = (self.minimum, self.maximum)
        if self.minimum == self.maximum or not all(abs(end) <= LARGEST_ON_A_SCALE for end in ends):
            raise ModelError(
                f"knob {self.name!r} goes from {self.minimum:g} to {self.maximum:g}; expected two different numbers "
                f"of -{LARGEST_ON_A_SCALE:g} to {LARGEST_ON_A_SCALE:g}"
            )


@dataclass(frozen=True, eq=False)
class Selftest:
    """A stored pair: what the model must put out, from its initial state, for a given input."""

    input: NDArray[np.float64]
    """[frames]"""
    output: NDArray[np.float64]
    """[frames]"""
    knobs: tuple[float, ...] = ()
    """One position, 0 to 1, for each of the model's knobs, held throughout."""

    def __post_init__(self) -> None:
        if self.input.shape != self.output.shape or not 1 <= len(self.input) <= SELFTEST_FRAMES:
            lengths = f"{len(self.input)} samples in and {len(self.output)} out"
            raise ModelError(f"the stored self-test has {lengths}; expected as many, 1 to {SELFTEST_FRAMES}")
        if not all(0.0 <= knob <= 1.0 for knob in self.knobs):
            raise ModelError("the stored self-test has a knob outside its range; expected 0 to 1")
        _expect("the stored self-test's input", self.input, self.input.shape)
        _expect("the stored self-test's output", self.output, self.output.shape)


@dataclass(frozen=True, eq=False)
class Model:
    """Weights in PyTorch's layout. With u = input_gain · x, the sound is output_gain · (net(u) + skip · u)."""

    format: str
    """The file format it was read from: "native", "keras" or "nam"."""
    cell: Cell
    weight_ih: Weights
    """[gates · hidden, inputs]; column 0 is the guitar, the others are the knobs."""
    weight_hh: Weights
    """[gates · hidden, hidden]"""
    bias_ih: Weights
    """[gates · hidden]"""
    bias_hh: Weights
    """[gates · hidden]; apart from bias_ih because a GRU's n gate multiplies this one by r."""
    dense_weight: Weights
    """[hidden]"""
    dense_bias: float
    skip: float = 0.0
    """1 where the input is added to the output, else 0."""
    input_gain: float = 1.0
    output_gain: float = 1.0
    initial_h: Weights | None = None
    """[hidden]; None is zeros."""
    initial_c: Weights | None = None
    """[hidden], LSTM only; None is zeros."""
    sample_rate_hz: int = DEFAULT_RATE_HZ
    name: str = ""
    knobs: tuple[Knob, ...] = ()
    """One for each input after the first."""
    loudness_dbfs: float | None = None
    esr: float | None = None
    """Error-to-signal ratio on the validation recording, as the trainer reported it."""
    licence: str = ""
    trained_from: str = ""
    selftest: Selftest | None = None

    def __post_init__(self) -> None:
        check_size(self.cell, self.hidden, self.inputs)
        if len(self.knobs) != self.inputs - 1:
            raise ModelError(
                f"{len(self.knobs)} knobs are named; expected {self.inputs - 1}, one an input after the guitar"
            )
        if self.selftest and len(self.selftest.knobs) != len(self.knobs):
            found, wanted = len(self.selftest.knobs), len(self.knobs)
            raise ModelError(f"the stored self-test has {found} knob positions; expected {wanted}, one a knob")
        rows = len(GATES[self.cell]) * self.hidden
        _expect("weight_ih", self.weight_ih, (rows, self.inputs))
        _expect("weight_hh", self.weight_hh, (rows, self.hidden))
        _expect("bias_ih", self.bias_ih, (rows,))
        _expect("bias_hh", self.bias_hh, (rows,))
        _expect("dense_weight", self.dense_weight, (self.hidden,))
        _expect("initial_h", self.initial_h, (self.hidden,))
        _expect("initial_c", self.initial_c, (self.hidden,))
        for name in ("dense_bias", "skip", "input_gain", "output_gain"):
            _expect(name, np.float64(getattr(self, name)), ())
        if self.sample_rate_hz not in RATES_HZ:
            raise ModelError(f"sample rate {self.sample_rate_hz} Hz is not supported; expected 8000 to 192000 Hz")

    @property
    def hidden(self) -> int:
        """Units in the recurrent layer."""
        return int(self.dense_weight.shape[0]) if self.dense_weight.ndim else 0

    @property
    def inputs(self) -> int:
        """The guitar and the knobs: 1 to 3."""
        return int(self.weight_ih.shape[1]) if self.weight_ih.ndim == 2 else 0


def check_size(cell: str, hidden: int, inputs: int) -> None:
    """Raise ModelError unless the pedal plays networks of this kind and size."""
    if cell not in GATES:
        raise ModelError(f"cell {cell!r} is not supported; expected one of {', '.join(GATES)}")
    if not 1 <= hidden <= MAX_HIDDEN:
        raise ModelError(f"hidden size {hidden} is not supported; expected 1 to {MAX_HIDDEN} units")
    if not 1 <= inputs <= MAX_INPUTS:
        raise ModelError(f"{inputs} inputs are not supported; expected 1 to {MAX_INPUTS}")


def _expect(name: str, values: NDArray[np.floating[Any]] | np.float64 | None, shape: tuple[int, ...]) -> None:
    if values is None:
        return
    if values.shape != shape:
        raise ModelError(f"{name} has shape {list(values.shape)}; expected {list(shape)}")
    if not np.all(np.isfinite(values)):
        raise ModelError(f"{name} holds a value that is not a finite number; its training went wrong")
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest > LARGEST_WEIGHT:
        raise ModelError(
            f"{name} holds the number {largest:.3g}; expected at most {LARGEST_WEIGHT:g}; the file is damaged"
        )
