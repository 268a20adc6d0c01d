"""The overdrive against the same differential equations written again and solved by scipy, and against theory."""

import numpy as np
import pytest

from pedal.train.circuits.overdrive import Overdrive
from tests.train.circuits.solved import FAST_HZ, RATE_HZ, Samples, Tone

PEDAL = Overdrive()


@pytest.mark.parametrize(
    ("drive", "feedback_ohms"), [(0.0, 51e3), (0.5, 51e3 + 0.15 * 500e3), (1.0, 551e3)], ids=["low", "middle", "full"]
)
@pytest.mark.parametrize(
    ("peak_volts", "pitch_hz", "knob", "tone_ohms"),
    [(0.02, 82.4, 0.5, 1e3), (0.2, 330.0, 0.0, 5.25e3), (0.8, 1000.0, 1.0, 250.0)],
)
def test_the_circuit_agrees_with_an_independent_solver(
    drive: float, feedback_ohms: float, peak_volts: float, pitch_hz: float, knob: float, tone_ohms: float
) -> None:
    def slopes(now: float, state: Samples) -> list[float]:
        """Kirchhoff's laws for the four capacitors."""
        coupling, ground, across, tone = state
        plus = volts(now) - coupling
        current = (plus - ground) / 4_700
        diodes = 2.52e-9 * (np.exp(across / 0.0452892) - np.exp(-across / 0.0452892))
        return [
            plus / 510e3 / 47e-9,
            current / 47e-9,
            (current - across / feedback_ohms - diodes) / 51e-12,
            (plus + across - tone) / tone_ohms / 68e-9,
        ]

    volts = Tone(peak_volts, pitch_hz)
    found = volts.errors(
        lambda sound, rate_hz: PEDAL.volts(sound, rate_hz, drive, knob), slopes, np.zeros(4), lambda y: y[3]
    )
    assert found.fine < 1e-7
    assert found.heard < 1e-6


@pytest.mark.parametrize("drive", [0.0, 0.5, 1.0])
def test_a_whisper_meets_the_transfer_function(drive: float) -> None:
    impulse = np.zeros(FAST_HZ // 4)
    impulse[0] = 1e-5
    found = np.fft.rfft(PEDAL.volts(impulse, FAST_HZ, drive)) / 1e-5
    hz = np.fft.rfftfreq(len(impulse), 1 / FAST_HZ)
    chosen = [int(np.argmin(np.abs(hz - f))) for f in (40, 100, 300, 720, 1_500, 3_000, 6_000, 12_000)]
    s = 2j * np.pi * hz[chosen]
    diodes = 2 * 2.52e-9 / 0.0452892
    feedback = 1 / (1 / PEDAL.feedback_ohms(drive) + s * PEDAL.feedback_capacitor + diodes)
    ground = PEDAL.ground_resistor + 1 / (s * PEDAL.ground_capacitor)
    coupled = (
        s * PEDAL.bias_resistor * PEDAL.coupling_capacitor / (1 + s * PEDAL.bias_resistor * PEDAL.coupling_capacitor)
    )
    expected = coupled * (1 + feedback / ground) / (1 + s * 1e3 * 68e-9)
    # The bilinear transform bends frequencies by (pi f / rate)² / 3: 0.4 % at 12 kHz.
    np.testing.assert_allclose(found[chosen], expected, rtol=0.01)


def test_the_knob_turns_like_an_audio_potentiometer() -> None:
    assert PEDAL.feedback_ohms(0.0) == pytest.approx(51e3)
    assert PEDAL.feedback_ohms(0.5) == pytest.approx(51e3 + 75e3)
    assert PEDAL.feedback_ohms(1.0) == pytest.approx(551e3)


def test_the_output_is_aligned_with_the_input_and_as_long() -> None:
    rng = np.random.default_rng(4)
    quiet = 1e-4 * rng.normal(size=10_001)
    out = PEDAL.play(quiet, RATE_HZ, 0.0)
    assert len(out) == len(quiet)
    lag = int(np.argmax(np.correlate(out, quiet, "full"))) - (len(quiet) - 1)
    assert 0 <= lag <= 2  # the tone low-pass delays by 68 µs, three samples at most


def test_more_drive_is_more_distortion_and_clips_at_the_diodes() -> None:
    t = np.arange(RATE_HZ // 4) / RATE_HZ
    shares = []
    for drive in (0.0, 0.5, 1.0):
        out = PEDAL.play(0.02 * np.sin(2 * np.pi * 200 * t), RATE_HZ, drive)[len(t) // 2 :]
        assert np.max(np.abs(out)) < 0.45  # 0.7 V of the diodes and the guitar's own, of 2 V
        power = np.abs(np.fft.rfft(out * np.hanning(len(out)))) ** 2
        base = round(200 * len(out) / RATE_HZ)
        shares.append(float(1 - np.sum(power[base - 3 : base + 4]) / np.sum(power)))
    assert shares == sorted(shares)
    assert shares[0] < 0.5 * shares[2]


def test_silence_stays_silent() -> None:
    np.testing.assert_array_equal(PEDAL.play(np.zeros(1000), RATE_HZ), np.zeros(1000))
