"""The card made of a recording: exact on the free clock, as unforgiving as an interface on one that runs on."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.engine.card import CaptureXrun, Card, EndOfInput, PlaybackXrun
from pedal.engine.simcard import SECOND_NS, FreeClock, SimCard, stream
from pedal.errors import CardError

RATE_HZ = 44_100
MONO = stream("S32_LE", 1)


class SlowClock(FreeClock):
    """A free clock that can be late."""

    def pass_frames(self, frames: int) -> None:
        """Let so much time go by."""
        self._now += -(-frames * SECOND_NS // RATE_HZ)


def numbered(frames: int) -> bytes:
    """A recording whose samples are 1, 2, 3 …"""
    return np.arange(1, frames + 1, dtype="<i4").tobytes()


def card(frames: int, sink: io.BytesIO, clock: FreeClock, prefill_periods: int = 2) -> SimCard:
    """A card of 64 × 3 frames with a numbered recording."""
    return SimCard(
        io.BytesIO(numbered(frames)), sink, MONO, MONO, clock, rate_hz=RATE_HZ, prefill_periods=prefill_periods
    )


def copy(card: Card, periods: int) -> None:
    """Play so many periods back as they come."""
    for _ in range(periods):
        card.write(memoryview(card.read()))


def heard(sink: io.BytesIO) -> NDArray[np.int32]:
    """What the card played, frame by frame."""
    return np.frombuffer(sink.getvalue(), "<i4")


@pytest.mark.parametrize("prefill_periods", [2, 3])
def test_round_trip_is_the_prefill(prefill_periods: int) -> None:
    sink = io.BytesIO()
    simulated = card(1000, sink, FreeClock(), prefill_periods)
    simulated.start()
    with pytest.raises(EndOfInput):
        copy(simulated, 1000)
    expected = np.concatenate([np.zeros(64 * prefill_periods, np.int32), np.arange(1, 1001, dtype=np.int32)])
    np.testing.assert_array_equal(heard(sink), expected)


def test_last_period_may_be_shorter() -> None:
    simulated = card(100, io.BytesIO(), FreeClock())
    simulated.start()
    assert [len(simulated.read()) // 4 for _ in range(2)] == [64, 36]
    with pytest.raises(EndOfInput):
        simulated.read()


def test_half_a_frame_at_the_end_is_dropped() -> None:
    stereo = stream("S16_LE", 2)
    simulated = SimCard(io.BytesIO(bytes(4 * 10 + 3)), io.BytesIO(), stereo, stereo, FreeClock())
    simulated.start()
    assert len(simulated.read()) == 40
    with pytest.raises(EndOfInput):
        simulated.read()


@pytest.mark.parametrize(("late", "lost"), [(127, False), (128, True)])
def test_as_late_as_the_prefill_is_an_underrun(late: int, lost: bool) -> None:
    clock = SlowClock()
    simulated = card(10_000, io.BytesIO(), clock)
    simulated.start()
    copy(simulated, 10)
    clock.pass_frames(late)
    if lost:
        with pytest.raises(PlaybackXrun):
            copy(simulated, 1)
    else:
        copy(simulated, 3)


def test_later_than_the_buffer_is_an_overrun() -> None:
    clock = SlowClock()
    simulated = card(10_000, io.BytesIO(), clock)
    simulated.start()
    copy(simulated, 10)
    clock.pass_frames(3 * 64 + 1)
    with pytest.raises(CaptureXrun):
        simulated.read()


def test_round_trip_is_the_same_after_every_gap() -> None:
    clock, sink = SlowClock(), io.BytesIO()
    simulated = card(100_000, sink, clock)
    simulated.start()
    gaps = np.random.default_rng(1).integers(128, 900, 100)
    for gap in gaps:
        copy(simulated, 5)
        clock.pass_frames(int(gap))
        with pytest.raises((CaptureXrun, PlaybackXrun)):
            copy(simulated, 1)
        simulated.resync()
    copy(simulated, 5)
    samples = heard(sink)
    (played,) = np.nonzero(samples)
    assert len(played) > 100 * 5 * 64 - 100 * 128
    assert set(played + 1 - samples[played]) == {128}


def test_write_waits_for_room() -> None:
    clock = FreeClock()
    simulated = card(1000, io.BytesIO(), clock)
    simulated.start()
    simulated.write(memoryview(bytes(4 * 64)))  # 192 frames: full
    assert clock.now_ns() == 0
    simulated.write(memoryview(bytes(4 * 64)))
    assert clock.now_ns() == -(-64 * SECOND_NS // RATE_HZ)


def test_nothing_before_the_start() -> None:
    with pytest.raises(CardError, match="not been started"):
        card(10, io.BytesIO(), FreeClock()).read()


def test_what_no_card_could_be_is_refused() -> None:
    with pytest.raises(CardError, match="S8 is not supported; expected one of S16_LE"):
        stream("S8", 2)
    with pytest.raises(CardError, match="0 channels"):
        stream("S16_LE", 0)
    for faults in ({"period_frames": 0}, {"prefill_periods": 1}, {"prefill_periods": 4}, {"rate_hz": 0}):
        with pytest.raises(CardError, match=r"^the simulated card cannot"):
            SimCard(io.BytesIO(), io.BytesIO(), MONO, MONO, FreeClock(), **faults)
