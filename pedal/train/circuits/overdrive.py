"""An overdrive pedal: diodes in the feedback of an operational amplifier, before a tone control.

Coupling high-pass, non-inverting operational amplifier with antiparallel diodes in its feedback: the circuit of the
Ibanez Tube Screamer as in Yeh, Abel and Smith, "Simplified, physically-informed models of distortion and overdrive
guitar effects pedals", DAFx 2007, whose equation for the clipping stage is solved here. The tone control is simpler
than that pedal's: a potentiometer before a capacitor, as in the ProCo RAT.
"""

from dataclasses import dataclass, field

from pedal.train.circuits.diodes import Diodes
from pedal.train.circuits.filters import high_pass, low_pass
from pedal.train.circuits.oversampled import Samples, oversampled
from pedal.train.circuits.pot import turned


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
    """In series with feedback_resistor; an audio taper."""
    feedback_capacitor: float = 51e-12
    diodes: Diodes = field(default_factory=Diodes)
    tone_resistor: float = 250.0
    tone_pot: float = 5e3
    """In series with tone_resistor; an audio taper that lets more treble through the further it is turned up."""
    tone_capacitor: float = 68e-9
    full_scale_in: float = 1.0
    """Volts of a sample of 1: a pickup hit hard gives about half a volt."""
    full_scale_out: float = 2.0
    """Volts of a sample of 1: the level knob."""

    def feedback_ohms(self, drive: float) -> float:
        """The resistance across the diodes at `drive`, 0 to 1."""
        return self.feedback_resistor + turned(drive) * self.drive_pot

    def tone_ohms(self, tone: float) -> float:
        """The resistance before the tone's capacitor at `tone`, 0 to 1."""
        return self.tone_resistor + turned(1.0 - tone) * self.tone_pot

    def play(self, sound: Samples, rate_hz: int, drive: float = 0.5, tone: float = 0.5) -> Samples:
        """What the pedal puts out for `sound`, sample-aligned with it, [samples]; the knobs are 0 to 1."""
        volts = oversampled(
            lambda fast, fast_hz: self.volts(fast, fast_hz, drive, tone), sound * self.full_scale_in, rate_hz
        )
        return volts / self.full_scale_out

    def volts(self, volts: Samples, rate_hz: float, drive: float, tone: float = 0.5) -> Samples:
        """The circuit at its own rate: volts in, volts out, [samples]; trapezoidal rule, Newton's method each step.

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        coupled = high_pass(volts, rate_hz, self.bias_resistor * self.coupling_capacitor)
        current = high_pass(coupled, rate_hz, self.ground_resistor * self.ground_capacitor)
        across = self.diodes.clipped(
            current / self.ground_resistor, rate_hz, self.feedback_capacitor, self.feedback_ohms(drive)
        )
        return low_pass(coupled + across, rate_hz, self.tone_ohms(tone) * self.tone_capacitor)
