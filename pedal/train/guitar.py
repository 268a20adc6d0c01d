"""An electric guitar, played by synthesis: six strings, a humbucker, a cable and the mains in the room.

`python -m pedal.train.guitar OUT.wav` makes the recording that the project ships.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, lfilter

from pedal.files import replacing
from pedal.train.playing import Note, humanised, passage, phrase
from pedal.train.strings import RATE_HZ, SCALE_M, STANDARD, Motion, Samples, String, vibrate

PHRASE_S = 13.0
PHRASE_SEED = 1959
PEAK_DBFS = -6.0
NOISE_DBFS = -76.0
HANDS_S = 0.012
"""How fast a finger stops a string or lets it go."""


@dataclass(frozen=True)
class Pickup:
    """A humbucker with its cable: where its two coils listen and how it resonates."""

    bridge_m: float = 0.055
    """From the bridge to between the coils."""
    coils_m: float = 0.018
    """From one coil to the other."""
    resonance_hz: float = 3_600.0
    """Of its inductance with the cable's capacitance."""
    quality: float = 1.6
    """Of that resonance, with the amplifier's input as its load."""
    asymmetry: float = 0.12
    """How much stronger the magnet's pull is on a string's largest swing towards it: a second harmonic."""


def play(notes: list[Note], seconds: float, seed: int, pickup: Pickup | None = None) -> Samples:
    """The direct output of a guitar on which `notes` are played, [samples] at RATE_HZ, peaking at PEAK_DBFS."""
    pickup = pickup or Pickup()
    rng = np.random.default_rng(seed)
    total = np.zeros(round(seconds * RATE_HZ))
    for number, string in enumerate(STANDARD):
        own = sorted((note for note in notes if note.string == number), key=lambda note: note.start_s)
        if own:
            total += _string_at_pickup(string, own, len(total), pickup, rng)
    sound = _resonate(total, pickup)
    sound *= 10 ** (PEAK_DBFS / 20) / max(float(np.max(np.abs(sound))), 1e-12)
    return sound + _noise(len(sound), rng)


def performance() -> Samples:
    """The phrase that the project ships, always the same."""
    rng = np.random.default_rng(PHRASE_SEED)
    return play(humanised(phrase(), rng), PHRASE_S, PHRASE_SEED)


def practice(seconds: float, seed: int, passage_s: int = 20) -> Samples:
    """Varied playing to train on: passages of so many seconds, each with another pickup, level and other gestures."""
    rng = np.random.default_rng(seed)
    passages = []
    for start in range(0, int(np.ceil(seconds)), passage_s):
        length = min(float(passage_s), seconds - start)
        pickup = Pickup(float(rng.uniform(0.04, 0.16)), resonance_hz=float(rng.uniform(2_600, 4_200)))
        level_db = float(rng.uniform(-14.0, 5.0))
        played = play(passage(length, rng), length, int(rng.integers(2**31)), pickup)
        passages.append(played * 10 ** (level_db / 20))
    return np.concatenate(passages)


def write(path: Path, sound: Samples) -> None:
    """Store `sound` as a 24-bit mono WAV.

    Raises:
        OSError: the file cannot be written.
    """
    with replacing(path) as temporary:
        soundfile.write(temporary, sound, RATE_HZ, subtype="PCM_24", format="WAV")


def _string_at_pickup(
    string: String, notes: list[Note], length: int, pickup: Pickup, rng: np.random.Generator
) -> Samples:
    """What the pickup senses of one string: two directions of vibration that beat and die at different speeds."""
    motion = _hands(string, notes, length, rng)
    across = Motion(
        motion.pitch_hz * 2 ** (rng.uniform(0.3, 0.9) / 1200), 2.6 * motion.loss, 8 * motion.treble_loss, motion.force
    )
    wave = 0.5 * vibrate(string, motion) + 0.5 * vibrate(string, across)
    first = _comb(wave, string, pickup.bridge_m - pickup.coils_m / 2)
    second = _comb(wave, string, pickup.bridge_m + pickup.coils_m / 2)
    velocity = first + second
    # d/dt of the flux x + asymmetry · x² / 2 for a string that moves by x; 3 is a hard pluck's x here.
    moved = lfilter([2 * np.pi * 100 / RATE_HZ], [1, -0.997], velocity)
    return np.asarray(velocity * (1 + pickup.asymmetry * np.tanh(moved)), dtype=np.float64)


def _comb(wave: Samples, string: String, place_m: float) -> Samples:
    """The string's motion `place_m` from the bridge: the wave less its reflection there."""
    delay = place_m / SCALE_M * RATE_HZ / string.open_hz
    whole = int(delay)
    taps = np.zeros(whole + 2)
    taps[0] = 1.0
    taps[whole:] -= (whole + 1 - delay, delay - whole)
    return np.asarray(lfilter(taps, [1.0], wave), dtype=np.float64)


def _hands(string: String, notes: list[Note], length: int, rng: np.random.Generator) -> Motion:
    """Pitch, damping and picking of one string, sample by sample."""
    pitch = np.full(length, string.open_hz)
    loss = np.full(length, 45.0)
    treble = np.full(length, 2e-5)
    force = np.zeros(length)
    detuned = rng.normal(0, 1.5)
    ends = [note.start_s for note in notes[1:]] + [length / RATE_HZ]
    for note, following in zip(notes, ends, strict=True):
        start = round(note.start_s * RATE_HZ)
        contact = max(0, start - round(rng.uniform(0.004, 0.008) * RATE_HZ))
        stop = min(length, round(min(following, note.start_s + note.seconds) * RATE_HZ))
        cents = detuned + rng.normal(0, 1.5)
        pitch[contact:] = string.open_hz * 2 ** (note.fret / 12 + cents / 1200)
        pitch[start:stop] *= 2 ** (_bend(note, stop - start, rng) / 12)
        loss[contact:start] = 120.0
        fretted = 1.0 if note.fret == 0 else 1.4
        loss[start:stop] = string.loss * fretted + 14.0 * note.mute
        treble[start:stop] = string.treble_loss * fretted + 4e-6 * note.mute
        _pick(force, string, note, contact, start, rng)
    return Motion(_smooth(pitch), _smooth(loss), _smooth(treble), force)


def _bend(note: Note, length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Semitones above the fret: the written bend, and the sharpness of a hard pluck as it settles."""
    t = np.arange(length) / RATE_HZ
    settling = 0.12 * note.force**2 * np.exp(-t / 0.12) * rng.uniform(0.7, 1.3)
    points = np.array(note.bend or ((0.0, 0.0),))
    written = np.interp(t, points[:, 0], points[:, 1])
    return np.asarray(settling + written, dtype=np.float64)


def _smooth(values: Samples) -> Samples:
    """A hand takes HANDS_S to move, in a triangle."""
    half = round(HANDS_S / 2 * RATE_HZ)
    once = uniform_filter1d(values, half, mode="nearest")
    return np.asarray(uniform_filter1d(once, half, mode="nearest"), dtype=np.float64)


def _pick(force: Samples, string: String, note: Note, contact: int, start: int, rng: np.random.Generator) -> None:
    """Add one stroke: the pick's scrape while it holds the string, its slip, and the two waves that run from there."""
    loud = note.force**1.4 * (1 + note.mute)
    slip_s = 1 / (1_800 + 6_500 * note.force) * (1 + 0.8 * note.mute)
    pulse = np.hanning(max(5, round(2 * slip_s * RATE_HZ)))
    stroke = np.zeros(start - contact + round(0.02 * RATE_HZ))
    stroke[start - contact : start - contact + len(pulse)] += pulse / pulse.sum()
    width = note.pick_m / SCALE_M * RATE_HZ / string.open_hz
    # A released displacement is an impulse of acceleration; less its reflection at the bridge and summed up it is
    # a pulse of velocity as long as the wave's way from the pick to the bridge and back.
    wave = np.cumsum(np.concatenate([stroke, np.zeros(int(width) + 1)]) - _delayed(stroke, width))
    away = np.arange(len(wave)) - (start - contact)
    wave += 0.07 * rng.normal(0, 1, len(wave)) * np.exp(-np.abs(away) / np.where(away < 0, 60, 160))
    end = min(len(force), contact + len(wave))
    force[contact:end] += loud * wave[: end - contact]


def _delayed(stroke: Samples, delay: float) -> Samples:
    whole = int(delay)
    out = np.zeros(len(stroke) + whole + 1)
    out[whole : whole + len(stroke)] += (whole + 1 - delay) * stroke
    out[whole + 1 : whole + 1 + len(stroke)] += (delay - whole) * stroke
    return out


def _resonate(sound: Samples, pickup: Pickup) -> Samples:
    """The coil's inductance against the cable's capacitance (RBJ low-pass), then the amplifier's coupling."""
    omega = 2 * np.pi * pickup.resonance_hz / RATE_HZ
    alpha = np.sin(omega) / (2 * pickup.quality)
    b = np.array([0.5, 1.0, 0.5]) * (1 - np.cos(omega))
    a = np.array([1 + alpha, -2 * np.cos(omega), 1 - alpha])
    return np.asarray(lfilter(*butter(1, 10.0, "high", fs=RATE_HZ), lfilter(b, a, sound)), dtype=np.float64)


def _noise(length: int, rng: np.random.Generator) -> Samples:
    """Hiss and mains hum, NOISE_DBFS together."""
    t = np.arange(length) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * t + rng.uniform(0, 6.28)) / k for k in (1, 2, 3, 5, 7))
    both = rng.normal(0, 1, length) + 0.8 * hum
    return np.asarray(both * 10 ** (NOISE_DBFS / 20) / np.sqrt(np.mean(both**2)), dtype=np.float64)


def main() -> None:
    """Write the recording that the project ships."""
    parser = argparse.ArgumentParser(description="Play a phrase on a synthesised electric guitar.")
    parser.add_argument("out", type=Path, help="the WAV to write")
    write(parser.parse_args().out, performance())


if __name__ == "__main__":
    main()
