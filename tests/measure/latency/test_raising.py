"""From very soft upwards: where it stops, and what it says where nothing can be measured."""

from collections.abc import Callable

import pytest

from pedal.config import CardConfig
from pedal.measure.latency.converter import Converter
from pedal.measure.latency.hearing import Hearing
from pedal.measure.latency.raising import LEVELS_DBFS, Level, Unheard, raised
from tests.measure.latency.conftest import Listened

CARD = CardConfig()
Raise = Callable[[Converter], Level]


@pytest.fixture
def played() -> list[float]:
    """The levels that were played, in dBFS."""
    return []


@pytest.fixture
def raising(listened: Listened, played: list[float]) -> Raise:
    """Find the level through a simulated cable."""

    def find(converter: Converter) -> Level:
        def listen(level_dbfs: float) -> Hearing:
            played.append(level_dbfs)
            return listened(converter, level_dbfs, seconds=0.3)[0]

        return raised(listen, CARD)

    return find


@pytest.mark.parametrize(("gain_db", "level_dbfs"), [(20.0, -40.0), (0.0, -16.0), (-6.0, -10.0), (-14.0, -4.0)])
def test_it_stops_as_soon_as_the_level_is_good(
    raising: Raise, played: list[float], gain_db: float, level_dbfs: float
) -> None:
    level = raising(Converter(gain_db=gain_db))
    assert level.played_dbfs == level_dbfs
    assert level.notes == ()
    assert played == [dbfs for dbfs in LEVELS_DBFS if dbfs <= level_dbfs]
    assert -20.0 <= level.hearing.peak_dbfs < -13.0


def test_a_soft_signal_without_noise_will_do(raising: Raise) -> None:
    level = raising(Converter(gain_db=-40.0))
    assert level.played_dbfs == -4.0
    (note,) = level.notes
    assert note.startswith("the signal comes back at only -44.")
    assert note.endswith("dBFS, which will do; turn the input's gain up")


@pytest.mark.parametrize(
    ("converter", "text"),
    [
        (Converter(cable=False), "no cable: of a signal at -4.0 dBFS nothing comes back on channel 1"),
        (
            Converter(cable=False, hum_peak=0.5),
            "noise -(8.9|9.0|9.1) dBFS.* put a cable from an output to input 1",
        ),
        (Converter(gain_db=-80.0), "too little level: .*only -84.. dBFS comes back, as from an input that merely lies"),
        (Converter(gain_db=-50.0, noise_rms=0.01), "too little level: .*in noise of -40.0 dBFS; turn the input's gain"),
        (Converter(gain_db=45.0), "input clips, though the signal is played at only -40.0 dBFS; turn"),
        (Converter(input=2), "comes in on channel 2, not on channel 1; put the cable"),
        (Converter(loop_gain=0.5, loop_frames=66), r"feedback loop: the signal comes again every 66 frames \(1.5 ms\)"),
        (Converter(loop_gain=1.2, loop_frames=66), "feedback loop: it howls; switch off the interface's direct monit"),
    ],
)
def test_why_nothing_can_be_measured(raising: Raise, converter: Converter, text: str) -> None:
    with pytest.raises(Unheard, match=text):
        raising(converter)


def test_inverted_polarity_is_said_and_no_hindrance(raising: Raise) -> None:
    (note,) = raising(Converter(inverted=True)).notes
    assert note == "the polarity is inverted between output and input; the delay is right all the same"


def test_an_offset_is_said(raising: Raise) -> None:
    (note,) = raising(Converter(dc=0.05)).notes
    assert note.startswith("the input's zero is off by 5.0 % of full scale")


def test_what_is_held_down_before_it_is_loud_enough_is_measured_a_step_softer(listened: Listened) -> None:
    """A preamplifier that is at its limit far below the converter's full scale."""
    softly, loudly = (listened(Converter(gain_db=gain_db), -34.0)[0] for gain_db in (0.0, 3.0))
    level = raised(lambda dbfs: softly if dbfs == -40.0 else loudly, CARD)
    assert level.played_dbfs == -40.0
    assert level.notes[0].endswith("any louder is held down by something on the way")


def test_noise_that_the_next_step_overcomes_is_no_hindrance(raising: Raise) -> None:
    level = raising(Converter(gain_db=-10.0, noise_rms=0.01))
    assert level.hearing.detection is not None
    assert level.hearing.detection.error_frames < 0.033
