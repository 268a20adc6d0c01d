"""The power stage against Kirchhoff's laws written again and solved by scipy, and how its supply sags."""

import numpy as np
import pytest

from pedal.train.circuits.power import Power, slopes
from pedal.train.circuits.stepping import run
from tests.train.circuits.solved import FAST_HZ, Samples, Tone, jacobian_error

POWER = Power()


def kirchhoff(state: Samples, splitter: float) -> list[float]:
    primary, magnet, supply = state

    def current(grid: float, anode: float) -> float:
        grid -= np.logaddexp(0, grid)
        e1 = anode / 84 * np.logaddexp(0, 84 * (1 / 21.5 + grid / np.sqrt(300 + anode**2)))
        return float(2 * max(e1, 0.0) ** 1.3 / 1180)

    one, two = current(splitter - 16, supply - primary), current(-splitter - 16, supply + primary)
    return [
        (one - two - primary / 5e3 - magnet) / 1e-9,
        primary / 10.0,
        ((320 - supply) / 5e3 - one - two) / 16e-6,
    ]


@pytest.mark.parametrize(("peak_volts", "pitch_hz"), [(1.0, 110.0), (12.0, 330.0), (60.0, 990.0)])
def test_the_circuit_agrees_with_an_independent_solver(peak_volts: float, pitch_hz: float) -> None:
    volts = Tone(peak_volts, pitch_hz)
    found = volts.errors(POWER.volts, lambda now, state: kirchhoff(state, volts(now)), POWER.resting(), lambda y: y[0])
    assert found.fine < 1e-7
    assert found.heard < 1e-6


def test_it_rests_in_balance() -> None:
    primary, magnet, supply = POWER.resting()
    assert abs(primary) < 1e-6
    assert abs(magnet) < 1e-9
    assert np.max(np.abs(kirchhoff(np.array([0.0, 0.0, supply]), 0.0))) < 1e-3


def test_the_supply_sags_under_a_loud_tone_and_comes_back() -> None:
    t = np.arange(FAST_HZ) / FAST_HZ
    loud = 40.0 * np.sin(2 * np.pi * 220 * t) * (t < 0.5)
    supply = run(slopes, POWER, POWER.resting(), loud, FAST_HZ, 2, np.full(3, 20.0))
    rest, sagged, back = supply[0], supply[round(0.45 * FAST_HZ)], supply[-1]
    assert rest - sagged > 20.0
    assert rest - back < 0.05 * (rest - sagged)
    # The reservoir and what feeds it: after the time of both, most of it is there again.
    recovering = supply[round((0.5 + 5e3 * 16e-6) * FAST_HZ)]
    assert 0.5 < (recovering - sagged) / (rest - sagged) < 0.95


@pytest.mark.parametrize("seed", range(4))
def test_the_jacobian(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = POWER.resting() + rng.normal(size=3) * (60.0, 0.005, 20.0)
    assert jacobian_error(slopes, POWER, state, float(rng.normal() * 15)) < 1e-4
