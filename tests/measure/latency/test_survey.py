"""The whole measurement: over simulated cables, and over real libasound with a simulated interface."""

import ctypes

import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.engine.alsa import AlsaCard
from pedal.engine.card import Absent
from pedal.engine.simcard import FreeClock, SimCard
from pedal.errors import CardError
from pedal.kernel.library import Library
from pedal.measure.latency.converter import Converter, Simulated
from pedal.measure.latency.findings import Survey
from pedal.measure.latency.raising import Unheard
from pedal.measure.latency.survey import Plan, Progress
from tests.measure.latency.conftest import CALL_NS, Make
from tests.usbsim.interface import Interface

CARD = CardConfig()
SMALL = Plan((32, 64), (2, 3), 2, 0.2)


def test_every_start_of_every_setting_is_exact(surveyor: Make) -> None:
    simulated, said = Simulated(Converter(delay_frames=140.0), FreeClock, jitter_frames=44.0), list[Progress]()
    survey = surveyor(SMALL, simulated.open, CARD, tell=said.append).survey()
    levels = len(simulated.round_trips) - 16
    true = iter(simulated.round_trips[levels:])
    for one in survey.settings:
        for half in (one.bypass, one.model):
            assert half is not None
            assert half.round_trip is not None
            expected = [next(true) for _ in half.starts]
            for start, frames in zip(half.starts, expected, strict=True):
                assert start.round_trip_frames == pytest.approx(frames, abs=0.1)
                assert start.least_frames == pytest.approx(frames, abs=0.1)
                assert start.most_frames == pytest.approx(frames, abs=0.1)
            assert half.round_trip.minimum == pytest.approx(min(expected), abs=0.1)
            assert half.round_trip.maximum == pytest.approx(max(expected), abs=0.1)
            assert half.xruns == 0
            load = CALL_NS * 1e-9 * 44_100 / one.period_frames
            assert (half.load_mean, half.load_p99) == pytest.approx((load, load), abs=1e-5)
        assert one.converter_frames == pytest.approx(118.0, abs=23.0)
        assert one.buffer_frames == one.period_frames * one.prefill_periods
    assert [one.name for one in survey.settings] == ["32 × 2", "32 × 3", "64 × 2", "64 × 3"]
    assert [(one.periods, one.prefill_periods) for one in survey.settings] == [(3, 2), (3, 3), (3, 2), (3, 3)]
    assert [(one.done, one.total) for one in said] == [(0, 16), *((done, 16) for done in range(16))]


def test_the_guitar_goes_through_the_model_in_one_half_only(surveyor: Make, kernels: Library) -> None:
    changed = []

    def process(address: int, captured: bytes, out: int, frames: int) -> None:
        kernels.process(address, captured, out, frames)
        guitar = np.frombuffer(captured, np.int32)[::2]
        changed.append(bool(np.any(np.frombuffer(ctypes.string_at(out, len(captured)), np.int32)[::2] != guitar)))

    surveyor(Plan((64,), (2,), 1, 0.2), Simulated(Converter(), FreeClock).open, process=process).survey()
    assert not any(changed[: len(changed) // 2])  # the levels too
    assert all(changed[-90:])


def test_a_setting_that_the_card_refuses_is_left_out_and_said(surveyor: Make) -> None:
    simulated = Simulated(Converter(), FreeClock)

    def choosy(card: CardConfig) -> SimCard:
        if card.period_frames < 64:
            raise CardError("card X gives 64 frames a period on capture; expected 32")
        return simulated.open(card)

    survey = surveyor(SMALL, choosy, CARD).survey()
    assert [one.refused for one in survey.settings] == [
        *["card X gives 64 frames a period on capture; expected 32"] * 2, "", "",
    ]  # fmt: skip
    assert survey.recommended == "64 × 2"


def test_a_card_that_refuses_everything_or_is_absent_says_so(surveyor: Make) -> None:
    def refuse(_card: CardConfig) -> SimCard:
        raise CardError("card X cannot be opened for capture: another program has it")

    def absent(_card: CardConfig) -> SimCard:
        raise Absent("a USB card is not attached")

    with pytest.raises(CardError, match="another program has it"):
        surveyor(SMALL, refuse, CARD).survey()
    with pytest.raises(Absent):
        surveyor(SMALL, absent, CARD).survey()


def pulled_at(setting: str, surveyor: Make) -> Survey:
    """A survey during which the cable is pulled out as soon as that setting is measured."""
    cables = {plugged: Simulated(Converter(cable=plugged), FreeClock) for plugged in (True, False)}
    plugged = True

    def tell(now: Progress) -> None:
        nonlocal plugged
        plugged = plugged and not now.doing.startswith(setting)

    def open_card(card: CardConfig) -> SimCard:
        return cables[plugged].open(card)

    return surveyor(SMALL, open_card, CARD, tell=tell).survey()


def test_a_cable_that_is_pulled_out_is_noticed(surveyor: Make) -> None:
    with pytest.raises(Unheard, match=r"at 32 × 2 the signal was gone; is the cable still in"):
        pulled_at("32 × 2", surveyor)


def test_what_was_measured_before_the_cable_was_pulled_out_stays(surveyor: Make) -> None:
    survey = pulled_at("64 × 2", surveyor)
    assert [bool(one.model) for one in survey.settings] == [True, True, False, False]
    assert survey.settings[0].median_frames == pytest.approx(160.0, abs=0.1)
    assert not survey.settings[1].refused
    for one in survey.settings[2:]:
        assert one.refused == "at 64 × 2 the signal was gone; is the cable still in?"
        assert one.bypass is None
    assert survey.recommended in [one.name for one in survey.settings[:2]]


def test_a_start_that_somebody_disturbed_is_made_once_more(surveyor: Make) -> None:
    quiet, howling = (Simulated(Converter(loop_gain=gain, loop_frames=66), FreeClock) for gain in (0.0, 1.5))
    opened = 0

    def open_card(card: CardConfig) -> SimCard:
        nonlocal opened
        opened += 1
        return (howling if opened == 8 else quiet).open(card)

    (one,) = surveyor(Plan((64,), (2,), 3, 0.2), open_card).survey().settings
    for half in (one.bypass, one.model):
        assert half is not None
        assert [start.round_trip_frames for start in half.starts] == pytest.approx([224.0] * 3, abs=0.1)


def test_without_a_cable_nothing_is_measured(surveyor: Make) -> None:
    with pytest.raises(Unheard, match="no cable"):
        surveyor(SMALL, Simulated(Converter(cable=False), FreeClock).open, CARD).survey()


def test_over_libasound_it_is_the_prefill_and_the_interface_s_delay(surveyor: Make, interface: Interface) -> None:
    interface.describe(sim={"infile": "/nonexistent", "delay": 77, "channels": 2, "formats": "S24_3LE"})
    apart = []

    def open_card(card: CardConfig) -> AlsaCard:
        apart.append((interface.page.started_capture, interface.page.started_playback))
        return AlsaCard(card)

    card = CardConfig(capture="sim", playback="sim")
    survey = surveyor(SMALL, open_card, card).survey()
    apart.append((interface.page.started_capture, interface.page.started_playback))
    begun = [capture - playback for capture, playback in apart[-16:]]
    starts = [start for one in survey.settings for half in (one.bypass, one.model) if half for start in half.starts]
    prefills = [one.buffer_frames for one in survey.settings for _ in range(4)]
    for start, prefill, between in zip(starts, prefills, begun, strict=True):
        assert start.round_trip_frames == pytest.approx(prefill + 77 - between, abs=0.1)
    assert survey.format == "S24_3LE"
    assert survey.card == "card sim"


def test_xruns_are_counted_and_keep_a_setting_from_being_recommended(surveyor: Make, interface: Interface) -> None:
    interface.describe(sim={"infile": "/nonexistent", "delay": 77, "channels": 2})
    opened = 0

    def open_card(card: CardConfig) -> AlsaCard:
        nonlocal opened
        opened += 1
        if card.period_frames == 32:
            interface.page.xrun_capture = 1
        return AlsaCard(card)

    card = CardConfig(capture="sim", playback="sim")
    survey = surveyor(Plan((32, 64), (2,), 2, 0.2), open_card, card).survey()
    short, long = survey.settings
    assert short.model is not None
    assert long.model is not None
    assert (short.model.xruns, long.model.xruns) == (2, 0)
    assert not short.fit
    assert survey.recommended == "64 × 2"
