"""The shipped recording is the one that the synthesis makes, and looks like a guitar's direct output."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pedal.train.guitar import NOISE_DBFS, PEAK_DBFS, PHRASE_S, Pickup, performance, play, practice
from pedal.train.playing import Note, chugs, humanised
from pedal.train.strings import RATE_HZ, Samples

SHIPPED = Path(__file__).resolve().parents[2] / "pedal" / "data" / "guitar.wav"
OCTAVES_HZ = (60, 120, 250, 500, 1_000, 2_000, 4_000, 8_000)


@pytest.fixture(scope="module")
def sound() -> Samples:
    return performance()


def dbfs(values: Samples) -> float:
    return float(10 * np.log10(np.mean(values**2)))


def octaves(values: Samples, rate_hz: int) -> Samples:
    """The level in each octave relative to all of them, in dB."""
    power = np.abs(np.fft.rfft(values)) ** 2
    hz = np.fft.rfftfreq(len(values), 1 / rate_hz)
    pairs = pairwise(OCTAVES_HZ)
    levels = np.array([np.sum(power[(hz >= low) & (hz < high)]) for low, high in pairs])
    return np.asarray(10 * np.log10(levels / np.sum(levels)), dtype=np.float64)


def test_the_shipped_recording_is_what_the_synthesis_makes(sound: Samples) -> None:
    stored, rate_hz = soundfile.read(SHIPPED)
    assert rate_hz == RATE_HZ
    np.testing.assert_allclose(stored, sound, atol=1e-5)  # two processors' exp() differ; a 24-bit step is 1.2e-7


def test_the_shipped_recording_is_a_small_24_bit_mono_file() -> None:
    about = soundfile.info(SHIPPED)
    assert (about.subtype, about.channels, about.frames) == ("PCM_24", 1, round(PHRASE_S * RATE_HZ))
    assert SHIPPED.stat().st_size < 2_000_000


def test_it_has_the_levels_of_a_direct_output(sound: Samples) -> None:
    assert np.all(np.isfinite(sound))
    peak_db = 20 * np.log10(np.max(np.abs(sound)))
    assert peak_db == pytest.approx(PEAK_DBFS, abs=0.1)
    assert 14 < peak_db - dbfs(sound) < 22
    assert dbfs(sound[: round(0.2 * RATE_HZ)]) == pytest.approx(NOISE_DBFS, abs=1.0)


def test_the_last_chord_decays_into_silence(sound: Samples) -> None:
    levels = [dbfs(sound[round(second * RATE_HZ) :][: RATE_HZ // 5]) for second in (9.7, 10.5, 11.5, 12.4, 12.8)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[3] > 12
    assert levels[-1] == pytest.approx(NOISE_DBFS, abs=1.5)


def test_its_spectrum_lies_among_those_of_real_guitars(sound: Samples, reference: Path) -> None:
    real = np.array([octaves(*soundfile.read(path)) for path in sorted((reference / "di").glob("*.wav"))])
    ours = octaves(sound, RATE_HZ)
    assert np.all(ours > np.min(real, axis=0) - 4)
    assert np.all(ours < np.max(real, axis=0) + 4)


def test_two_strokes_of_one_note_are_never_the_same() -> None:
    rng = np.random.default_rng(3)
    step = RATE_HZ // 2
    heard = play(humanised(chugs(0.1, 0.5, [(0, 0.8)] * 4), rng), 2.2, 3)
    strokes = [heard[round(0.08 * RATE_HZ) + i * step :][: RATE_HZ // 4] for i in range(4)]
    for other in strokes[1:]:
        aligned = max(np.correlate(other, strokes[0][1000:-1000])) / np.linalg.norm(strokes[0]) / np.linalg.norm(other)
        assert 0.3 < aligned < 0.995


def test_the_same_seed_plays_the_same_and_another_does_not() -> None:
    notes = [Note(0.1, 2, 3, 0.5)]
    np.testing.assert_array_equal(play(notes, 0.7, 5), play(notes, 0.7, 5))
    assert np.max(np.abs(play(notes, 0.7, 5) - play(notes, 0.7, 6))) > 1e-3


def test_a_neck_pickup_hears_more_fundamental_than_a_bridge_pickup() -> None:
    notes = [Note(0.1, 0, 0, 1.0)]
    bridge, neck = (octaves(play(notes, 1.2, 1, Pickup(place_m)), RATE_HZ) for place_m in (0.04, 0.15))
    assert neck[0] - neck[4] > bridge[0] - bridge[4] + 6


def test_practice_is_as_long_as_asked_within_full_scale_and_varied() -> None:
    heard = practice(45.5, 9)
    assert len(heard) == round(45.5 * RATE_HZ)
    assert np.all(np.isfinite(heard))
    assert np.max(np.abs(heard)) < 1.0
    tenths = heard[: len(heard) // 4410 * 4410].reshape(-1, 4410)
    levels_db = 10 * np.log10(np.mean(tenths**2, axis=1))
    assert np.percentile(levels_db, 95) - np.percentile(levels_db, 5) > 30


def test_shorter_passages_have_more_levels_and_more_pickups() -> None:
    long, short = (practice(40, 1, passage_s) for passage_s in (20, 5))
    assert len(short) == len(long)
    peaks_db = 20 * np.log10(np.max(np.abs(short.reshape(8, -1)), axis=1))
    assert np.ptp(peaks_db) > 10
    assert np.max(peaks_db) > 20 * np.log10(np.max(np.abs(long))) + 6  # seed 1 plays its first minute softly
