"""How long calls took and how late periods came, on a simulated card whose clock the compiled call itself moves."""

import io
from collections.abc import Sequence

from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.errors import CardError
from pedal.histogram import bucket
from pedal.link import WAITING, Link
from tests.engine.rig import Rig

PERIOD_NS = 2_000_000
"""96 frames at 48 kHz."""
MONO = stream("S32_LE", 1)


def ran(link: Link, calls_ns: Sequence[int]) -> None:
    """Play as many periods as calls are given, each of which takes so long."""
    clock = FreeClock()
    left = iter(calls_ns)

    def process(_chain: int, _captured: bytes, _out: int, _frames: int) -> None:
        clock.wait_until_ns(clock.now_ns() + next(left))

    source = io.BytesIO(bytes(4 * 96 * (len(calls_ns) + 50)))  # some are lost in an xrun
    rig = Rig(link, process, clock_ns=clock.now_ns)
    calls = iter(range(len(calls_ns)))

    class Counted(SimCard):
        def read(self) -> bytes:
            if next(calls, None) is None:
                rig.loop.stop()
                return b""
            return super().read()

    rig.run(
        lambda: Counted(source, io.BytesIO(), MONO, MONO, clock, rate_hz=48_000, period_frames=96, prefill_periods=3)
    )


def counted(histogram: memoryview) -> dict[int, int]:
    """How many are in each bucket that is not empty."""
    return {number: count for number, count in enumerate(histogram) if count}


def test_calls_are_counted_by_how_long_they_took(link: Link) -> None:
    ran(link, [10_000] * 20 + [700] * 5 + [100_000])
    assert counted(link.load_histogram) == {bucket(10_000): 20, 0: 5, bucket(100_000): 1}
    assert link.get("heartbeat") == 26


def test_a_period_later_than_half_a_period_is_late_and_one_that_catches_up_is_not(link: Link) -> None:
    """A call of 1.6 periods lets the next one come 0.6 late, and the one after that 0.6 early."""
    ran(link, [10_000] * 10 + [1_600_000 * 2] + [10_000] * 10)
    assert (link.get("late"), link.get("xruns_playback"), link.get("xruns_capture")) == (1, 0, 0)
    assert counted(link.wake_histogram) == {0: 18, bucket(1_200_000): 2}


def test_a_period_late_by_less_is_only_counted_by_how_much(link: Link) -> None:
    ran(link, [10_000] * 10 + [1_400_000 * 2] + [10_000] * 10)
    assert link.get("late") == 0
    assert counted(link.wake_histogram) == {0: 18, bucket(800_000): 2}


def test_what_comes_after_a_gap_is_an_xrun_and_not_late(link: Link) -> None:
    ran(link, [10_000] * 10 + [20_000_000] + [10_000] * 10)
    assert link.get("late") == 0
    assert link.get("xruns_playback") + link.get("xruns_capture") == 1
    assert sum(link.load_histogram) == 21
    assert sum(link.wake_histogram) == 19  # not the first, nor the first after the gap


def test_an_engine_counts_from_its_start(link: Link) -> None:
    ran(link, [10_000] * 8 + [1_600_000 * 2, 10_000])
    ran(link, [10_000] * 3)
    assert (link.get("late"), sum(link.load_histogram), sum(link.wake_histogram)) == (0, 3, 2)


def test_the_first_sound_since_the_machine_started_is_remembered_through_engines(link: Link) -> None:
    def absent() -> SimCard:
        raise CardError("none here")

    rig = Rig(link, sleep=lambda _seconds: rig.loop.stop(), boot_ms=lambda: 5_000)
    rig.run(absent)
    assert (link.get("state"), link.get("boot_to_sound_ms")) == (WAITING, 0)
    for moment in (8_300, 60_000):
        rig = Rig(link, boot_ms=lambda: moment)  # noqa: B023 (used at once)
        rig.run(
            lambda: SimCard(io.BytesIO(bytes(4 * 6_400)), io.BytesIO(), MONO, MONO, FreeClock())  # to its end
        )
        assert link.get("boot_to_sound_ms") == 8_300
