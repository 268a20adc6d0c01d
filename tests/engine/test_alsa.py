"""The real card class over real libasound and a simulated interface, on its virtual clock."""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.engine.alsa import AlsaCard
from pedal.engine.card import CaptureXrun, PlaybackXrun, Suspended, Unplugged
from pedal.errors import CardError
from tests.usbsim.interface import Interface

Open = Callable[[CardConfig], AlsaCard]
BOTH = CardConfig(capture="sim", playback="sim")
APART = CardConfig(capture="sim_in", playback="sim_out")
NUMBERED = np.arange(1, 100_001, dtype=np.int32)
"""Every captured frame says when it was captured, from 1."""


def copy(card: AlsaCard, periods: int) -> None:
    """Play so many periods back as they come."""
    for _ in range(periods):
        card.write(memoryview(card.read()))


def copy_silence(card: AlsaCard, periods: int) -> None:
    """Play so many silent periods."""
    for _ in range(periods):
        card.write(memoryview(bytes(card.period_frames * card.playback.frame_bytes)))


def round_trips(interface: Interface, channels: int = 1) -> set[int]:
    """How many frames after its capture each frame was played."""
    samples = interface.heard(channels)
    (at,) = np.nonzero(samples)
    return set((at + 1 - samples[at]).tolist())


@pytest.mark.parametrize(("period_frames", "periods", "prefill"), [(64, 3, 2), (64, 2, 2), (32, 4, 3), (256, 3, 2)])
def test_round_trip_is_exactly_the_prefill(
    interface: Interface, open_card: Open, period_frames: int, periods: int, prefill: int
) -> None:
    interface.record(NUMBERED)
    card = open_card(BOTH._replace(period_frames=period_frames, periods=periods, prefill_periods=prefill))
    card.start()
    copy(card, 100)
    card.close()
    assert card.prefill_frames == prefill * period_frames
    assert round_trips(interface) == {card.prefill_frames}


@pytest.mark.parametrize(
    ("offered", "taken", "frame_bytes"),
    [
        ("S16_LE S24_LE S24_3LE S32_LE", "S32_LE", 8),
        ("S16_LE S24_LE S24_3LE", "S24_3LE", 6),
        ("S16_LE S24_LE", "S24_LE", 8),
        ("S16_LE FLOAT_LE", "S16_LE", 4),
    ],
)
def test_auto_takes_the_widest_format_there_is(
    interface: Interface, open_card: Open, offered: str, taken: str, frame_bytes: int
) -> None:
    interface.describe(sim={"formats": offered, "channels": 2})
    card = open_card(BOTH)
    assert card.capture == card.playback == (taken, 2, frame_bytes)


def test_auto_takes_a_format_that_both_directions_have(interface: Interface, open_card: Open) -> None:
    interface.describe(sim_in={"formats": "S16_LE S32_LE"}, sim_out={"formats": "S16_LE S24_3LE"})
    assert open_card(APART).capture.format == "S16_LE"


def test_directions_may_differ_in_channels(interface: Interface, open_card: Open) -> None:
    interface.describe(sim_in={"channels": 1}, sim_out={"channels": 4})
    card = open_card(APART)
    assert (card.capture, card.playback) == (("S32_LE", 1, 4), ("S32_LE", 4, 16))


@pytest.mark.parametrize(
    ("fields", "config", "message"),
    [
        ({"rate": 48_000}, BOTH, "gives 48000 Hz on capture; expected 44100; set [card] rate_hz"),
        ({"period_min": 128}, BOTH, "gives 128 frames a period on capture; expected 64; set [card] period_frames"),
        ({"periods_max": 2}, BOTH, "gives 2 periods on capture; expected 3; set [card] periods"),
        ({"formats": "FLOAT_LE"}, BOTH, "captures FLOAT_LE and plays FLOAT_LE; expected S32_LE or S24_3LE or"),
        ({"formats": "S16_LE"}, BOTH._replace(format="S32_LE"), "captures S16_LE and plays S16_LE; expected S32_LE on"),
        ({}, BOTH._replace(input_channel=2), "has 1 channels on capture; expected at least 2"),
        ({}, BOTH._replace(outputs=(1, 3)), "has 1 channels on playback; expected at least 3"),
    ],
)
def test_what_the_card_does_not_give_is_refused_by_name(
    interface: Interface, fields: dict[str, str | int], config: CardConfig, message: str
) -> None:
    interface.describe(sim=fields)
    with pytest.raises(CardError) as refused:
        AlsaCard(config)
    assert message in str(refused.value)
    assert str(refused.value).startswith("card sim ")


def test_difference_on_playback_alone_is_refused_and_closed(interface: Interface, open_card: Open) -> None:
    interface.describe(sim_in={}, sim_out={"rate": 48_000})
    with pytest.raises(CardError, match="48000 Hz on playback"):
        AlsaCard(APART)
    interface.describe(sim_in={}, sim_out={})
    open_card(APART)  # neither direction is still held


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EBUSY, errno.ENODEV, errno.EACCES])
def test_card_that_cannot_be_opened(interface: Interface, number: int) -> None:
    interface.page.open_errno = number
    with pytest.raises(CardError, match=r"^card cannot be opened for capture: .*sim") as refused:
        AlsaCard(BOTH)
    assert ("another program" in str(refused.value)) == (number == errno.EBUSY)


def test_card_whose_playback_is_busy_is_let_go(interface: Interface, open_card: Open) -> None:
    interface.describe(sim={}, other={"card": "other"})
    open_card(CardConfig(capture="other", playback="sim"))
    with pytest.raises(CardError, match=r"for playback: .*another program"):
        AlsaCard(BOTH)
    open_card(CardConfig(capture="sim", playback="other"))


def test_absent_card_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="the card USB is not attached; found no card"):
        AlsaCard(CardConfig(name="USB"), proc=tmp_path)


@pytest.mark.parametrize(
    ("word", "value", "raised"),
    [
        ("xrun_capture", 1, CaptureXrun),
        ("xrun_playback", 1, PlaybackXrun),
        ("late", 128, PlaybackXrun),
        ("late", 5_000, CaptureXrun),
        ("suspended", 1, Suspended),
    ],
)
def test_round_trip_is_the_same_after_a_fault(
    interface: Interface, open_card: Open, word: str, value: int, raised: type[CardError]
) -> None:
    interface.record(NUMBERED)
    card = open_card(BOTH)
    card.start()
    copy(card, 10)
    setattr(interface.page, word, value)
    with pytest.raises(raised):
        copy(card, 2)
    interface.page.suspended = 0
    card.resync()
    copy(card, 10)
    card.close()
    assert round_trips(interface) == {128}
    assert interface.heard()[interface.page.frames - 1] > 0  # it sounds to the end


def test_up_to_the_prefill_late_is_no_fault(interface: Interface, open_card: Open) -> None:
    interface.record(NUMBERED)
    card = open_card(BOTH)
    card.start()
    for _ in range(10):
        copy(card, 10)
        interface.page.late = 127
    copy(card, 10)
    assert round_trips(interface) == {128}


def test_unplugged_card_is_told_apart_and_opens_again(interface: Interface, open_card: Open) -> None:
    interface.record(NUMBERED)
    card = open_card(BOTH)
    card.start()
    copy(card, 10)
    interface.page.unplugged = 1
    with pytest.raises(Unplugged, match="card sim is gone: No such device"):
        card.read()
    with pytest.raises(Unplugged):
        copy_silence(card, 4)
    with pytest.raises(Unplugged):
        card.resync()
    card.close()
    with pytest.raises(CardError, match="No such device"):
        AlsaCard(BOTH)
    interface.page.unplugged = 0
    card = open_card(BOTH)
    card.start()
    copy(card, 10)
    assert round_trips(interface) == {128}


def test_closing_does_not_wait_for_what_is_left(interface: Interface, open_card: Open) -> None:
    interface.record(NUMBERED)
    card = open_card(BOTH)
    card.start()
    copy(card, 10)
    before = interface.page.frames
    card.close()
    assert interface.page.frames == before
