"""The compiled layers give the float64 oracle's sound, for every size, cell and number of inputs."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.config import shipped
from pedal.kernel.compiler import INPUTS, UNITS
from pedal.kernel.library import Library
from pedal.kernel.recurrent import TANH_LIMIT, TANH_P, TANH_Q
from pedal.measure.alone import Alone
from pedal.model import formats
from pedal.model import reference as oracle
from pedal.model.model import Cell, Model
from tests.kernel.conftest import guitar, random_model

RATE_HZ = 44_100
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
FRAMES = 10 * RATE_HZ if LONG else RATE_HZ // 20


def run(
    kernels: Library, model: Model, x: NDArray[np.float32], knobs: tuple[float, ...] = (), block: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The layer alone: output [frames] and the state it ends in."""
    size = block or len(x)
    y = np.zeros_like(x)
    kernel = Alone(model, kernels, size)
    for row, knob in enumerate(knobs, 1):
        kernel.inputs[row] = knob
    for start in range(0, len(x) - size + 1, size):
        kernel.inputs[0] = x[start : start + size]
        kernel.run(size)
        y[start : start + size] = kernel.output
    return y, kernel.state


def assert_faithful(kernels: Library, model: Model, x: NDArray[np.float32], knobs: tuple[float, ...] = ()) -> None:
    """Within 1e-6 of the oracle's peak or of full scale, or within twice the error of float32 numpy on this model."""
    y, _ = run(kernels, model, x, knobs)
    exact, _ = oracle.run(model, x.astype(np.float64), knobs)
    error = np.max(np.abs(y - exact))
    if error < 1e-6 * max(1.0, np.max(np.abs(exact))):
        return
    plain, _ = oracle.run(model, x, knobs, dtype=np.float32)
    assert error <= 2 * np.max(np.abs(plain - exact))


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_every_compiled_size(kernels: Library, cell: Cell, units: int, inputs: int) -> None:
    knobs = (0.3, 0.9)[: inputs - 1]
    assert_faithful(kernels, random_model(cell, units, inputs, seed=units), guitar(FRAMES), knobs)


@pytest.mark.parametrize("hidden", [1, 3, 7, 9, 21, 33, 97, 127])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_sizes_between_are_padded_with_units_that_stay_zero(kernels: Library, cell: Cell, hidden: int) -> None:
    model = random_model(cell, hidden, seed=hidden)
    x = guitar(RATE_HZ // 20)
    assert_faithful(kernels, model, x)
    _, state = run(kernels, model, x)
    h, c = state.reshape(2, -1)
    assert not h[hidden:].any()
    assert not c[hidden:].any()
    assert h[:hidden].all()


def test_saturated_gates(kernels: Library) -> None:
    for cell in ("lstm", "gru"):
        assert_faithful(kernels, random_model(cell, 16, seed=3, largest=3.0), guitar(RATE_HZ // 10))


@pytest.mark.parametrize("block", [1, 16, 64, 127, 1024])
@pytest.mark.parametrize(("cell", "units", "inputs"), [("lstm", 20, 1), ("gru", 40, 3), ("lstm", 96, 2)])
def test_block_size_changes_nothing(kernels: Library, cell: Cell, units: int, inputs: int, block: int) -> None:
    model, knobs = random_model(cell, units, inputs), (0.25, 0.75)[: inputs - 1]
    x = guitar(3 * 1024 // block * block)
    whole, end = run(kernels, model, x, knobs)
    cut, cut_end = run(kernels, model, x, knobs, block)
    assert np.array_equal(whole, cut)
    assert np.array_equal(end, cut_end)


def test_shipped_models(kernels: Library) -> None:
    recording = guitar(10 * RATE_HZ if LONG else RATE_HZ)
    paths = sorted(shipped("models").glob("*.json"))
    assert paths
    for path in paths:
        model = formats.read(path)
        assert_faithful(kernels, model, recording, (0.5,) * len(model.knobs))


@pytest.mark.parametrize(
    "name",
    [
        "BlackstarHT40_GainKnob.proteus.json", "BluesJR-FullD.neuralpi.json", "BossMT2_PedalHighGain.proteus.json",
        "DS1_three-inputs.json", "HT40_Overdrive.neuralpi.json", "TS9_FullD.neuralpi.json", "muff-gru32.json",
        "tw40_california_clean.aidax.json", "lstm-h3.nam",
    ],
)  # fmt: skip
def test_models_of_real_amplifiers(kernels: Library, reference: Path, name: str) -> None:
    model = formats.read(reference / "models" / name)
    assert_faithful(kernels, model, guitar(10 * RATE_HZ if LONG else RATE_HZ), (0.5, 0.5)[: len(model.knobs)])


def test_the_rational_tanh() -> None:
    x = np.linspace(1e-4, TANH_LIMIT, 100_001)
    p, q = (np.polynomial.Polynomial(np.array(c, np.float32).astype(np.float64)) for c in (TANH_P, TANH_Q))
    ratio = x * p(x * x) / q(x * x)
    assert np.max(np.abs(ratio / np.tanh(x) - 1)) < 2e-8
    assert np.max(ratio) < 1.0  # a gate above 1 would let a state grow without end
    assert 1 - np.tanh(TANH_LIMIT) < 2**-24


def test_denormals_are_flushed(kernels: Library) -> None:
    """A cell of weight zero halves c with every sample; 2^-140 has no normal float32."""
    zeros = np.zeros
    model = Model(
        "native", "lstm", zeros((4, 1), np.float32), zeros((4, 1), np.float32), zeros(4, np.float32),
        zeros(4, np.float32), np.ones(1, np.float32), 0.0, initial_c=np.ones(1, np.float32),
    )  # fmt: skip
    _, state = run(kernels, model, np.zeros(120, np.float32))
    assert state[len(state) // 2] == 2.0**-120
    _, state = run(kernels, model, np.zeros(140, np.float32))
    assert not 0.0 < state[len(state) // 2] < np.finfo(np.float32).tiny


def test_every_size_is_in_the_table(kernels: Library) -> None:
    sizes = {(kernel.cell, kernel.units, kernel.inputs) for kernel in kernels.kernels}
    assert sizes == {(cell, units, inputs) for cell in ("lstm", "gru") for units in UNITS for inputs in INPUTS}
