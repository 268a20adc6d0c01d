"""A fuzz: two silicon transistors, the second's emitter biasing the first's base.

The circuit of the Dallas Arbiter Fuzz Face with BC108: 33 kΩ and 8.2 kΩ + 470 Ω at the collectors, 100 kΩ
back, 2.2 µF in, 20 µF at the 1 kΩ fuzz control, 10 nF out. The transistors by J. Ebers and J. Moll, Large-signal
behavior of junction transistors, Proc. IRE 42, 1954, in the transport form. Each node has its junctions' capacitance.
"""

from typing import NamedTuple

import numba
import numpy as np

from pedal.train.circuits.filters import high_pass
from pedal.train.circuits.oversampled import Samples, oversampled
from pedal.train.circuits.stepping import Numba, rest, run

LARGEST = np.array([1.0, 0.1, 0.1, 0.1, 1.0, 5.0])
"""Volts of a Newton step: a base is led carefully up to where its current leaps."""
COLLECTOR = 5
STEEPEST = 35.0
"""Thermal voltages beyond which the exponential goes on as a straight line."""


class Fuzz(NamedTuple):
    """The parts and the levels at both ends, in SI units."""

    source_resistor: float = 10e3
    """Of the pickup."""
    input_capacitor: float = 2.2e-6
    feedback_resistor: float = 100e3
    first_resistor: float = 33e3
    """At the first collector."""
    second_resistor: float = 8.2e3
    tap_resistor: float = 470.0
    """Above second_resistor; what is across it goes out."""
    fuzz_pot: float = 1e3
    fuzz_capacitor: float = 20e-6
    output_seconds: float = 10e-9 * 500e3
    battery: float = 9.0
    saturation_current: float = 2e-14
    forward: float = 300.0
    reverse: float = 4.0
    """Current gains."""
    thermal_volts: float = 25.85e-3
    base_capacitor: float = 470e-12
    """At the first base: its junctions, that to the collector times the gain."""
    node_capacitor: float = 100e-12
    """At each of the other nodes."""
    fuzz: float = 0.5
    """The control, 0 to 1."""
    full_scale_in: float = 1.0
    """Volts of a sample of 1."""
    full_scale_out: float = 0.5
    """Volts of a sample of 1."""

    def play(self, sound: Samples, rate_hz: int, fuzz: float = 0.5) -> Samples:
        """What the pedal puts out for `sound`, sample-aligned with it, [samples]; `fuzz` is the knob, 0 to 1."""
        volts = oversampled(self._replace(fuzz=fuzz).volts, sound * self.full_scale_in, rate_hz)
        return volts / self.full_scale_out

    def volts(self, volts: Samples, rate_hz: float) -> Samples:
        """The circuit at its own rate: volts in, volts out, [samples].

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        resting = self.resting()
        collector = run(slopes, self, resting, volts, rate_hz, COLLECTOR, LARGEST) - resting[COLLECTOR]
        share = self.tap_resistor / (self.tap_resistor + self.second_resistor)
        return high_pass(share * collector, rate_hz, self.output_seconds)

    def resting(self) -> Samples:
        """Volts without a signal, [6]: input capacitor, base, collector, emitter, fuzz capacitor, second collector."""
        return rest(slopes, self, np.array([-0.6, 0.6, 1.3, 0.7, 0.3, 4.0]), LARGEST)


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def _rise(volts: float, thermal: float) -> Numba:
    """exp(volts / thermal) - 1 and its slope, straight where it is steepest."""
    x = volts / thermal
    if x > STEEPEST:
        top = np.exp(STEEPEST)
        return top * (1.0 + x - STEEPEST) - 1.0, top / thermal
    rise = np.exp(x)
    return rise - 1.0, rise / thermal


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def transistor(parts: Numba, base: float, collector: float, emitter: float) -> Numba:
    """Amperes into base and collector, and how each depends on the volts base to emitter and base to collector."""
    forward, by_forward = _rise(base - emitter, parts.thermal_volts)
    reverse, by_reverse = _rise(base - collector, parts.thermal_volts)
    least = parts.saturation_current
    into_base = least * (forward / parts.forward + reverse / parts.reverse)
    into_collector = least * (forward - reverse - reverse / parts.reverse)
    slopes_of_base = (least * by_forward / parts.forward, least * by_reverse / parts.reverse)
    slopes_of_collector = (least * by_forward, -least * by_reverse * (1.0 + 1.0 / parts.reverse))
    return into_base, into_collector, slopes_of_base, slopes_of_collector


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def slopes(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    """Kirchhoff's laws; see `stepping.Slopes`."""
    coupled, base, middle, emitter, wiper, collector = state
    b1, c1, (b1_be, b1_bc), (c1_be, c1_bc) = transistor(parts, base, middle, 0.0)
    b2, c2, (b2_be, b2_bc), (c2_be, c2_bc) = transistor(parts, middle, collector, emitter)
    source, back = 1.0 / parts.source_resistor, 1.0 / parts.feedback_resistor
    above = 1.0 / (parts.fuzz_pot * (1.01 - parts.fuzz))
    below = 1.0 / (parts.fuzz_pot * (0.01 + parts.fuzz))
    matrix[:] = 0.0

    farad = parts.input_capacitor
    change[0] = source * (volts - coupled - base) / farad
    matrix[0, 0] = matrix[0, 1] = -source / farad

    farad = parts.base_capacitor
    change[1] = (source * (volts - coupled - base) + back * (emitter - base) - b1) / farad
    matrix[1, 0], matrix[1, 1] = -source / farad, -(source + back + b1_be + b1_bc) / farad
    matrix[1, 2], matrix[1, 3] = b1_bc / farad, back / farad

    farad, load = parts.node_capacitor, 1.0 / parts.first_resistor
    change[2] = (load * (parts.battery - middle) - c1 - b2) / farad
    matrix[2, 1], matrix[2, 2] = -(c1_be + c1_bc) / farad, -(load - c1_bc + b2_be + b2_bc) / farad
    matrix[2, 3], matrix[2, 5] = b2_be / farad, b2_bc / farad

    change[3] = (b2 + c2 - back * (emitter - base) - above * (emitter - wiper)) / farad
    matrix[3, 1], matrix[3, 2] = back / farad, (b2_be + b2_bc + c2_be + c2_bc) / farad
    matrix[3, 3] = -(b2_be + c2_be + back + above) / farad
    matrix[3, 4], matrix[3, 5] = above / farad, -(b2_bc + c2_bc) / farad

    load = 1.0 / (parts.second_resistor + parts.tap_resistor)
    change[5] = (load * (parts.battery - collector) - c2) / farad
    matrix[5, 2], matrix[5, 3] = -(c2_be + c2_bc) / farad, c2_be / farad
    matrix[5, 5] = -(load - c2_bc) / farad

    farad = parts.fuzz_capacitor
    change[4] = (above * (emitter - wiper) - below * wiper) / farad
    matrix[4, 3], matrix[4, 4] = above / farad, -(above + below) / farad
