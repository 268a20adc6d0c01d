"""A take over real libasound on a virtual clock: what is kept, what is thrown away, and what an xrun does."""

import ctypes
from collections.abc import Iterator

import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.engine.alsa import AlsaCard
from pedal.engine.card import Unplugged
from pedal.kernel.chain import Chain
from pedal.measure.latency.take import MOST_XRUNS, record
from tests.usbsim.interface import Interface

PERIOD = 64
RAMP = np.arange(1, 10 * PERIOD + 1, dtype=np.int32)
"""Test signal: every played frame is a number."""


@pytest.fixture
def card(interface: Interface) -> Iterator[AlsaCard]:
    """A card that captures what it played 50 frames ago."""
    interface.describe(sim={"infile": "/nonexistent", "delay": 50})
    opened = AlsaCard(CardConfig(capture="sim", playback="sim"))
    yield opened
    opened.close()


def loud(_chain: int, captured: bytes, out: int, _frames: int) -> None:
    """A compiled call whose output would be heard: everything at half of full scale."""
    ctypes.memset(out, 0x40, len(captured))


def test_what_is_written_is_the_test_signal_and_nothing_of_the_call(interface: Interface, card: AlsaCard) -> None:
    take = record(card, RAMP.tobytes(), Chain(), loud)
    heard = interface.heard()
    begin = interface.page.started_playback + card.prefill_frames
    assert not heard[:begin].any()
    assert np.array_equal(heard[begin : begin + 8 * PERIOD], RAMP[: 8 * PERIOD])
    captured = np.frombuffer(take.captured, np.int32)
    late = card.prefill_frames + 50 - (interface.page.started_capture - interface.page.started_playback)
    assert np.array_equal(captured[late:], RAMP[:-late])
    assert not captured[:late].any()
    assert (take.xruns, take.whole) == (0, True)


def test_every_call_is_timed(card: AlsaCard) -> None:
    times = iter(range(0, 10**9, 1_000))
    frames = []
    take = record(card, RAMP.tobytes(), Chain(), lambda *call: frames.append(call[3]), lambda: next(times))
    assert take.calls_ns.tolist() == [1_000] * 10
    assert frames == [PERIOD] * 10


@pytest.mark.parametrize("word", ["xrun_capture", "xrun_playback"])
def test_after_an_xrun_the_test_signal_begins_again(interface: Interface, card: AlsaCard, word: str) -> None:
    calls = 0

    def stumble(*_call: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            setattr(interface.page, word, 1)

    take = record(card, RAMP.tobytes(), Chain(), stumble)
    captured = np.frombuffer(take.captured, np.int32)
    late = card.prefill_frames + 50 - (interface.page.started_capture - interface.page.started_playback)
    assert (take.xruns, take.whole, len(captured)) == (1, True, len(RAMP))
    assert np.array_equal(captured[late:], RAMP[:-late])
    assert len(take.calls_ns) == calls > 10


def test_a_card_that_never_keeps_up_is_given_up(interface: Interface, card: AlsaCard) -> None:
    def stumble(*_call: object) -> None:
        interface.page.xrun_playback = 1

    take = record(card, RAMP.tobytes(), Chain(), stumble)
    assert (take.xruns, take.whole) == (MOST_XRUNS + 1, False)


def test_a_card_that_is_pulled_out_is_told(interface: Interface, card: AlsaCard) -> None:
    def unplug(*_call: object) -> None:
        interface.page.unplugged = 1

    with pytest.raises(Unplugged):
        record(card, RAMP.tobytes(), Chain(), unplug)
