"""Koren's triode against his equations written again, against the data sheets, and against its own slopes."""

import numpy as np
import pytest
from scipy.optimize import brentq

from pedal.train.circuits import triode
from pedal.train.circuits.triode import KOREN_12AU7, KOREN_12AX7, Triode


@pytest.mark.parametrize(
    ("valve", "grid", "anode", "milliamperes"), [(KOREN_12AX7, -2.0, 250.0, 1.2), (KOREN_12AU7, -8.5, 250.0, 10.5)]
)
def test_the_typical_operation_of_the_data_sheet(valve: Triode, grid: float, anode: float, milliamperes: float) -> None:
    assert 1e3 * triode.plate(valve, grid, anode)[0] == pytest.approx(milliamperes, rel=0.25)


@pytest.mark.parametrize("grid", [-30.0, -4.0, -1.0, 0.0, 2.0])
@pytest.mark.parametrize("anode", [-20.0, 0.5, 40.0, 300.0])
def test_the_equations_and_their_slopes(grid: float, anode: float) -> None:
    def current(grid: float, anode: float) -> float:
        if anode <= 0:
            return 0.0
        e1 = anode / 600 * np.logaddexp(0, 600 * (1 / 100 + grid / np.sqrt(300 + anode**2)))
        return float(e1**1.4 / 1060 * (1 + np.sign(e1)))

    found, by_grid, by_anode = triode.plate(KOREN_12AX7, grid, anode)
    assert found == pytest.approx(current(grid, anode), rel=1e-9, abs=1e-15)
    step = 1e-4
    across = (current(grid + step, anode) - current(grid - step, anode)) / (2 * step)
    along = (current(grid, anode + step) - current(grid, anode - step)) / (2 * step)
    assert by_grid == pytest.approx(across, rel=1e-3, abs=1e-12)
    assert by_anode == pytest.approx(along, rel=1e-3, abs=1e-12)


def test_the_grid_is_nearly_korens_diode_before_two_kilohms() -> None:
    def koren(volts: float) -> float:
        def left(current: float) -> float:
            return float(volts - 2_000 * current - 0.02585 * np.log1p(current / 1e-9))

        return float(brentq(left, 0.0, volts / 2_000 + 1e-12)) if volts > 0 else 0.0

    for volts in np.linspace(-2.0, 3.0, 101):
        assert triode.grid(volts)[0] == pytest.approx(koren(volts), abs=25e-6)
    step = 1e-6
    for volts in (-0.5, 0.3, 0.4, 2.0):
        slope = (triode.grid(volts + step)[0] - triode.grid(volts - step)[0]) / (2 * step)
        assert triode.grid(volts)[1] == pytest.approx(slope, rel=1e-5)
