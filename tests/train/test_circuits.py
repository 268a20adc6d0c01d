"""The overdrive against the same differential equations written again and solved by scipy, and against theory."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pedal.train.circuits import OVERSAMPLING, Overdrive, Samples

RATE_HZ = 44_100
FAST_HZ = RATE_HZ * OVERSAMPLING
PEDAL = Overdrive()


def solved(volts: Callable[[float], float], t: Samples, feedback_ohms: float) -> Samples:
    """Kirchhoff's laws for the four capacitors, integrated by an implicit method with error control."""

    def slopes(now: float, state: Samples) -> list[float]:
        coupling, ground, across, tone = state
        plus = volts(now) - coupling
        current = (plus - ground) / 4_700
        diodes = 2.52e-9 * (np.exp(across / 0.0452892) - np.exp(-across / 0.0452892))
        return [
            plus / 510e3 / 47e-9,
            current / 47e-9,
            (current - across / feedback_ohms - diodes) / 51e-12,
            (plus + across - tone) / 1e3 / 68e-9,
        ]

    result = solve_ivp(slopes, (0.0, t[-1]), np.zeros(4), "LSODA", t, rtol=1e-8, atol=1e-10)
    assert result.success
    return np.asarray(result.y[3], dtype=np.float64)


@pytest.mark.parametrize(
    ("drive", "feedback_ohms"), [(0.0, 51e3), (0.5, 51e3 + 0.15 * 500e3), (1.0, 551e3)], ids=["low", "middle", "full"]
)
@pytest.mark.parametrize(("peak_volts", "pitch_hz"), [(0.02, 82.4), (0.2, 330.0), (0.8, 1000.0)])
def test_the_circuit_agrees_with_an_independent_solver(
    drive: float, feedback_ohms: float, peak_volts: float, pitch_hz: float
) -> None:
    t = np.arange(round(0.02 * FAST_HZ)) / FAST_HZ
    tone = peak_volts * np.sin(2 * np.pi * pitch_hz * t)
    expected = solved(lambda now: peak_volts * float(np.sin(2 * np.pi * pitch_hz * now)), t, feedback_ohms)
    found = PEDAL.volts(tone, FAST_HZ, drive)
    # The trapezoidal rule at 353 kHz: its error grows with the square of the signal's steepness.
    assert np.max(np.abs(found - expected)) < 2e-3 * np.max(np.abs(expected))


@pytest.mark.parametrize("drive", [0.0, 0.5, 1.0])
def test_a_whisper_meets_the_transfer_function(drive: float) -> None:
    impulse = np.zeros(FAST_HZ // 4)
    impulse[0] = 1e-5
    found = np.fft.rfft(PEDAL.volts(impulse, FAST_HZ, drive)) / 1e-5
    hz = np.fft.rfftfreq(len(impulse), 1 / FAST_HZ)
    chosen = [int(np.argmin(np.abs(hz - f))) for f in (40, 100, 300, 720, 1_500, 3_000, 6_000, 12_000)]
    s = 2j * np.pi * hz[chosen]
    diodes = 2 * PEDAL.saturation_current / PEDAL.emission_volts
    feedback = 1 / (1 / PEDAL.feedback_ohms(drive) + s * PEDAL.feedback_capacitor + diodes)
    ground = PEDAL.ground_resistor + 1 / (s * PEDAL.ground_capacitor)
    coupled = (
        s * PEDAL.bias_resistor * PEDAL.coupling_capacitor / (1 + s * PEDAL.bias_resistor * PEDAL.coupling_capacitor)
    )
    expected = coupled * (1 + feedback / ground) / (1 + s * PEDAL.tone_resistor * PEDAL.tone_capacitor)
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
