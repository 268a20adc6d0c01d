"""A valve stage against Kirchhoff's laws written again and solved by scipy, and as a valve stage behaves."""

import numpy as np
import pytest

from pedal.train.circuits.stage import Stage, slopes
from tests.train.circuits.solved import FAST_HZ, Samples, Tone, jacobian_error

FIRST = Stage()
SECOND = Stage(coupling_capacitor=2.2e-9, leak_resistor=470e3, stopper=470e3, cathode_capacitor=0.68e-6)


@pytest.mark.parametrize("stage", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.parametrize(("peak_volts", "pitch_hz"), [(0.05, 110.0), (1.0, 330.0), (20.0, 990.0)])
def test_the_circuit_agrees_with_an_independent_solver(stage: Stage, peak_volts: float, pitch_hz: float) -> None:
    def kirchhoff(now: float, state: Samples) -> list[float]:
        across, grid, cathode, plate, supply = state
        behind = volts(now) - across
        to_grid = (behind - grid) / stage.stopper
        vgk, vpk = grid - cathode, plate - cathode
        e1 = vpk / 600 * np.logaddexp(0, 600 * (1 / 100 + vgk / np.sqrt(300 + vpk**2)))
        current = 2 * max(e1, 0.0) ** 1.4 / 1060
        into_grid = 0.05 / 2e3 * np.logaddexp(0, (vgk - 0.33) / 0.05)
        to_plate = (supply - plate) / 100e3
        return [
            (behind / stage.leak_resistor + to_grid) / stage.coupling_capacitor,
            (to_grid - into_grid) / 100e-12,
            (current + into_grid - cathode / 1.5e3) / stage.cathode_capacitor,
            (to_plate - current) / 120e-12,
            ((280 - supply) / 10e3 - to_plate) / 22e-6,
        ]

    volts, start = Tone(peak_volts, pitch_hz), stage.resting()
    found = volts.errors(stage.volts, kirchhoff, start, lambda y: y[3] - start[3])
    assert found.fine < 1e-7
    assert found.heard < 1e-6


def test_it_rests_where_the_load_line_meets_the_valve() -> None:
    across, grid, cathode, plate, supply = FIRST.resting()
    current = cathode / 1.5e3
    assert 0.5e-3 < current < 1.2e-3
    assert plate == pytest.approx(280 - current * 110e3, abs=1e-3)
    assert supply == pytest.approx(280 - current * 10e3, abs=1e-3)
    assert abs(grid) + abs(across) < 1e-6


def test_the_gain_is_that_of_the_small_signal_theory() -> None:
    """A = μ · R / (R + ra), the cathode bypassed; ra from the published curves, about 65 kΩ at 1 mA."""
    t = np.arange(FAST_HZ // 5) / FAST_HZ
    out = FIRST.volts(1e-3 * np.sin(2 * np.pi * 1_000 * t), FAST_HZ)[len(t) // 2 :]
    assert 50 < np.sqrt(2) * np.std(out) / 1e-3 < 70


def test_a_grid_that_was_overdriven_leaves_the_stage_cold_for_a_while() -> None:
    t = np.arange(FAST_HZ // 10) / FAST_HZ
    burst = 40.0 * np.sin(2 * np.pi * 440 * t) * (t < 0.05)
    out = FIRST.volts(burst, FAST_HZ)
    after = out[round(0.055 * FAST_HZ) : round(0.06 * FAST_HZ)]
    assert np.min(after) > 40.0  # the plate, far above where it rests: the valve is shut
    assert out[-1] < np.max(after)


@pytest.mark.parametrize("seed", range(4))
def test_the_jacobian(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = SECOND.resting() + rng.normal(size=5) * (0.3, 0.5, 0.3, 40.0, 10.0)
    assert jacobian_error(slopes, SECOND, state, 0.7) < 1e-5
