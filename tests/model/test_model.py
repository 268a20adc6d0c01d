"""What a Model says is wrong with itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pedal.errors import ModelError
from pedal.model.model import Knob, Model, Selftest
from tests.model.written import weights


def model(hidden: int = 3, inputs: int = 1) -> Model:
    net = weights(hidden, inputs)
    parts: dict[str, Any] = {
        part: net[part] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "dense_weight")
    }
    knobs = tuple(Knob(name) for name in ("gain", "tone")[: inputs - 1])
    return Model(format="native", cell="lstm", dense_bias=0.5, knobs=knobs, **parts)


def test_sizes_come_from_the_weights() -> None:
    assert (model(3, 2).hidden, model(3, 2).inputs) == (3, 2)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"cell": "rnn"}, "cell 'rnn' is not supported; expected one of lstm, gru"),
        ({"cell": "gru"}, r"weight_ih has shape \[12, 1\]; expected \[9, 1\]"),
        ({"dense_weight": np.zeros(0, np.float32)}, "hidden size 0"),
        ({"dense_weight": np.zeros(200, np.float32)}, "hidden size 200 is not supported; expected 1 to 128 units"),
        ({"weight_ih": np.zeros((12, 4), np.float32)}, "4 inputs are not supported; expected 1 to 3"),
        ({"weight_ih": np.zeros(12, np.float32)}, "0 inputs are not supported"),
        ({"knobs": (Knob("gain"),)}, "1 knobs are named; expected 0"),
        ({"bias_hh": np.full(12, np.nan, np.float32)}, "bias_hh holds a value that is not a finite number"),
        (
            {"bias_ih": np.full(12, 2e4, np.float32)},
            r"bias_ih holds the number 2e\+04; expected at most 10000; the file is damaged",
        ),
        ({"initial_h": np.zeros(2, np.float32)}, r"initial_h has shape \[2\]; expected \[3\]"),
        ({"dense_bias": 1e300}, "dense_bias holds the number"),
        ({"output_gain": float("inf")}, "output_gain holds a value that is not"),
        ({"sample_rate_hz": 4_000}, "sample rate 4000 Hz is not supported; expected 8000 to 192000 Hz"),
        ({"selftest": Selftest(np.zeros(3), np.zeros(3), (0.5,))}, "1 knob positions; expected 0"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        replace(model(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frames", "knobs", "fault"),
    [
        ((3, 4), (), "3 samples in and 4 out"),
        ((0, 0), (), "0 samples in and 0 out"),
        ((4097, 4097), (), "expected as many, 1 to 4096"),
        ((3, 3), (1.5,), "a knob outside its range; expected 0 to 1"),
    ],
)
def test_a_selftest_is_checked_too(frames: tuple[int, int], knobs: tuple[float, ...], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        Selftest(np.zeros(frames[0]), np.zeros(frames[1]), knobs)
