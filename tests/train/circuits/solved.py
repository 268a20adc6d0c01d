"""What the circuits are compared with: scipy's stiff integrators, and slopes by differences."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from pedal.train.circuits.oversampled import OVERSAMPLING, Circuit
from pedal.train.circuits.stepping import Parts, Slopes

Samples = NDArray[np.float64]
RATE_HZ = 44_100
FAST_HZ = RATE_HZ * OVERSAMPLING
FINE = 16
"""Times FAST_HZ: where nothing but a wrong equation keeps a circuit from the right answer."""
SECONDS = 0.004


class Errors(NamedTuple):
    """Σ difference² / Σ scipy's²."""

    fine: float
    """At FINE times the rate, everything that is heard and not."""
    heard: float
    """At the circuit's own rate, in the band of the recording."""


class Tone(NamedTuple):
    """What is played."""

    peak_volts: float
    pitch_hz: float

    def __call__(self, now: float) -> float:
        """Volts at this second."""
        return float(self.peak_volts * np.sin(2 * np.pi * self.pitch_hz * now))

    def errors(self, circuit: Circuit, kirchhoff: Callable[[float, Samples], list[float]], start: Samples,
               heard: Callable[[Samples], Samples]) -> Errors:  # fmt: skip
        """Of a circuit, played the tone, beside what is `heard`, [states][times] -> [times], of the integrated states.

        Radau IIA of fifth order, with error control, from `start` at 0.
        """
        t = (1 + np.arange(round(SECONDS * FAST_HZ))) / FAST_HZ
        result = solve_ivp(kirchhoff, (0.0, t[-1]), start, "Radau", t, rtol=1e-7, atol=1e-9, max_step=1e-4)
        assert result.success
        expected = heard(np.asarray(result.y, dtype=np.float64))
        fine = (1 + np.arange(len(t) * FINE)) / (FAST_HZ * FINE)
        found = circuit(self.peak_volts * np.sin(2 * np.pi * self.pitch_hz * fine), FAST_HZ * FINE)[FINE - 1 :: FINE]
        coarse = circuit(self.peak_volts * np.sin(2 * np.pi * self.pitch_hz * t), FAST_HZ)
        low, wanted = (soxr.resample(sound, FAST_HZ, RATE_HZ, quality="VHQ") for sound in (coarse, expected))
        return Errors(
            float(np.sum((found - expected) ** 2) / np.sum(expected**2)),
            float(np.sum((low - wanted) ** 2) / np.sum(wanted**2)),
        )


def jacobian_error(slopes: Slopes, parts: Parts, state: Samples, volts: float) -> float:
    """The largest difference of the written Jacobian from differences of the slopes, each row beside its largest."""
    count = len(state)
    change, matrix = np.empty(count), np.empty((count, count))
    slopes(state, volts, parts, change, matrix)
    found = np.empty_like(matrix)
    above, below, spare = np.empty(count), np.empty(count), np.empty((count, count))
    for column in range(count):
        step = np.zeros(count)
        step[column] = 1e-6
        slopes(state + step, volts, parts, above, spare)
        slopes(state - step, volts, parts, below, spare)
        found[:, column] = (above - below) / 2e-6
    return float(np.max(np.abs(found - matrix) / np.max(np.abs(matrix), axis=1, keepdims=True)))
