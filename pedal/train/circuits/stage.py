"""A valve stage: a triode, its grid behind a coupling capacitor, its cathode to ground, its own share of the supply.

Kirchhoff's laws at the coupling capacitor, the grid, the cathode, the plate and the supply's capacitor. A grid that
is driven above its cathode conducts, charges the coupling capacitor, and leaves the stage too cold for a while.
"""

from typing import NamedTuple

import numba
import numpy as np

from pedal.train.circuits import triode
from pedal.train.circuits.oversampled import Samples
from pedal.train.circuits.stepping import Numba, rest, run
from pedal.train.circuits.triode import KOREN_12AX7, Triode

LARGEST = np.full(5, 20.0)
"""Volts of a Newton step."""
PLATE = 3


class Stage(NamedTuple):
    """The parts, in SI units; the values are those of many amplifiers' first stages."""

    coupling_capacitor: float = 22e-9
    leak_resistor: float = 1e6
    """From behind the coupling capacitor to ground."""
    stopper: float = 68e3
    """To the grid."""
    grid_capacitor: float = 100e-12
    """The grid's own 1.6 pF, and the 1.6 pF to the plate times the gain (Miller)."""
    cathode_resistor: float = 1.5e3
    cathode_capacitor: float = 22e-6
    plate_resistor: float = 100e3
    plate_capacitor: float = 120e-12
    """What the cables and the next grid are to the plate."""
    supply: float = 280.0
    """Volts, behind supply_resistor."""
    supply_resistor: float = 10e3
    supply_capacitor: float = 22e-6
    valve: Triode = KOREN_12AX7

    def volts(self, volts: Samples, rate_hz: float) -> Samples:
        """The plate's volts from where it rests, for volts before the coupling capacitor, [samples] each.

        Raises:
            ArithmeticError: Newton's method does not settle.
        """
        resting = self.resting()
        plate: Samples = run(slopes, self, resting, volts, rate_hz, PLATE, LARGEST) - resting[PLATE]
        return plate

    def resting(self) -> Samples:
        """Volts without a signal, [5]: across the coupling capacitor, grid, cathode, plate, supply."""
        guess = np.array([0.0, 0.0, 1.0, 0.7 * self.supply, self.supply])
        return rest(slopes, self, guess, LARGEST)


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def slopes(state: Numba, volts: float, parts: Numba, change: Numba, matrix: Numba) -> None:
    """Kirchhoff's laws; see `stepping.Slopes`."""
    coupled, grid, cathode, plate, supply = state
    current, by_grid, by_plate = triode.plate(parts.valve, grid - cathode, plate - cathode)
    into_grid, by_grid_volts = triode.grid(grid - cathode)
    matrix[:] = 0.0

    leak, stop, farad = 1.0 / parts.leak_resistor, 1.0 / parts.stopper, parts.coupling_capacitor
    change[0] = (leak * (volts - coupled) + stop * (volts - coupled - grid)) / farad
    matrix[0, 0], matrix[0, 1] = -(leak + stop) / farad, -stop / farad

    farad = parts.grid_capacitor
    change[1] = (stop * (volts - coupled - grid) - into_grid) / farad
    matrix[1, 0], matrix[1, 1], matrix[1, 2] = -stop / farad, -(stop + by_grid_volts) / farad, by_grid_volts / farad

    farad = parts.cathode_capacitor
    change[2] = (current + into_grid - cathode / parts.cathode_resistor) / farad
    matrix[2, 1] = (by_grid + by_grid_volts) / farad
    matrix[2, 2] = -(by_grid + by_plate + by_grid_volts + 1.0 / parts.cathode_resistor) / farad
    matrix[2, 3] = by_plate / farad

    farad, load = parts.plate_capacitor, 1.0 / parts.plate_resistor
    change[3] = (load * (supply - plate) - current) / farad
    matrix[3, 1], matrix[3, 2] = -by_grid / farad, (by_grid + by_plate) / farad
    matrix[3, 3], matrix[3, 4] = -(load + by_plate) / farad, load / farad

    farad, feed = parts.supply_capacitor, 1.0 / parts.supply_resistor
    change[4] = (feed * (parts.supply - supply) - load * (supply - plate)) / farad
    matrix[4, 3], matrix[4, 4] = load / farad, -(feed + load) / farad
