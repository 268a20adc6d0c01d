"""Equations whose solution is known, carried through time."""

from typing import NamedTuple

import numba
import numpy as np
import pytest

from pedal.train.circuits.stepping import Numba, rest, run


class Parts(NamedTuple):
    """A resistor and a capacitor, or what does not settle."""

    seconds: float


FREE = np.full(2, 100.0)


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def charging(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    change[0] = (volts + 1.0 - state[0]) / parts.seconds
    matrix[0, 0] = -1.0 / parts.seconds


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def swinging(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    change[0], change[1] = state[1] / parts.seconds, (volts - state[0]) / parts.seconds
    matrix[0, 0], matrix[0, 1] = 0.0, 1.0 / parts.seconds
    matrix[1, 0], matrix[1, 1] = -1.0 / parts.seconds, 0.0


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def wrong(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    change[0] = volts + 1e9 * (state[0] % 1.0 - 0.5)
    matrix[0, 0] = parts.seconds


def test_the_state_of_rest_is_found() -> None:
    assert rest(charging, Parts(0.01), np.array([0.0]), FREE) == pytest.approx(1.0, abs=1e-6)


def test_a_capacitor_charges() -> None:
    rate_hz = 48_000
    found = run(charging, Parts(0.01), np.array([1.0]), np.ones(960), rate_hz, 0, FREE)
    t = (1 + np.arange(960)) / rate_hz
    np.testing.assert_allclose(found, 2.0 - np.exp(-t / 0.01), atol=0.5 / rate_hz / 0.01)


def test_the_error_of_a_swing_falls_with_the_square_of_the_step() -> None:
    errors = []
    for rate_hz in (48_000, 192_000):
        t = (1 + np.arange(rate_hz // 20)) / rate_hz
        played = np.sin(300 * t)
        found = run(swinging, Parts(1e-3), np.zeros(2), played, rate_hz, 0, FREE)
        # x'' = (u - x) / T², from rest: the forced swing and the circuit's own.
        expected = (np.sin(300 * t) - 0.3 * np.sin(1_000 * t)) / (1 - 0.09)
        errors.append(np.max(np.abs(found - expected)))
    assert errors[0] < 3e-3
    assert 10 < errors[0] / errors[1] < 20


def test_what_does_not_settle_is_said() -> None:
    with pytest.raises(ArithmeticError, match=r"Parts did not settle within 300 Newton steps at 0\.000000 s"):
        run(wrong, Parts(1.0), np.array([0.3]), np.ones(10), 48_000, 0, FREE)
    with pytest.raises(ArithmeticError, match="Parts finds no rest"):
        rest(wrong, Parts(1.0), np.array([0.3]), FREE)
