"""Recordings in and out, through libsndfile."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from pedal.errors import AudioFileError
from pedal.files import replacing

LARGEST_SAMPLES = 2**28
"""1 GiB as float32: 1 h 40 min of mono at 44.1 kHz. A longer file is refused before any memory is taken."""
RATES_HZ = range(1_000, 768_001)
CONTAINERS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC")
"""How WAV (and its 64-bit forms), AIFF and FLAC begin. MP3 is not tried: its decoder prints to stderr."""


class Recording(NamedTuple):
    """What a file holds."""

    samples: NDArray[np.float32]
    """[frames, channels], full scale = 1; a float file may go beyond."""
    rate_hz: int

    def channel(self, number: int = 1) -> NDArray[np.float32]:
        """[frames] one channel, counted from 1.

        Never the mean of several: a guitar in one channel of two would come out at half its level, and the model, which
        is not linear, would play another sound.

        Raises:
            AudioFileError: there is no such channel.
        """
        channels = self.samples.shape[1]
        if not 1 <= number <= channels:
            raise AudioFileError(f"channel {number} is not in the recording; expected 1 to {channels}")
        return np.ascontiguousarray(self.samples[:, number - 1])


def read(path: Path) -> Recording:
    """The recording at path: WAV of 8 to 64 bits, RF64, WAVE_EXTENSIBLE; AIFF and FLAC too.

    Integers of 32 bits and floats of 64 are rounded to float32, which is what the kernel computes in. A WAV that was
    cut off is read as far as it goes.

    Raises:
        AudioFileError: there is no such file, it is not a recording, is empty, damaged, or too long to hold.
    """
    if not path.is_file():
        raise AudioFileError(f"recording {path} is missing or not a file; give the path of a WAV file")
    try:
        with open(path, "rb") as file:
            start = file.read(4)
        if start not in CONTAINERS:
            raise AudioFileError(f"recording {path} begins with {start!r}; expected a WAV, AIFF or FLAC file")
        with soundfile.SoundFile(path) as file:
            _check(path, file.frames, file.channels, file.samplerate)
            samples: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
            rate_hz, promised = int(file.samplerate), int(file.frames)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioFileError(f"recording {path} cannot be read: {_reason(error)}; export it again as WAV") from error
    if len(samples) != promised:
        raise AudioFileError(f"recording {path} is damaged: it holds {len(samples)} frames; its header says {promised}")
    if not np.all(np.isfinite(samples)):
        raise AudioFileError(f"recording {path} holds samples that are not finite numbers; export it again")
    return Recording(samples, rate_hz)


def write(path: Path, samples: NDArray[np.float32], rate_hz: int) -> None:
    """Write [frames] as a mono WAV of 32-bit floats; the file appears whole or not at all.

    Raises:
        AudioFileError: the folder cannot be written to, or its disk is full.
    """
    try:
        with replacing(path) as temporary:
            soundfile.write(temporary, samples, rate_hz, subtype="FLOAT", format="WAV")
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioFileError(f"recording {path} cannot be written: {_reason(error)}") from error


def _check(path: Path, frames: int, channels: int, rate_hz: int) -> None:
    if frames < 1:
        raise AudioFileError(f"recording {path} is empty; expected at least one frame of sound")
    if rate_hz not in RATES_HZ:
        raise AudioFileError(
            f"recording {path} has a sample rate of {rate_hz} Hz; expected {RATES_HZ.start} to {RATES_HZ.stop - 1} Hz"
        )
    if frames * channels > LARGEST_SAMPLES:
        raise AudioFileError(
            f"recording {path} says it has {frames} frames of {channels} channels, too many to hold; expected at most "
            f"{LARGEST_SAMPLES} samples"
        )


def _reason(error: Exception) -> str:
    """libsndfile's own words without the path, which the message has already, or the system's."""
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")
