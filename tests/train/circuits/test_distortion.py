"""The distortion against Kirchhoff's laws written again and solved by scipy, and against theory."""

from itertools import pairwise

import numpy as np
import pytest

from pedal.train.circuits.distortion import Distortion
from tests.train.circuits.solved import RATE_HZ, Samples, Tone

PEDAL = Distortion()


@pytest.mark.parametrize(
    ("drive", "feedback_ohms", "knob", "tone_ohms"),
    [(0.0, 10e3, 0.0, 101.5e3), (0.5, 80.5e3, 0.5, 16.5e3), (1.0, 480e3, 1.0, 1.5e3)],
)
@pytest.mark.parametrize(("peak_volts", "pitch_hz"), [(0.003, 110.0), (0.05, 330.0), (0.5, 990.0)])
def test_the_circuit_agrees_with_an_independent_solver(
    drive: float, feedback_ohms: float, knob: float, tone_ohms: float, peak_volts: float, pitch_hz: float
) -> None:
    def slopes(now: float, state: Samples) -> list[float]:
        coupling, ground, feedback, clipped, toned, out = state
        plus = volts(now) - coupling
        current = (plus - ground) / 1e3
        driven = float(np.clip(plus + feedback, -4.0, 4.0))
        diodes = 2 * 2.52e-9 * np.sinh(clipped / 0.0452892)
        return [
            plus / 470e3 / 22e-9,
            current / 1e-6,
            (current - feedback / feedback_ohms) / 100e-12,
            ((driven - clipped) / 2.2e3 - diodes) / 10e-9,
            (clipped - toned) / tone_ohms / 3.3e-9,
            (toned - out) / 47e-9 / 100e3,
        ]

    volts = Tone(peak_volts, pitch_hz)
    found = volts.errors(
        lambda sound, rate_hz: PEDAL.volts(sound, rate_hz, drive, knob), slopes, np.zeros(6), lambda y: y[4] - y[5]
    )
    assert found.fine < 1e-6
    assert found.heard < 1e-5


def test_it_clips_at_the_diodes_and_the_sooner_the_further_it_is_turned_up() -> None:
    t = np.arange(RATE_HZ // 4) / RATE_HZ
    loud = [PEDAL.play(0.02 * np.sin(2 * np.pi * 200 * t), RATE_HZ, drive, 1.0) for drive in (0.0, 0.3, 0.6, 1.0)]
    peaks = [float(np.max(np.abs(sound[len(t) // 2 :]))) for sound in loud]
    assert all(less < more for less, more in pairwise(peaks))
    s = 2j * np.pi * 200
    linear = (1 + 10e3 / (1e3 + 1 / (s * 1e-6))) * s / (s + 1 / (470e3 * 22e-9)) * s / (s + 1 / (100e3 * 47e-9))
    assert peaks[0] == pytest.approx(0.02 * abs(linear), rel=0.02)  # not yet clipped
    assert 0.6 < peaks[-1] < 0.75


def test_the_tone_takes_treble_away() -> None:
    t = np.arange(RATE_HZ // 4) / RATE_HZ
    quiet = 1e-4 * np.sin(2 * np.pi * 3_000 * t)
    levels = [float(np.std(PEDAL.play(quiet, RATE_HZ, 0.0, knob))) for knob in (0.0, 0.5, 1.0)]
    ohms = [101.5e3, 16.5e3, 1.5e3]
    expected = [1 / np.hypot(1, 2 * np.pi * 3_000 * 3.3e-9 * each) for each in ohms]
    np.testing.assert_allclose(np.array(levels) / levels[-1], np.array(expected) / expected[-1], rtol=0.02)


def test_silence_stays_silent() -> None:
    np.testing.assert_array_equal(PEDAL.play(np.zeros(1000), RATE_HZ), np.zeros(1000))
