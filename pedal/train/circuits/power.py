"""A push-pull power stage whose supply sags: two triodes, an output transformer, a rectifier with a resistance.

Fixed bias near the cut-off: a loud note draws several times the current of silence, and the reservoir capacitor gives
way. Kirchhoff's laws at half of the transformer's primary, for its magnetising current, and at the reservoir. The
valves are a 12AU7, as small amplifiers have them in this place; the phase splitter is thought to be ideal but for the
grids, which cannot be driven above the cathode.
"""

from typing import NamedTuple

import numba
import numpy as np

from pedal.train.circuits import triode
from pedal.train.circuits.oversampled import Samples
from pedal.train.circuits.stepping import Numba, rest, run
from pedal.train.circuits.triode import KOREN_12AU7, Triode

LARGEST = np.full(3, 20.0)
"""Of a Newton step."""
PRIMARY = 0


class Power(NamedTuple):
    """The parts, in SI units."""

    bias: float = -16.0
    """Volts of both grids."""
    load: float = 5e3
    """A quarter of what the loudspeaker is to the whole primary, from plate to plate."""
    load_capacitor: float = 1e-9
    magnetising_inductance: float = 10.0
    """Of half of the primary."""
    supply: float = 320.0
    """Volts, behind supply_resistor."""
    supply_resistor: float = 5e3
    """Rectifier and choke."""
    supply_capacitor: float = 16e-6
    knee: float = 1.0
    """Volts over which a grid begins to conduct and no longer rises."""
    valve: Triode = KOREN_12AU7

    def volts(self, volts: Samples, rate_hz: float) -> Samples:
        """The volts of half of the primary for those of the splitter, between a grid and its bias, [samples] each.

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        return run(slopes, self, self.resting(), volts, rate_hz, PRIMARY, LARGEST)

    def resting(self) -> Samples:
        """Without a signal, [3]: volts of half of the primary, amperes that magnetise it, volts of the reservoir."""
        return rest(slopes, self, np.array([0.0, 0.0, self.supply]), LARGEST)


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def slopes(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    """Kirchhoff's laws; see `stepping.Slopes`."""
    primary, magnet, supply = state
    rise = parts.bias + volts
    fall = parts.bias - volts
    held_rise, _ = triode.softplus(rise / parts.knee)
    held_fall, _ = triode.softplus(fall / parts.knee)
    first, _, by_first = triode.plate(parts.valve, rise - parts.knee * held_rise, supply - primary)
    second, _, by_second = triode.plate(parts.valve, fall - parts.knee * held_fall, supply + primary)

    farad = parts.load_capacitor
    change[0] = (first - second - primary / parts.load - magnet) / farad
    matrix[0, 0] = -(by_first + by_second + 1.0 / parts.load) / farad
    matrix[0, 1] = -1.0 / farad
    matrix[0, 2] = (by_first - by_second) / farad

    change[1] = primary / parts.magnetising_inductance
    matrix[1, 0], matrix[1, 1], matrix[1, 2] = 1.0 / parts.magnetising_inductance, 0.0, 0.0

    farad, feed = parts.supply_capacitor, 1.0 / parts.supply_resistor
    change[2] = (feed * (parts.supply - supply) - first - second) / farad
    matrix[2, 0], matrix[2, 1] = (by_first - by_second) / farad, 0.0
    matrix[2, 2] = -(feed + by_first + by_second) / farad
