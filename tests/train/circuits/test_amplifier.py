"""The amplifiers as a whole: their parts in order, their knob, their loudspeaker."""

from itertools import pairwise

import numpy as np
import pytest

from pedal.train.circuits.amplifier import CLEAN, DRIVEN, Amplifier
from pedal.train.circuits.cabinet import cabinet
from tests.train.circuits.solved import FAST_HZ, RATE_HZ, Samples

T = np.arange(RATE_HZ // 8) / RATE_HZ


def harmonics(amplifier: Amplifier, gain: float, peak: float = 0.2, pitch_hz: float = 220.0) -> float:
    """What stands above the tone, over the tone."""
    sound = amplifier.play(peak * np.sin(2 * np.pi * pitch_hz * T), RATE_HZ, gain)[len(T) // 3 :]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    place = round(pitch_hz * len(sound) / RATE_HZ)
    levels = [np.max(spectrum[place * k - 3 : place * k + 4]) for k in range(1, 8)]
    return float(np.sqrt(np.sum(np.square(levels[1:]))) / levels[0])


def test_the_clean_one_is_clean_and_the_driven_one_is_driven() -> None:
    assert harmonics(CLEAN, 0.5) < 0.03
    assert harmonics(DRIVEN, 0.8) > 0.2


@pytest.mark.parametrize("amplifier", [CLEAN, DRIVEN], ids=["clean", "driven"])
def test_the_knob_adds_distortion(amplifier: Amplifier) -> None:
    found = [harmonics(amplifier, gain) for gain in (0.0, 0.5, 1.0)]
    assert all(less < more for less, more in pairwise(found))


def test_the_parts_come_one_after_the_other() -> None:
    volts = 0.1 * np.sin(2 * np.pi * 330 * np.arange(FAST_HZ // 20) / FAST_HZ)
    first, second = DRIVEN.stages
    share = 0.02 + 0.15 * 0.98
    step: Samples = second.volts(share * first.volts(volts, FAST_HZ), FAST_HZ)
    expected = cabinet(DRIVEN.power.volts(0.3 * step, FAST_HZ), FAST_HZ)
    np.testing.assert_allclose(DRIVEN.volts(volts, FAST_HZ, 0.5), expected, atol=1e-9)


def test_it_stays_within_full_scale_and_silent_in_silence() -> None:
    loud = np.sin(2 * np.pi * 110 * T)
    for amplifier in (CLEAN, DRIVEN):
        assert np.max(np.abs(amplifier.play(loud, RATE_HZ, 1.0))) < 1.2
        assert np.max(np.abs(amplifier.play(np.zeros(1_000), RATE_HZ))) < 1e-6


def test_the_loudspeaker_by_its_transfer_function() -> None:
    impulse = np.zeros(FAST_HZ // 4)
    impulse[0] = 1.0
    found = np.fft.rfft(cabinet(impulse, FAST_HZ))
    hz = np.fft.rfftfreq(len(impulse), 1 / FAST_HZ)
    chosen = [int(np.argmin(np.abs(hz - f))) for f in (40, 90, 300, 1_000, 2_500, 4_800, 8_000)]
    s = 2j * np.pi * hz[chosen]
    low, peak, end = (2 * np.pi * f for f in (90.0, 2_500.0, 4_800.0))
    expected = s**2 / (s**2 + s * low / 1.1 + low**2)
    root = 1.6**0.5
    expected *= (s**2 + s * peak * root / 1.2 + peak**2) / (s**2 + s * peak / root / 1.2 + peak**2)
    for q in (0.6, 1.3):
        expected *= end**2 / (s**2 + s * end / q + end**2)
    np.testing.assert_allclose(found[chosen], expected, rtol=0.01)
    levels = 20 * np.log10(np.abs(expected))
    assert levels[4] > levels[2] + 3
    assert levels[6] < levels[4] - 12
