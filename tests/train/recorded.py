"""Recordings for the tests of training: plucks, and an amplifier in two lines of scipy."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RATE_HZ = 16_000


def plucks(seconds: float, seed: int = 1, rate_hz: int = RATE_HZ) -> Samples:
    """Strings struck a few times a second, with a second's rest before; full scale = 1."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * rate_hz))
    t = np.arange(rate_hz) / rate_hz
    place = rate_hz
    while place < len(sound) - rate_hz:
        pitch, partials = 82.4 * 2 ** (rng.integers(0, 30) / 12), np.arange(1, 12)
        waves = np.exp(-3 * partials[:, None] * t) * np.sin(2 * np.pi * pitch * partials[:, None] * t)
        note = np.sum(waves * rng.normal(size=(11, 1)) / partials[:, None], axis=0)
        sound[place : place + rate_hz] += rng.uniform(0.1, 0.4) * note / np.max(np.abs(note))
        place += int(rng.uniform(0.15, 0.5) * rate_hz)
    return sound + rng.normal(0, 1e-5, len(sound))


def delayed(sound: Samples, frames: int) -> Samples:
    """As long as before; negative frames bring it forward."""
    if frames < 0:
        return np.concatenate((sound[-frames:], np.zeros(-frames)))
    return np.concatenate((np.zeros(frames), sound[: len(sound) - frames]))


def written(path: Path, sound: Samples, rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> Path:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, sound, rate_hz, subtype=subtype)
    return path
