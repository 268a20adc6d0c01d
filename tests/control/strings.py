"""Plucked strings, hum and noise by formula: what the tuner is measured against."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

LEVEL = 0.1
"""Root mean square of every string in its first 100 ms, full scale = 1."""
PARTIALS = 60


@dataclass(frozen=True)
class Pluck:
    """One note: partial n is sin(pi n position) / n^tilt loud and decays as exp(-(loss + treble f²) t)."""

    first_hz: float
    """Frequency of the first partial."""
    stiffness: float = 0.0
    """B in f_n = n f_0 sqrt(1 + B n²)."""
    position: float = 0.13
    tilt: float = 1.5
    loss: float = 0.5
    treble: float = 4.5e-7
    first_db: float = 0.0
    """How much louder than that the first partial is."""
    seed: int = 0
    """Of the phases."""

    def sound(self, rate_hz: int, seconds: float) -> Sound:
        """The note from its attack on, [frames]."""
        n = np.arange(1, PARTIALS + 1)
        hz = n * self.first_hz * np.sqrt((1 + self.stiffness * n**2) / (1 + self.stiffness))
        n, hz = n[hz < 0.45 * rate_hz], hz[hz < 0.45 * rate_hz]
        amplitudes = np.sin(np.pi * n * self.position) / n**self.tilt
        amplitudes[0] *= 10 ** (self.first_db / 20)
        phases = np.random.default_rng(self.seed).uniform(0, 2 * np.pi, len(n))
        exponents = (2j * np.pi * hz - self.loss - self.treble * hz**2) / rate_hz
        sound = np.zeros(round(rate_hz * seconds))
        for amplitude, phase, exponent in zip(amplitudes, phases, exponents, strict=True):
            sound += amplitude * np.exp(exponent * np.arange(len(sound)) + 1j * phase).imag
        return LEVEL / rms(sound[: rate_hz // 10]) * sound


def hum(mains_hz: float, rate_hz: int, frames: int, level: float, seed: int = 0) -> Sound:
    """The mains and nine harmonics, together of that root mean square, [frames]."""
    rng = np.random.default_rng(seed)
    m = np.arange(1, 11)
    amplitudes = rng.uniform(0.2, 1, len(m)) / m ** rng.uniform(0.3, 1.5)
    phases = rng.uniform(0, 2 * np.pi, len(m))
    turns = 2 * np.pi * mains_hz / rate_hz * np.arange(frames)
    sound: Sound = sum(a * np.sin(k * turns + p) for k, a, p in zip(m, amplitudes, phases, strict=True))
    return level / rms(sound) * sound


def noise(frames: int, level: float, seed: int = 0) -> Sound:
    """White noise of that root mean square, [frames]."""
    return level * np.random.default_rng(seed).standard_normal(frames)


def rms(sound: Sound) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(sound**2)))
