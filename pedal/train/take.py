"""Two recordings of one performance, brought to one rate, one channel each and one start."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal import wav
from pedal.measure.level import dbfs
from pedal.measure.render import at_rate
from pedal.train.alignment import Alignment, align

Samples = NDArray[np.float32]

SILENT_DBFS = -60.0
"""A recording whose peak is below holds no playing."""
FULL_SCALE = 0.999
CLIPPED_RUN = 3
"""Samples in a row at full scale that no converter gives by chance."""
FLAT = 1e-6
"""Of the peak: what samples beside each other may differ that a recording beyond full scale was cut off at."""
FRAME_S = 0.02
"""Of a level over time."""
FLOOR_DBFS = -140.0


class Track(NamedTuple):
    """The loudest channel of one recording."""

    path: Path
    samples: Samples
    """[frames], full scale = 1"""
    rate_hz: int
    """The file's; the samples of an amplifier are at the clean recording's."""
    channels: int
    channel: int
    """Which was taken, from 1."""
    beside: float
    """The largest difference that another channel makes, full scale = 1; silent ones and copies make none."""
    frames: int
    """In the file."""
    peak_dbfs: float
    """Of the file's largest sample; minus infinity for digital silence."""
    clipped: int
    """Samples of the file that stand at full scale, CLIPPED_RUN or more in a row; resampled, they no longer do. Of a
    float file that goes beyond, those that stand at one height at its top."""


@dataclass(frozen=True)
class Take:
    """A clean guitar, and the same performance through an amplifier."""

    clean: Track
    amp: Track
    alignment: Alignment | None
    """None where one of them is silent, or too short to compare."""
    known: int | None = None
    """Frames by which the amplifier comes later, where somebody knows."""

    @property
    def rate_hz(self) -> int:
        """Of both."""
        return self.clean.rate_hz

    @property
    def delay(self) -> int:
        """Frames by which the amplifier is brought forward: what is known, or what was found less its safety."""
        if self.known is not None:
            return self.known
        return self.alignment.safe if self.alignment else 0

    def aligned(self) -> tuple[Samples, Samples]:
        """Guitar and amplifier, [frames] each: what both have, the delay taken out."""
        clean = self.clean.samples[max(0, -self.delay) :]
        amp = self.amp.samples[max(0, self.delay) :]
        frames = min(len(clean), len(amp))
        return clean[:frames], amp[:frames]


def read(clean: Path, amp: Path, known: int | None = None) -> Take:
    """Both recordings, compared; `known` is the delay in frames, where somebody knows it.

    Raises:
        AudioFileError: one cannot be read.
    """
    guitar, sound = _track(clean), _track(amp)
    sound = sound._replace(samples=at_rate(sound.samples, sound.rate_hz, guitar.rate_hz))
    audible = min(guitar.peak_dbfs, sound.peak_dbfs) > SILENT_DBFS
    return Take(guitar, sound, align(guitar.samples, sound.samples, guitar.rate_hz) if audible else None, known)


def levels(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """[frames of FRAME_S]: the level of each, RMS in dBFS, FLOOR_DBFS for silence; of less than one, its own."""
    size = max(1, min(round(FRAME_S * rate_hz), len(samples)))
    whole = samples[: len(samples) // size * size].astype(np.float64).reshape(-1, size)
    power = np.mean(whole**2, axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DBFS / 10.0))), dtype=np.float64)


def _track(path: Path) -> Track:
    recording = wav.read(path)
    samples = recording.samples
    loudest = int(np.argmax(np.sum(samples.astype(np.float64) ** 2, axis=0)))
    taken = recording.channel(loudest + 1)
    others = [samples[:, number] for number in range(samples.shape[1]) if number != loudest]
    beside = max((min(_peak(other), _peak(other - taken)) for other in others), default=0.0)
    rate_hz, channels = recording.rate_hz, samples.shape[1]
    return Track(
        path, taken, rate_hz, channels, loudest + 1, beside, len(taken), dbfs(_peak(taken)), _clipped(taken)
    )  # fmt: skip


def _clipped(samples: Samples) -> int:
    peak = _peak(samples)
    top = np.abs(samples) >= FULL_SCALE * max(1.0, peak)
    if peak > 1.0:
        level = np.abs(np.diff(samples)) <= FLAT * peak
        top &= np.append(level, False) | np.append(False, level)
    full = np.concatenate(([False], top, [False]))
    begins, ends = np.flatnonzero(full[1:] & ~full[:-1]), np.flatnonzero(full[:-1] & ~full[1:])
    runs = ends - begins
    return int(np.sum(runs[runs >= CLIPPED_RUN]))


def _peak(samples: Samples) -> float:
    return float(np.max(np.abs(samples)))
