"""The card made of a recording: exact on the free clock, as unforgiving as an interface on one that runs on."""

import io
from pathlib import Path
from typing import BinaryIO

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


def card(frames: int, sink: BinaryIO, clock: FreeClock, prefill_periods: int = 2, loop: bool = False) -> SimCard:
    """A card of 64 × 3 frames with a numbered recording."""
    source = io.BytesIO(numbered(frames))
    return SimCard(source, sink, MONO, MONO, clock, rate_hz=RATE_HZ, prefill_periods=prefill_periods, loop=loop)


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


@pytest.mark.parametrize("frames", [1, 7, 63, 64, 100, 1000])
def test_a_loop_begins_again_at_its_end(frames: int) -> None:
    sink = io.BytesIO()
    simulated = card(frames, sink, FreeClock(), loop=True)
    simulated.start()
    copy(simulated, 50)
    np.testing.assert_array_equal(heard(sink)[128:], np.arange(50 * 64) % frames + 1)


def test_a_loop_is_where_it_would_be_after_every_gap() -> None:
    clock, sink = SlowClock(), io.BytesIO()
    simulated = card(1000, sink, clock, loop=True)
    simulated.start()
    gaps = np.random.default_rng(1).integers(128, 9000, 100)
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
    np.testing.assert_array_equal(samples[played], (played - 128) % 1000 + 1)


def test_a_loop_begins_where_the_file_stands_and_has_whole_frames(tmp_path: Path) -> None:
    (tmp_path / "recording").write_bytes(b"head" + numbered(100) + b"tai")
    with open(tmp_path / "recording", "rb") as source:
        source.seek(4)
        simulated = SimCard(source, io.BytesIO(), MONO, MONO, FreeClock(), loop=True)
        simulated.start()
        read = b"".join(simulated.read() for _ in range(10))
    np.testing.assert_array_equal(np.frombuffer(read, "<i4"), np.arange(640) % 100 + 1)
    with pytest.raises(CardError, match="without a frame cannot begin again"):
        SimCard(io.BytesIO(b"abc"), io.BytesIO(), MONO, MONO, FreeClock(), loop=True)


def test_what_is_played_may_go_nowhere() -> None:
    clock = SlowClock()
    with open("/dev/null", "w+b") as sink:
        simulated = card(10_000, sink, clock)
        simulated.start()
        for _ in range(10):
            copy(simulated, 5)
            clock.pass_frames(500)
            simulated.resync()


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
    for rate_hz, period_frames, prefill_periods in ((44_100, 0, 2), (44_100, 64, 1), (44_100, 64, 4), (0, 64, 2)):
        with pytest.raises(CardError, match=r"^the simulated card cannot"):
            SimCard(
                io.BytesIO(), io.BytesIO(), MONO, MONO, FreeClock(),
                rate_hz=rate_hz, period_frames=period_frames, prefill_periods=prefill_periods,
            )  # fmt: skip
