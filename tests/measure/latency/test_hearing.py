"""What is heard of a take through a simulated cable: the delay to a tenth of a frame, and everything that is wrong."""

import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.kernel.chain import FORMATS
from pedal.measure.latency.converter import Converter
from tests.measure.latency.conftest import Listened

CABLE = Converter(delay_frames=133.71)
TENTH = 0.1


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("delay", [64.0, 100.0, 100.5, 133.71, 2_000.123])
def test_the_round_trip_is_prefill_and_cable(listened: Listened, format_name: str, delay: float) -> None:
    heard, true = listened(Converter(delay_frames=delay), -40.0, format_name=format_name)
    assert true == 128.0 + delay
    assert heard.detection is not None
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH
    assert heard.peak_dbfs == pytest.approx(-46.0, abs=1.0)
    assert (heard.clipped, heard.howls, heard.elsewhere, heard.echo) == (False, False, 0, None)


@pytest.mark.parametrize(
    "converter",
    [
        CABLE._replace(inverted=True),
        CABLE._replace(dc=0.3),
        CABLE._replace(hum_peak=0.3),
        CABLE._replace(highest_hz=12_000.0),
        CABLE._replace(highest_hz=5_000.0),
        CABLE._replace(highest_hz=5_000.0, inverted=True, hum_peak=0.1, dc=-0.2),
        CABLE._replace(noise_rms=0.02),
    ],
)
def test_what_converters_do_changes_nothing(listened: Listened, converter: Converter) -> None:
    heard, true = listened(converter)
    assert heard.detection is not None
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH
    assert np.sign(heard.detection.amplitude) == (-1.0 if converter.inverted else 1.0)
    assert heard.dc == pytest.approx(converter.dc, abs=0.02)
    assert (heard.clipped, heard.howls, heard.elsewhere) == (False, False, 0)


@pytest.mark.parametrize(("period_frames", "prefill"), [(16, 2), (64, 3), (100, 2), (1_024, 2), (4_096, 3)])
def test_periods_and_prefills(listened: Listened, period_frames: int, prefill: int) -> None:
    card = CardConfig(period_frames=period_frames, prefill_periods=prefill)
    heard, true = listened(CABLE, card=card, seconds=1.0)
    assert heard.detection is not None
    assert true == period_frames * prefill + 133.71
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH


def test_other_channels(listened: Listened) -> None:
    heard, true = listened(CABLE._replace(output=3, input=2), card=CardConfig(outputs=(3, 4), input_channel=2))
    assert heard.detection is not None
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH
    elsewhere, _ = listened(CABLE._replace(input=2))
    assert (elsewhere.detection, elsewhere.elsewhere) == (None, 2)


def test_no_cable(listened: Listened) -> None:
    for converter in (CABLE._replace(cable=False), CABLE._replace(cable=False, hum_peak=0.3)):
        heard, _ = listened(converter)
        assert (heard.detection, heard.elsewhere, heard.howls, heard.clipped) == (None, 0, False, False)


def test_clipping(listened: Listened) -> None:
    heard, true = listened(CABLE._replace(gain_db=30.0))
    assert heard.clipped
    assert not heard.howls
    assert heard.detection is not None
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH
    assert not listened(CABLE._replace(gain_db=19.0))[0].clipped


@pytest.mark.parametrize("late_frames", [30, 66, 500])
@pytest.mark.parametrize("gain", [0.15, 0.5, 0.9, -0.3, -0.8])
def test_a_feedback_loop_that_dies_away(listened: Listened, gain: float, late_frames: int) -> None:
    heard, true = listened(CABLE._replace(loop_gain=gain, loop_frames=late_frames))
    assert heard.detection is not None
    assert np.max(np.abs(heard.detection.delays - true)) < TENTH
    assert heard.echo is not None
    assert heard.echo.loop
    assert heard.echo.share == pytest.approx(abs(gain), abs=0.02)
    assert heard.echo.late_frames == pytest.approx(late_frames, abs=1)


@pytest.mark.parametrize("late_frames", [30, 66, 500])
@pytest.mark.parametrize("gain", [1.1, -1.1, 2.0])
def test_a_feedback_loop_that_grows(listened: Listened, gain: float, late_frames: int) -> None:
    assert listened(CABLE._replace(loop_gain=gain, loop_frames=late_frames))[0].howls
