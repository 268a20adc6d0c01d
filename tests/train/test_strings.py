"""A string is in tune, as stiff as steel, and dies as fast as it says; measured from the sound alone."""

from dataclasses import replace

import numpy as np
import pytest

from pedal.train.strings import RATE_HZ, STANDARD, Motion, Samples, String, vibrate


def plucked(string: String, pitch_hz: Samples) -> Samples:
    """An impulse sent along a string that nothing but its own losses damps."""
    same = np.ones_like(pitch_hz)
    force = np.zeros_like(pitch_hz)
    force[0] = 1.0
    return vibrate(string, Motion(pitch_hz, string.loss * same, string.treble_loss * same, force))


def held(pitch_hz: float, seconds: float = 3.0) -> Samples:
    """One pitch throughout."""
    return np.full(round(seconds * RATE_HZ), pitch_hz)


def partial(sound: Samples, near_hz: float) -> tuple[float, float]:
    """Frequency in Hz, by the phase between two windows, and decay in 1/s, by their amplitudes, of a partial."""
    window = np.hanning(round(0.6 * RATE_HZ))
    t = np.arange(len(window)) / RATE_HZ
    apart = round(1.0 * RATE_HZ)
    hz = near_hz
    decay = 0.0
    for hop in (round(0.02 * RATE_HZ), apart):  # near windows first: their phase cannot have turned once too often
        probe = window * np.exp(-2j * np.pi * hz * t)
        first, second = (np.sum(sound[start : start + len(window)] * probe) for start in (4410, 4410 + hop))
        turned = np.angle(second / first * np.exp(-2j * np.pi * hz * hop / RATE_HZ))
        hz += float(turned) / (2 * np.pi) * RATE_HZ / hop
        decay = float(-np.log(abs(second / first)) * RATE_HZ / hop)
    return hz, decay


def cents(found_hz: float, expected_hz: float) -> float:
    return float(1200 * np.log2(found_hz / expected_hz))


@pytest.mark.parametrize("fret", [0, 5, 12, 22])
@pytest.mark.parametrize("string", STANDARD, ids=lambda string: f"{string.open_hz:.0f}Hz")
def test_every_fret_is_in_tune_to_half_a_cent(string: String, fret: int) -> None:
    pitch_hz = string.open_hz * 2 ** (fret / 12)
    found_hz, _ = partial(plucked(string, held(pitch_hz)), pitch_hz * 2 ** (0.2 / 12))
    assert abs(cents(found_hz, pitch_hz)) < 0.5


@pytest.mark.parametrize("string", STANDARD, ids=lambda string: f"{string.open_hz:.0f}Hz")
def test_upper_partials_are_sharp_by_the_stiffness_of_steel(string: String) -> None:
    sound = plucked(string, held(string.open_hz))
    for n in (2, 5, 8):
        stretch = np.sqrt((1 + string.inharmonicity * n**2) / (1 + string.inharmonicity))
        found_hz, _ = partial(sound, n * string.open_hz * stretch)
        assert abs(cents(found_hz, n * string.open_hz * stretch)) < 5.0


@pytest.mark.parametrize("string", STANDARD, ids=lambda string: f"{string.open_hz:.0f}Hz")
def test_the_fundamental_dies_as_fast_as_the_string_says(string: String) -> None:
    _, decay = partial(plucked(string, held(string.open_hz)), string.open_hz)
    assert decay == pytest.approx(string.loss + string.treble_loss * string.open_hz**2, rel=0.05)


def test_the_treble_dies_as_fast_as_the_string_says() -> None:
    string = replace(STANDARD[5], inharmonicity=1e-9, open_hz=400.0)
    _, decay = partial(plucked(string, held(400.0)), 4000.0)
    # Lagrange's polynomial takes a little at 4 kHz as well.
    assert decay == pytest.approx(string.loss + string.treble_loss * 4000.0**2, rel=0.25)


def test_a_bend_of_two_semitones_arrives_in_tune_without_a_click() -> None:
    string = STANDARD[3]
    bend = np.interp(np.arange(4 * RATE_HZ) / RATE_HZ, [0.5, 0.8], [0.0, 2.0])
    sound = plucked(string, string.open_hz * 2 ** (bend / 12))
    target_hz = string.open_hz * 2 ** (2 / 12)
    found_hz, _ = partial(sound[RATE_HZ:], target_hz)
    assert abs(cents(found_hz, target_hz)) < 0.5
    steps = np.abs(np.diff(sound))
    before, during = np.max(steps[round(0.3 * RATE_HZ) : round(0.5 * RATE_HZ)]), np.max(steps[round(0.5 * RATE_HZ) :])
    assert during < 1.1 * before


def test_a_hand_on_the_string_stops_it() -> None:
    string = STANDARD[2]
    pitch_hz = held(string.open_hz, 2.0)
    loss = np.where(np.arange(len(pitch_hz)) < RATE_HZ, string.loss, 45.0)
    force = np.zeros_like(pitch_hz)
    force[0] = 1.0
    sound = vibrate(string, Motion(pitch_hz, loss, np.full_like(loss, string.treble_loss), force))
    ringing, stopped = (np.sqrt(np.mean(sound[start:][:4410] ** 2)) for start in (RATE_HZ - 4410, round(1.3 * RATE_HZ)))
    assert stopped < 1e-4 * ringing
