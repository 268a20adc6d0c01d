"""Checking a pair: each complaint of those who train, caused by a file, and the words that end it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from pedal.measure.finding import Finding, Mark
from pedal.train.check import examine, refusals
from pedal.train.take import Take, read
from tests.train.recorded import RATE_HZ, delayed, plucks, written

Samples = NDArray[np.float64]
Check = Callable[..., dict[str, Finding]]

signal = pytest.importorskip("scipy.signal", reason="the amplifier needs scipy: pip install '.[train]'")
ndimage = pytest.importorskip("scipy.ndimage", reason="the other clock needs scipy: pip install '.[train]'")


@pytest.fixture(scope="module")
def guitar() -> Samples:
    return plucks(24)


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Take]:
    """Both recordings written and read again."""

    def make(clean: Samples, amp: Samples, amp_rate_hz: int = RATE_HZ) -> Take:
        return read(written(tmp_path / "clean.wav", clean), written(tmp_path / "amp.wav", amp, amp_rate_hz))

    return make


@pytest.fixture
def check(take: Callable[..., Take]) -> Check:
    def findings(*given: object) -> dict[str, Finding]:
        return dict(examine(take(*given)))

    return findings


def amplified(sound: Samples) -> Samples:
    """A soft clipper and a loudspeaker that gives nothing above 3 kHz; its first sample is already an answer."""
    filtered = signal.lfilter(*signal.butter(1, 3_000, fs=RATE_HZ), np.tanh(5 * sound))
    return np.asarray(0.5 * filtered, dtype=np.float64)


def later(sound: Samples, ppm: float) -> Samples:
    """By a clock that is so much faster: splines through the samples, read in between."""
    places = np.arange(len(sound)) / (1.0 + 1e-6 * ppm)
    return np.asarray(ndimage.map_coordinates(sound, [places], order=5, mode="nearest"), dtype=np.float64)


def clicked(sound: Samples) -> Samples:
    """With two clicks in the rest before the playing."""
    found = sound.copy()
    found[[4_000, 9_000]] = 0.9
    return found


def test_a_good_pair_is_fine(guitar: Samples, check: Check) -> None:
    found = check(guitar, amplified(guitar))
    assert {name for name, finding in found.items() if finding.mark not in (Mark.FINE, Mark.ABSENT)} == {"length"}
    assert found["length"].mark is Mark.WARNING
    assert found["length"].expected == "two or three minutes"


@pytest.mark.parametrize("frames", [0, 1, 37, -250, 5_000])
def test_the_delay_is_found_to_the_sample_by_cross_correlation(
    frames: int, guitar: Samples, take: Callable[..., Take]
) -> None:
    found = take(guitar, delayed(np.tanh(8 * guitar), frames))
    assert found.alignment is not None
    assert (found.alignment.by, found.alignment.delay) == ("correlation", frames)
    clean, amp = found.aligned()
    left = frames - found.delay
    np.testing.assert_allclose(amp[left:], np.tanh(8 * clean.astype(np.float64))[: len(amp) - left], atol=1e-6)


@pytest.mark.parametrize("frames", [0, 3, 911, -40])
def test_the_delay_is_found_to_the_sample_by_clicks(frames: int, guitar: Samples, take: Callable[..., Take]) -> None:
    played = clicked(guitar)
    found = take(played, delayed(amplified(played), frames)).alignment
    assert found is not None
    assert (found.by, found.clicks, found.delay) == ("clicks", 2, frames)


@pytest.mark.parametrize("clicks", [False, True])
@pytest.mark.parametrize(
    ("found", "by_clicks", "by_correlation"), [(600, 599, 598), (1, 0, 0), (0, 0, 0), (-9, -10, -11)]
)
def test_a_frame_of_what_is_found_by_clicks_is_left_in_and_two_without(
    clicks: bool, found: int, by_clicks: int, by_correlation: int, guitar: Samples, take: Callable[..., Take]
) -> None:
    played = clicked(guitar) if clicks else guitar
    assert take(played, delayed(np.tanh(3 * played), found)).delay == (by_clicks if clicks else by_correlation)


@pytest.mark.parametrize("clicks", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(("gain", "low"), [(2, 0), (5, 80), (40, 0), (40, 80)])
def test_an_amplifier_that_filters_is_never_learnt_as_sounding_before_the_guitar(
    gain: float, low: float, order: int, clicks: bool, guitar: Samples, take: Callable[..., Take]
) -> None:
    band = signal.butter(order, (low, 4_000) if low else 4_000, "band" if low else "low", fs=RATE_HZ)
    played = clicked(guitar) if clicks else guitar
    amp = delayed(0.5 * signal.lfilter(*band, np.tanh(gain * played)), 600)
    found = take(played, amp)
    assert found.alignment is not None
    assert found.alignment.by == ("clicks" if clicks else "correlation")
    # From its first sample on the filter answers: 600 frames are the truth.
    assert 600 - 3 <= found.delay <= 600


def test_a_pair_out_of_step_is_said_and_put_right(guitar: Samples, check: Check) -> None:
    found = check(guitar, delayed(np.tanh(3 * guitar), 480))["delay"]
    assert found == Finding(
        Mark.FINE,
        "the amplifier comes 480 frames (30.00 ms) after the guitar, by cross-correlation; learnt as 2 frames after, "
        "lest it come first",
    )


def test_a_delay_that_somebody_knows_is_taken_and_not_the_one_found(guitar: Samples, tmp_path: Path) -> None:
    clean = written(tmp_path / "clean.wav", guitar)
    take = read(clean, written(tmp_path / "amp.wav", delayed(np.tanh(3 * guitar), 48)), 40)
    assert take.delay == 40
    np.testing.assert_array_equal(take.aligned()[1], take.amp.samples[40:])
    assert dict(examine(take))["delay"].found == (
        "the amplifier comes 40 frames (2.50 ms) after the guitar, by what was given (48 by cross-correlation); "
        "taken out"
    )


@pytest.mark.parametrize(
    ("known", "name", "mark", "said"),
    [
        (448, "delay", Mark.FINE, None),
        (4_800, "delay", Mark.WARNING, "about 480 frames"),
        (300_000, "length", Mark.REFUSED, "10 s or more in common"),
        (-300_000, "length", Mark.REFUSED, "10 s or more in common"),
    ],
)
def test_a_delay_that_somebody_knows_wrongly(
    known: int, name: str, mark: Mark, said: str | None, guitar: Samples, tmp_path: Path
) -> None:
    clean = written(tmp_path / "clean.wav", guitar)
    take = read(clean, written(tmp_path / "amp.wav", delayed(np.tanh(3 * guitar), 480)), known)
    found = dict(examine(take))[name]
    assert found.mark is mark
    if said:
        assert found.expected == said
        assert found.fix == "correct the delay, or leave it out to have it found"
        assert f"{abs(known)} frames" in found.found


def test_polarity(guitar: Samples, check: Check) -> None:
    assert check(guitar, -amplified(guitar))["polarity"].found == "inverted by the amplifier, which the model learns"
    assert check(guitar, amplified(guitar))["polarity"].found == "the same"


@pytest.mark.parametrize(("ppm", "mark"), [(0, Mark.FINE), (6, Mark.WARNING), (50, Mark.REFUSED), (-50, Mark.REFUSED)])
def test_two_clocks_that_drift_apart(ppm: float, mark: Mark, guitar: Samples, take: Callable[..., Take]) -> None:
    amp = later(amplified(guitar), ppm)
    found = take(guitar, amp)
    assert found.alignment is not None
    span = found.alignment.seconds[-1] - found.alignment.seconds[0]
    # Within a twentieth: where in its window a string was struck is not known.
    assert found.alignment.drift == pytest.approx(1e-6 * ppm * span * RATE_HZ, abs=0.5, rel=0.05)
    drift = dict(examine(found))["drift"]
    assert drift.mark is mark
    assert ("one interface" in drift.fix) == (ppm != 0)


def test_samples_that_were_lost(guitar: Samples, check: Check) -> None:
    amp = amplified(guitar)
    found = check(guitar, np.concatenate((amp[: 12 * RATE_HZ], amp[12 * RATE_HZ + 64 :])))["drift"]
    assert found.mark is Mark.REFUSED
    assert "lost samples" in found.fix


@pytest.mark.parametrize("second", [0, 12, 22])
def test_a_held_note_that_is_like_itself_periods_later_is_no_lost_sample(
    second: int, guitar: Samples, check: Check
) -> None:
    amp = amplified(guitar)
    part = slice(second * RATE_HZ, (second + 2) * RATE_HZ)
    amp[part] = np.roll(amp[part], 300)
    found = check(guitar, amp)["drift"]
    assert found.mark is Mark.FINE, found


def test_another_take_is_refused(guitar: Samples, check: Check) -> None:
    found = check(guitar, amplified(plucks(24, seed=2)))["same take"]
    assert found.mark is Mark.REFUSED
    assert "same performance" in found.fix


def test_lengths_that_differ(guitar: Samples, check: Check) -> None:
    found = check(guitar, amplified(guitar)[: 20 * RATE_HZ])["length"]
    assert found.mark is Mark.WARNING
    assert found.found == "24.00 s of guitar, 20.00 s of amplifier, 20.00 s in common"
    assert "left out" in found.fix
    short = check(guitar[: 8 * RATE_HZ], amplified(guitar)[: 8 * RATE_HZ])["length"]
    assert (short.mark, short.expected) == (Mark.REFUSED, "10 s or more in common")


@pytest.mark.parametrize("frames", [1, 100, 5_000])
def test_what_is_far_too_short_is_refused_too(frames: int, check: Check) -> None:
    found = check(np.full(frames, 0.5), np.full(frames, 0.5))
    assert found["length"].mark is Mark.REFUSED
    assert found["delay"].mark is Mark.ABSENT


def test_rates_that_differ_are_resampled_and_said(guitar: Samples, take: Callable[..., Take]) -> None:
    found = take(guitar, soxr.resample(np.tanh(2 * guitar), RATE_HZ, 24_000, quality="VHQ"), 24_000)
    rate = dict(examine(found))["rate"]
    assert rate.mark is Mark.WARNING
    assert rate.found == "guitar at 16000 Hz, amplifier at 24000 Hz; the amplifier was resampled"
    clean, amp = found.aligned()
    assert found.delay == 0
    assert np.sum((amp - np.tanh(2 * clean)) ** 2) < 1e-3 * np.sum(amp**2)


def test_channels(guitar: Samples, check: Check, take: Callable[..., Take]) -> None:
    amp, silence = amplified(guitar), np.zeros_like(guitar)
    right = take(np.column_stack((silence, guitar)), np.column_stack((amp, amp)))
    assert (right.clean.channel, right.amp.channel) == (2, 1)
    found = check(np.column_stack((silence, guitar)), np.column_stack((amp, amp)))["channels"]
    assert found.mark is Mark.FINE
    other = check(guitar, np.column_stack((0.5 * delayed(amp, 20), amp)))["channels"]
    assert (other.mark, other.found) == (Mark.WARNING, "channel 2 of 2 of amp.wav taken, the loudest")


def test_clipping(guitar: Samples, check: Check) -> None:
    loud = np.clip(3 * guitar, -1, 1)
    found = check(loud, amplified(loud))["clipping"]
    assert found.mark is Mark.WARNING
    full = np.abs(loud.astype(np.float32)) >= 0.999
    assert int(found.found.split()[0]) <= np.count_nonzero(full)
    assert "gain lower" in found.fix
    assert check(guitar, np.clip(60 * guitar, -1, 1))["clipping"].mark is Mark.REFUSED


def test_a_float_recording_beyond_full_scale_is_clipped_only_where_it_is_flat(guitar: Samples, check: Check) -> None:
    amp = amplified(guitar)
    loud = 10 ** (3 / 20) * amp / np.max(np.abs(amp))
    assert np.count_nonzero(np.abs(loud) >= 1.0) > 1_000
    found = check(guitar, loud)
    assert (found["clipping"].mark, found["clipping"].found) == (Mark.FINE, "none")
    assert found["level"].mark is Mark.FINE
    height = 10 ** (3 / 20)
    cut = check(guitar, np.clip(1.5 * loud, -height, height))["clipping"]
    assert cut.mark is Mark.REFUSED
    assert "amplifier's recording" in cut.found
    slightly = check(guitar, np.clip(1.02 * loud, -height, height))["clipping"]
    assert slightly.mark is Mark.WARNING


def test_clipping_is_found_in_the_file_that_was_resampled(guitar: Samples, take: Callable[..., Take]) -> None:
    amp = np.clip(soxr.resample(np.tanh(2 * guitar), RATE_HZ, 24_000, quality="VHQ") * 4, -1, 1)
    found = take(guitar, amp, 24_000)
    runs = np.flatnonzero(np.abs(amp) >= 0.999)
    assert 0 < found.amp.clipped <= len(runs)
    assert found.amp.peak_dbfs == 0.0
    assert "amplifier's recording stand at full scale" in dict(examine(found))["clipping"].found


def test_silence_is_refused_and_quiet_is_said(guitar: Samples, check: Check) -> None:
    found = check(guitar, np.zeros_like(guitar))
    assert found["level"].mark is Mark.REFUSED
    assert "amplifier cannot be heard" in found["level"].found
    assert found["delay"].mark is Mark.ABSENT
    assert check(0.01 * guitar, amplified(guitar))["level"].mark is Mark.WARNING


def test_integers_in_a_float_file_are_refused(guitar: Samples, check: Check) -> None:
    found = check(2.0**15 * guitar, 0.5 * amplified(guitar))["level"]
    assert found.mark is Mark.REFUSED
    assert "guitar peaks at 8" in found.found
    assert "export it again as 24 bits, or as floats from -1 to 1" in found.fix
    assert check(guitar, 40.0 * amplified(guitar))["level"].mark is Mark.FINE, "a float file may go beyond full scale"


def test_noise(guitar: Samples, check: Check) -> None:
    hiss = np.random.default_rng(5).normal(0, 0.02, len(guitar))
    for clean, amp in ((guitar + hiss, amplified(guitar)), (guitar, amplified(guitar) + 10 * hiss)):
        found = check(clean, amp)["noise"]
        assert found.mark is Mark.WARNING
        assert "hiss" in found.fix


def test_a_noise_gate_in_the_chain(guitar: Samples, check: Check) -> None:
    amp = amplified(guitar)
    envelope = signal.lfilter(*signal.butter(1, 20, fs=RATE_HZ), np.abs(guitar))
    found = check(guitar, amp * (envelope > 0.03))["gate"]
    assert found.mark is Mark.WARNING
    assert "switch the noise gate off" in found.fix
    assert check(guitar, amp)["gate"].mark is Mark.FINE


def test_a_repeated_passage(guitar: Samples, check: Check) -> None:
    passage = slice(5 * RATE_HZ, 9 * RATE_HZ)
    twice = guitar.copy()
    twice[15 * RATE_HZ : 19 * RATE_HZ] = twice[passage]
    amp = np.tanh(5 * twice)
    found = check(twice, amp)["repetition"]
    assert found.mark is Mark.FINE
    assert found.found.startswith("4.0 s at 5.0 s and again at 15.0 s: ESR 0.0000")
    hiss = np.random.default_rng(6).normal(0, 0.15 * np.std(amp[passage]), len(amp))
    noisy = check(twice, amp + hiss)["repetition"]
    assert noisy.mark is Mark.WARNING
    assert float(noisy.found.split("ESR ")[1].split()[0]) == pytest.approx(2 * 0.15**2 / (1 + 0.15**2), rel=0.1)
    assert check(guitar, amplified(guitar))["repetition"].mark is Mark.ABSENT


def test_refusals_are_whole_sentences(guitar: Samples, take: Callable[..., Take]) -> None:
    (told,) = refusals(examine(take(guitar, np.zeros_like(guitar))))
    peak = 20 * np.log10(np.max(np.abs(guitar)))
    assert told == (
        f"level: guitar peaks at {peak:.1f} dBFS, amplifier peaks at silence: the amplifier cannot be heard; expected "
        "peaks above -60 dBFS; look which input was recorded, and record again"
    )
