"""An overdrive pedal solved from its parts: what a first model is trained on where no amplifier stands by.

Coupling high-pass, non-inverting operational amplifier with antiparallel diodes in its feedback, tone low-pass: the
circuit of the Ibanez Tube Screamer as in Yeh, Abel and Smith, "Simplified, physically-informed models of distortion
and overdrive guitar effects pedals", DAFx 2007, whose equation for the clipping stage is solved here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float64]

OVERSAMPLING = 8
NEWTON_STEPS = 50
TOLERANCE_V = 1e-9
POT_MIDDLE = 0.15


@dataclass(frozen=True)
class Overdrive:
    """The parts and the levels at both ends, in SI units."""

    coupling_capacitor: float = 47e-9
    bias_resistor: float = 510e3
    ground_resistor: float = 4.7e3
    """From the inverting input, in series with ground_capacitor: together they spare the bass the distortion."""
    ground_capacitor: float = 47e-9
    feedback_resistor: float = 51e3
    drive_pot: float = 500e3
    """In series with feedback_resistor; an audio taper: half way round is POT_MIDDLE of it."""
    feedback_capacitor: float = 51e-12
    saturation_current: float = 2.52e-9
    """Of one diode of the pair (1N4148)."""
    emission_volts: float = 1.752 * 25.85e-3
    """The diode's emission coefficient times the thermal voltage at 27 °C."""
    tone_resistor: float = 1e3
    tone_capacitor: float = 68e-9
    full_scale_in: float = 1.0
    """Volts of a sample of 1: a pickup hit hard gives about half a volt."""
    full_scale_out: float = 2.0
    """Volts of a sample of 1: the level knob."""

    def feedback_ohms(self, drive: float) -> float:
        """The resistance across the diodes at `drive`, 0 to 1."""
        base = (1 / POT_MIDDLE - 1) ** 2
        turned: float = (base**drive - 1) / (base - 1)
        return self.feedback_resistor + turned * self.drive_pot

    def play(self, sound: Samples, rate_hz: int, drive: float = 0.5) -> Samples:
        """What the pedal puts out for `sound`, sample-aligned with it, [samples]; `drive` is the knob, 0 to 1."""
        fast = rate_hz * OVERSAMPLING
        volts = soxr.resample(sound * self.full_scale_in, rate_hz, fast, quality="VHQ")
        out = self.volts(volts, fast, drive)
        back = np.asarray(soxr.resample(out, fast, rate_hz, quality="VHQ"), dtype=np.float64) / self.full_scale_out
        return np.pad(back, (0, max(0, len(sound) - len(back))))[: len(sound)]

    def volts(self, volts: Samples, rate_hz: float, drive: float) -> Samples:
        """The circuit at its own rate: volts in, volts out, [samples]; trapezoidal rule, Newton's method each step.

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        coupled = _one_pole(volts, rate_hz, self.bias_resistor * self.coupling_capacitor, high=True)
        current = _one_pole(coupled, rate_hz, self.ground_resistor * self.ground_capacitor, high=True)
        across = np.empty_like(coupled)
        settled = _clip(
            current / self.ground_resistor,
            1 / rate_hz / self.feedback_capacitor,
            1 / self.feedback_ohms(drive),
            self.saturation_current,
            self.emission_volts,
            across,
        )
        if not settled:
            raise ArithmeticError(f"the diode equation did not settle within {NEWTON_STEPS} Newton steps")
        return _one_pole(coupled + across, rate_hz, self.tone_resistor * self.tone_capacitor, high=False)


def _one_pole(volts: Samples, rate_hz: float, seconds: float, high: bool) -> Samples:
    """One resistor and one capacitor, by the trapezoidal rule: the volts across either."""
    out = np.empty_like(volts)
    _charge(volts, 0.5 / (rate_hz * seconds), out)
    return volts - out if high else out


def _charge_loop(volts: Samples, step: float, capacitor: Samples) -> None:
    """d(capacitor)/dt = (volts - capacitor) / RC; `step` is half a sample over RC."""
    charge, before = 0.0, 0.0
    for n in range(len(volts)):
        charge = (charge * (1 - step) + step * (before + volts[n])) / (1 + step)
        before = volts[n]
        capacitor[n] = charge


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
_charge: Callable[..., None] = _jit(_charge_loop)
_clip: Callable[..., bool] = _jit(_clip_loop)
