"""Recordings, in and out through libsndfile."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from pedal.errors import AudioFileError
from pedal.files import replaceable, replacing

LARGEST_SAMPLES = 2**28
"""1 GiB as float32: 1 h 40 min of mono at 44.1 kHz. A longer file is refused before any memory is taken."""
RATES_HZ = range(1_000, 768_001)
CONTAINERS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC")
"""How WAV (and its 64-bit forms), AIFF and FLAC begin. MP3 is not tried: its decoder prints to stderr."""
MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
"""How an MP3 begins: with its tags, or at once with a frame."""


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
        with open(path, "rb", buffering=0) as file:
            _check_start(path, file.read(4))
            file.seek(0)
            # By number: libsndfile would take the name as UTF-8, and one that ends in .raw as no recording.
            with soundfile.SoundFile(file.fileno(), closefd=False) as sound:
                _check(path, sound.frames, sound.channels, sound.samplerate)
                samples: NDArray[np.float32] = sound.read(dtype="float32", always_2d=True)
                rate_hz, promised = int(sound.samplerate), int(sound.frames)
    except soundfile.SoundFileError as error:
        why = getattr(error, "error_string", str(error)).rstrip(".")
        raise AudioFileError(
            f"recording {path} is damaged or of an unknown kind (libsndfile: {why}); export it again as WAV"
        ) from error
    except OSError as error:
        raise AudioFileError(f"recording {path} cannot be read: {error.strerror}") from error
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
    # Not straight into the file: libsndfile keeps to itself why a disk did not take it.
    whole = io.BytesIO()
    soundfile.write(whole, samples, rate_hz, format="WAV", subtype="FLOAT")
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(whole.getbuffer())
    except OSError as error:
        raise AudioFileError(f"recording {path} cannot be written: {error.strerror}") from error


def check_output(path: Path) -> None:
    """See whether `write` could write there, before anything is played for it.

    Raises:
        AudioFileError: it could not.
    """
    try:
        replaceable(path)
    except OSError as error:
        raise AudioFileError(f"recording {path} cannot be written: {error.strerror}") from error


def _check_start(path: Path, start: bytes) -> None:
    if start in CONTAINERS:
        return
    found = "is empty" if not start else "is an MP3" if start.startswith(MP3) else "is no recording known here"
    raise AudioFileError(f"recording {path} {found}; expected a WAV, AIFF or FLAC file")


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
