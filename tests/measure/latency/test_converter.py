"""The simulated cable by itself: a delay is that delay, whole or not, and each fault is what it is called."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.engine.simcard import stream
from pedal.errors import ConfigError
from pedal.measure.latency import pcm
from pedal.measure.latency.converter import Cable, Converter

FORM = stream("FLOAT_LE", 2)
PLAIN = Converter(delay_frames=100.0, gain_db=0.0, noise_rms=0.0)
FRAMES = 4_000


def through(converter: Converter, played: NDArray[np.float64], rate_hz: int = 44_100) -> NDArray[np.float64]:
    """[frames][channels] of what comes back of [frames], in periods of 64."""
    cable, back = Cable(converter, FORM, FORM, rate_hz), np.zeros((len(played), 2))
    for first in range(0, len(played), 64):
        part = pcm.spread(played[first : first + 64], FORM)
        cable.output.write(part)
        back[first : first + 64] = pcm.samples(cable.input.read(len(part)), FORM)
    return back


def tone(late_frames: float = 0.0, cycles_a_frame: float = 0.05) -> NDArray[np.float64]:
    """[FRAMES] of a tone, by its formula, that began long ago but for the first frames."""
    wave: NDArray[np.float64] = 0.5 * np.sin(2.0 * np.pi * cycles_a_frame * (np.arange(FRAMES) - late_frames))
    return wave


def test_a_whole_delay_gives_the_same_samples_later() -> None:
    played = np.random.default_rng(1).uniform(-0.5, 0.5, FRAMES)
    back = through(PLAIN, played)
    assert np.max(np.abs(back[100:, 0] - played[:-100])) < 1e-6
    assert np.max(np.abs(back[:100])) < 1e-6
    assert not back[:, 1].any()


@pytest.mark.parametrize("delay", [64.5, 100.01, 100.25, 133.99])
@pytest.mark.parametrize("cycles_a_frame", [0.01, 0.1, 0.3, 0.4])
def test_a_fractional_delay_is_that_of_the_tone_s_own_formula(delay: float, cycles_a_frame: float) -> None:
    back = through(PLAIN._replace(delay_frames=delay), tone(0.0, cycles_a_frame))[:, 0]
    settled = slice(300, None)
    assert np.max(np.abs(back[settled] - tone(delay, cycles_a_frame)[settled])) < 1e-4


def test_a_band_limit_stops_what_is_above_and_delays_nothing_below() -> None:
    limited = PLAIN._replace(highest_hz=5_000.0)
    low, high = (through(limited, tone(0.0, share))[500:, 0] for share in (0.05, 0.2))
    assert np.max(np.abs(low - tone(100.0)[500:])) < 1e-3
    assert np.max(np.abs(high)) < 1e-3


def test_polarity_channels_offset_hum_and_noise() -> None:
    silence, played = np.zeros(FRAMES), tone()
    assert np.max(np.abs(through(PLAIN._replace(inverted=True), played) + through(PLAIN, played))) < 1e-6
    other = through(PLAIN._replace(input=2), played)
    assert not other[:, 0].any()
    assert other[:, 1].any()
    assert np.allclose(through(PLAIN._replace(dc=0.25), silence), 0.25)
    assert np.std(through(PLAIN._replace(noise_rms=0.01), silence)) == pytest.approx(0.01, rel=0.05)
    hum = through(PLAIN._replace(hum_peak=0.1, hum_hz=441.0), silence)[:, 0]
    assert np.allclose(hum, 0.1 * np.sin(2.0 * np.pi * 0.01 * np.arange(FRAMES)), atol=1e-6)


def test_a_loop_comes_round_again_and_again_and_a_loud_one_reaches_full_scale() -> None:
    click = np.zeros(FRAMES)
    click[10] = 0.25
    back = through(PLAIN._replace(loop_gain=0.5, loop_frames=70), click)[:, 0]
    assert back[[110, 180, 250, 320]] == pytest.approx([0.25, 0.125, 0.0625, 0.03125], abs=1e-5)
    assert np.max(np.abs(through(PLAIN._replace(loop_gain=-1.2, loop_frames=70), click)[-100:, 0])) == 1.0


def test_no_cable_is_silence() -> None:
    assert not through(PLAIN._replace(cable=False), tone()).any()


def test_what_lies_behind_an_xrun_is_silence() -> None:
    cable = Cable(PLAIN, FORM, FORM, 44_100)
    loud = pcm.encoded(np.full((64, 2), 0.5), FORM)
    cable.output.write(loud)
    cable.output.seek(64 * FORM.frame_bytes, 1)
    cable.output.write(loud)
    cable.input.read(100 * FORM.frame_bytes)
    back = pcm.samples(cable.input.read(192 * FORM.frame_bytes), FORM)[:, 0]
    assert np.mean(back[10:54]) == pytest.approx(0.5, abs=0.01)
    assert np.mean(back[74:118]) == pytest.approx(0.0, abs=0.01)
    assert np.mean(back[138:182]) == pytest.approx(0.5, abs=0.01)


def test_a_delay_too_short_to_be_made_is_refused() -> None:
    with pytest.raises(ConfigError, match="63 frames was given; expected 64"):
        Cable(PLAIN._replace(delay_frames=63.0), FORM, FORM, 44_100)
