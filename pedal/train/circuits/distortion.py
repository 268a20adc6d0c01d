"""A distortion pedal: a gain stage that reaches the battery, then diodes to ground, then a filter.

The clipping stage, 2.2 kΩ into 10 nF and a pair of 1N4148, is that of the Boss DS-1 as in Yeh, Abel and Smith,
"Simplified, physically-informed models of distortion and overdrive guitar effects pedals", DAFx 2007: dV/dt = (Vi - V)
/ RC - 2 Is / C · sinh(V / nVt). Before it stands one operational amplifier and behind it a potentiometer before a
capacitor, both in the manner of the ProCo RAT, with values of our own.
"""

from dataclasses import dataclass, field

import numpy as np

from pedal.train.circuits.diodes import Diodes
from pedal.train.circuits.filters import filtered, high_pass, low_pass
from pedal.train.circuits.oversampled import Samples, oversampled
from pedal.train.circuits.pot import turned


@dataclass(frozen=True)
class Distortion:
    """The parts and the levels at both ends, in SI units."""

    coupling_capacitor: float = 22e-9
    bias_resistor: float = 470e3
    ground_resistor: float = 1e3
    """From the inverting input, in series with ground_capacitor."""
    ground_capacitor: float = 1e-6
    feedback_resistor: float = 10e3
    distortion_pot: float = 470e3
    """In series with feedback_resistor; an audio taper."""
    feedback_capacitor: float = 100e-12
    rails: float = 4.0
    """Volts, either way, that the operational amplifier reaches: a battery of 9 V."""
    clipping_resistor: float = 2.2e3
    clipping_capacitor: float = 10e-9
    diodes: Diodes = field(default_factory=Diodes)
    tone_resistor: float = 1.5e3
    tone_pot: float = 100e3
    """In series with tone_resistor; an audio taper that lets more treble through the further it is turned up."""
    tone_capacitor: float = 3.3e-9
    output_seconds: float = 47e-9 * 100e3
    """The capacitor and the level knob behind it."""
    full_scale_in: float = 1.0
    """Volts of a sample of 1."""
    full_scale_out: float = 1.0
    """Volts of a sample of 1: the level knob."""

    def feedback_ohms(self, drive: float) -> float:
        """The resistance of the amplifier's feedback at `drive`, 0 to 1."""
        return self.feedback_resistor + turned(drive) * self.distortion_pot

    def tone_ohms(self, tone: float) -> float:
        """The resistance before the tone's capacitor at `tone`, 0 to 1."""
        return self.tone_resistor + turned(1.0 - tone) * self.tone_pot

    def play(self, sound: Samples, rate_hz: int, drive: float = 0.5, tone: float = 0.5) -> Samples:
        """What the pedal puts out for `sound`, sample-aligned with it, [samples]; the knobs are 0 to 1."""
        volts = oversampled(
            lambda fast, fast_hz: self.volts(fast, fast_hz, drive, tone), sound * self.full_scale_in, rate_hz
        )
        return volts / self.full_scale_out

    def volts(self, volts: Samples, rate_hz: float, drive: float, tone: float) -> Samples:
        """The circuit at its own rate: volts in, volts out, [samples].

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        coupled = high_pass(volts, rate_hz, self.bias_resistor * self.coupling_capacitor)
        # 1 + (R ∥ C of the feedback) over (R and C to ground).
        feedback_s = self.feedback_ohms(drive) * self.feedback_capacitor
        ground_s = self.ground_resistor * self.ground_capacitor
        below = (feedback_s * ground_s, feedback_s + ground_s, 1.0)
        above = (below[0], below[1] + self.feedback_ohms(drive) * self.ground_capacitor, 1.0)
        driven = np.clip(filtered(above, below, coupled, rate_hz), -self.rails, self.rails)
        across = self.diodes.clipped(
            driven / self.clipping_resistor, rate_hz, self.clipping_capacitor, self.clipping_resistor
        )
        toned = low_pass(across, rate_hz, self.tone_ohms(tone) * self.tone_capacitor)
        return high_pass(toned, rate_hz, self.output_seconds)
