"""A small valve amplifier: one or two stages, a gain control between, a power stage that sags, a loudspeaker."""

from dataclasses import dataclass, field

from pedal.train.circuits.cabinet import cabinet
from pedal.train.circuits.oversampled import Samples, oversampled
from pedal.train.circuits.pot import turned
from pedal.train.circuits.power import Power
from pedal.train.circuits.stage import Stage


@dataclass(frozen=True)
class Amplifier:
    """What it is made of, and the levels at both ends.

    A stage does not load the one before: behind 1 MΩ and more it would take a twentieth of its volts.
    """

    stages: tuple[Stage, ...]
    """One after the other; the gain control is behind the first."""
    least_gain: float
    """The share of the first stage's volts that the control leaves when it is turned down."""
    most_gain: float
    """The same, turned up; between them an audio taper."""
    master: float
    """The share of the last stage's volts that reaches the power stage."""
    power: Power = field(default_factory=Power)
    full_scale_in: float = 1.0
    """Volts of a sample of 1."""
    full_scale_out: float = 350.0
    """Volts of half of the transformer's primary that a sample of 1 is."""

    def play(self, sound: Samples, rate_hz: int, gain: float = 0.5) -> Samples:
        """What comes out of the cabinet for `sound`, sample-aligned with it, [samples]; `gain` is the knob, 0 to 1."""
        volts = oversampled(lambda fast, fast_hz: self.volts(fast, fast_hz, gain), sound * self.full_scale_in, rate_hz)
        return volts / self.full_scale_out

    def volts(self, volts: Samples, rate_hz: float, gain: float) -> Samples:
        """The circuit at its own rate: volts in, volts out, [samples].

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        share = self.least_gain + turned(gain) * (self.most_gain - self.least_gain)
        for number, stage in enumerate(self.stages):
            volts = stage.volts(volts * share if number == 1 else volts, rate_hz)
        if len(self.stages) == 1:
            volts = volts * share
        return cabinet(self.power.volts(volts * self.master, rate_hz), rate_hz)


CLEAN = Amplifier((Stage(),), 0.3, 1.0, 0.7, full_scale_out=200.0)
"""One stage, which the guitar alone does not overdrive."""
DRIVEN = Amplifier(
    (Stage(cathode_capacitor=0.68e-6), Stage(coupling_capacitor=2.2e-9, leak_resistor=470e3, stopper=470e3)),
    0.02,
    1.0,
    0.3,
)
"""Two stages, tight in the bass; the second is overdriven first, then the power stage."""
