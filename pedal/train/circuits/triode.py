"""A triode by Koren's equations.

N. Koren, Improved vacuum tube models for SPICE simulations, Glass Audio 8(5), 1996: E = Vpk / Kp · ln(1 + exp(Kp · (1 /
μ + Vgk / √(Kvb + Vpk²)))) and Ip = 2 · E^x / Kg1. Its grid is a diode (1 nA, 300 K) before 2 kΩ; here a smooth knee
with the same straight line behind it, so that the current follows from the volts without another equation to solve.
"""

from typing import Any, NamedTuple

import numba
import numpy as np

Numba = Any
"""What only compiled functions get and give."""
_jit: Any = numba.njit

GRID_OHMS = 2e3
GRID_BEGINS = 0.33
"""Volts from the cathode at which the straight line begins."""
GRID_KNEE = 0.05
"""Volts: how round it begins."""


class Triode(NamedTuple):
    """Koren's parameters of one kind of valve."""

    mu: float
    exponent: float
    kg1: float
    kp: float
    kvb: float


KOREN_12AX7 = Triode(100.0, 1.4, 1060.0, 600.0, 300.0)
KOREN_12AU7 = Triode(21.5, 1.3, 1180.0, 84.0, 300.0)


@_jit
def softplus(x: float) -> Numba:
    """ln(1 + exp(x)) and its slope."""
    if x > 30.0:
        return x, 1.0
    rise = np.exp(x)
    return np.log1p(rise), rise / (1.0 + rise)


@_jit
def plate(valve: Numba, grid_volts: float, anode: float) -> Numba:
    """Amperes through the plate, and how they depend on both: volts from the cathode to grid and plate."""
    if anode <= 0.0:
        return 0.0, 0.0, 0.0
    root = np.sqrt(valve.kvb + anode * anode)
    bent, share = softplus(valve.kp * (1.0 / valve.mu + grid_volts / root))
    volts = anode / valve.kp * bent
    if volts <= 0.0:
        return 0.0, 0.0, 0.0
    by_grid = anode * share / root
    by_anode = bent / valve.kp - anode * anode * share * grid_volts / root**3
    current = 2.0 / valve.kg1 * volts**valve.exponent
    steep = valve.exponent * current / volts
    return current, steep * by_grid, steep * by_anode


@_jit
def grid(volts: float) -> Numba:
    """Amperes into the grid, and how they depend on the volts from the cathode to it."""
    bent, share = softplus((volts - GRID_BEGINS) / GRID_KNEE)
    return GRID_KNEE / GRID_OHMS * bent, share / GRID_OHMS
