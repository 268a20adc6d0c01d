"""Echoes in a response that was made of sweeps."""

import numpy as np
import pytest

from pedal.measure.latency.detection import _correlated
from pedal.measure.latency.echo import Echo, echo
from pedal.measure.latency.signal import Signal

SIGNAL = Signal(44_100)


def response(*echoes: tuple[int, float]) -> Echo | None:
    """What is found in a signal with these later returns: frames and shares."""
    sweep = SIGNAL.sweep()
    captured = np.concatenate([np.roll(sweep, 300), np.zeros(SIGNAL.cycle_frames)])
    whole = captured + sum((share * np.roll(captured, late) for late, share in echoes), np.zeros(len(captured)))
    correlation = _correlated(whole, sweep)[: SIGNAL.cycle_frames]
    return echo(np.roll(correlation, -300) / correlation[300], SIGNAL)


def test_a_cable_has_none() -> None:
    assert response() is None
    assert response((66, 0.05)) is None


@pytest.mark.parametrize(("late", "share"), [(30, 0.2), (66, 0.5), (400, -0.4), (800, 0.9)])
def test_a_second_way_is_no_loop(late: int, share: float) -> None:
    found = response((late, share))
    assert found is not None
    assert found.late_frames == pytest.approx(late, abs=1)
    assert found.share == pytest.approx(abs(share), abs=0.02)
    assert not found.loop


def test_the_echo_of_the_echo_makes_it_a_loop() -> None:
    found = response((66, 0.4), (132, 0.16), (198, 0.064))
    assert found is not None
    assert found.loop
