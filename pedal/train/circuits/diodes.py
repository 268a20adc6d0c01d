"""Two diodes, antiparallel, beside a resistor and a capacitor: what clips in an overdrive and in a distortion."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from pedal.train.circuits.oversampled import Samples

NEWTON_STEPS = 50
TOLERANCE_V = 1e-9


@dataclass(frozen=True)
class Diodes:
    """A pair of 1N4148, by Shockley's equation; the figures are those of Yeh, Abel and Smith, DAFx 2007."""

    saturation_current: float = 2.52e-9
    """Of one diode."""
    emission_volts: float = 1.752 * 25.85e-3
    """The emission coefficient times the thermal voltage at 27 °C."""

    def clipped(self, current: Samples, rate_hz: float, capacitor: float, resistor: float) -> Samples:
        """The volts across the diodes with capacitor and resistor in parallel, for what flows in, amperes, [samples].

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        across = np.empty_like(current)
        settled = _clip(
            current, 1 / rate_hz / capacitor, 1 / resistor, self.saturation_current, self.emission_volts, across
        )
        if not settled:
            raise ArithmeticError(f"the diode equation did not settle within {NEWTON_STEPS} Newton steps")
        return across


def _clip_loop(
    current: Samples, step: float, siemens: float, saturation: float, emission: float, across: Samples
) -> bool:
    """d(v)/dt = (current - v · siemens - 2 · saturation · sinh(v / emission)) / C; `step` is one sample over C."""
    v, flow = 0.0, 0.0
    for n in range(len(current)):
        known = v + step / 2 * flow
        settled = False
        for _ in range(NEWTON_STEPS):
            rise = np.exp(v / emission)
            flow = current[n] - v * siemens - saturation * (rise - 1 / rise)
            slope = 1 + step / 2 * (siemens + saturation / emission * (rise + 1 / rise))
            change = (known + step / 2 * flow - v) / slope
            # From far below the knee a full Newton step overshoots into the exponential.
            change = min(max(change, -2 * emission), 2 * emission)
            v += change
            if abs(change) < TOLERANCE_V:
                settled = True
                break
        if not settled:
            return False
        flow = (v - known) / (step / 2)
        across[n] = v
    return True


_jit: Any = numba.njit
_clip: Callable[..., bool] = _jit(_clip_loop)
