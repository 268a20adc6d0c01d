"""Loudness against the standard's own figures, and against its filters run sample by sample by scipy."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from pedal.measure.loudness import loudness, response

# ITU-R BS.1770-5, Annex 1, tables 1 and 2: the two filters at 48 kHz.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585]
HIGH_PASS = [1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621]


def sine(frequency_hz: float, rate_hz: int, seconds: float = 2.0) -> NDArray[np.float64]:
    return np.asarray(np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_the_standards_tone(rate_hz: int) -> None:
    """997 Hz at full scale in one channel is -3.01 LKFS."""
    assert loudness(sine(997.0, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.01)


def test_the_response_is_the_standards_at_its_rate() -> None:
    frequencies = np.array([10.0, 38.0, 100.0, 500.0, 997.0, 1_500.0, 2_000.0, 4_000.0, 10_000.0, 20_000.0])
    expected = np.prod([signal.freqz(*stage, worN=frequencies, fs=48_000)[1] for stage in (SHELF, HIGH_PASS)], axis=0)
    assert np.allclose(response(frequencies, 48_000), np.abs(expected), rtol=1e-7)


@pytest.mark.parametrize("frequency_hz", [30.0, 100.0, 1_000.0, 3_000.0, 8_000.0])
def test_another_rate_hears_the_same(frequency_hz: float) -> None:
    at = [loudness(sine(frequency_hz, rate_hz), rate_hz) for rate_hz in (44_100, 48_000)]
    assert at[0] == pytest.approx(at[1], abs=0.05)  # the bilinear transform bends the shelf's top a little


def test_a_sound_filtered_sample_by_sample() -> None:
    random = np.random.default_rng(7)
    noise = random.standard_normal(48_000) * np.exp(-np.arange(48_000) / 20_000) * 0.2 + 0.1  # louder first, and offset
    filtered = signal.lfilter(*HIGH_PASS, signal.lfilter(*SHELF, np.concatenate((noise, np.zeros(48_000)))))
    expected = -0.691 + 10 * math.log10(np.sum(filtered**2) / len(noise))
    assert loudness(noise, 48_000) == pytest.approx(expected, abs=1e-6)


def test_twice_as_loud_is_six_decibels_more() -> None:
    noise = np.random.default_rng(1).standard_normal(10_000).astype(np.float32)
    assert loudness(noise, 44_100) - loudness(noise / 2, 44_100) == pytest.approx(20 * math.log10(2), abs=1e-5)


def test_silence_and_what_is_no_sound() -> None:
    assert loudness(np.zeros(1_000), 44_100) == -math.inf
    assert math.isnan(loudness(np.array([0.0, math.nan, 1.0]), 44_100))
