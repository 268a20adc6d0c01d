"""Which setting is recommended, and what a round trip is made of."""

import pytest

from pedal.config import CardConfig
from pedal.measure.latency.findings import Figures, Half, Measured, Setting, figures, recommended


def half(median: float, xruns: int = 0, load_p99: float = 0.1) -> Half:
    return Half((), Figures(median - 5, median, median + 5, median + 6), xruns, 0.05, load_p99, 50.0, 1_500.0)


def measured(period: int, prefill: int, *args: float, **options: float) -> Measured:
    return Measured(period, 3, prefill, "", half(1.0), half(*args, **options))  # type: ignore[arg-type]


def test_the_lowest_median_that_keeps_the_rule() -> None:
    good, slower = measured(64, 2, 200.0), measured(64, 3, 264.0)
    stumbling, busy = measured(16, 2, 100.0, xruns=1), measured(32, 2, 150.0, load_p99=0.4)
    assert recommended((slower, good, stumbling, busy)) == "64 × 2"
    assert recommended((stumbling, busy)) == ""
    assert recommended((Measured(16, 3, 2, "refused"), slower)) == "64 × 3"
    assert recommended(()) == ""


def test_what_is_no_buffer_is_converters_and_usb() -> None:
    one = measured(64, 2, 210.5)
    assert (one.buffer_frames, one.converter_frames) == (128, 82.5)


def test_the_buffers_hold_as_many_periods_as_they_did_or_more_where_needed() -> None:
    card = CardConfig(periods=3, prefill_periods=2)
    for setting, expected in ((Setting(32, 2), (32, 3, 2)), (Setting(64, 4), (64, 4, 4))):
        applied = setting.applied(card)
        assert (applied.period_frames, applied.periods, applied.prefill_periods) == expected


def test_figures() -> None:
    found = figures([float(n) for n in range(101)])
    assert found is not None
    assert (found.minimum, found.median, found.p99, found.maximum) == pytest.approx((0.0, 50.0, 99.0, 100.0))
    assert figures([]) is None
