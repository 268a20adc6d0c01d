"""A card's bytes as samples, and back, outside of any period; full scale is 1."""

import numpy as np
from numpy.typing import NDArray

from pedal.engine.card import Stream

BITS = {"S16_LE": 16, "S24_3LE": 24, "S24_LE": 24, "S32_LE": 32, "FLOAT_LE": 32}


def highest(stream: Stream) -> float:
    """The largest sample that the format holds: one at or beyond it was clipped."""
    return 1.0 if stream.format == "FLOAT_LE" else 1.0 - 2.0 ** (1 - BITS[stream.format])


def samples(data: bytes | memoryview, stream: Stream) -> NDArray[np.float64]:
    """[frames][channels] of the bytes; a frame that is not whole is left out."""
    return _scaled(_frames(data, stream), stream)


def channel(data: bytes | memoryview, stream: Stream, number: int) -> NDArray[np.float64]:
    """[frames] of one channel, counted from 1; of the others nothing is made."""
    return _scaled(_frames(data, stream)[:, number - 1 : number], stream)[:, 0]


def encoded(frames: NDArray[np.float64], stream: Stream) -> bytes:
    """The bytes of [frames][channels]; what is beyond full scale is clipped."""
    return _raw(frames, stream).tobytes()


def spread(wave: NDArray[np.float64], stream: Stream, channels: tuple[int, ...] = ()) -> bytes:
    """The bytes of [frames] on these channels, counted from 1, or on all; the others are silent."""
    sample_bytes = stream.frame_bytes // stream.channels
    frames = np.zeros((len(wave), stream.channels, sample_bytes), np.uint8)
    frames[:, [number - 1 for number in channels] or slice(None)] = _raw(wave[:, np.newaxis], stream)
    return frames.tobytes()


def _frames(data: bytes | memoryview, stream: Stream) -> NDArray[np.uint8]:
    """[frames][channels][bytes of a sample]."""
    count = len(data) // stream.frame_bytes
    return np.frombuffer(data, np.uint8, count * stream.frame_bytes).reshape(count, stream.channels, -1)


def _scaled(frames: NDArray[np.uint8], stream: Stream) -> NDArray[np.float64]:
    """[frames][channels] of the bytes of whole samples."""
    count, channels, sample_bytes = frames.shape
    if stream.format == "FLOAT_LE":
        return np.ascontiguousarray(frames).view("<f4").reshape(count, channels).astype(np.float64)
    used = 3 if stream.format == "S24_LE" else sample_bytes  # the highest byte carries nothing
    wide = np.zeros((count, channels, 4), np.uint8)
    wide[:, :, 4 - used :] = frames[:, :, :used]
    scaled: NDArray[np.float64] = wide.view("<i4").reshape(count, channels) / 2.0**31
    return scaled


def _raw(frames: NDArray[np.float64], stream: Stream) -> NDArray[np.uint8]:
    """[frames][channels][bytes of a sample]."""
    shape = (*frames.shape, -1)
    if stream.format == "FLOAT_LE":
        return frames.astype("<f4").view(np.uint8).reshape(shape)
    full_scale = 2.0 ** (BITS[stream.format] - 1)
    integers = np.clip(np.rint(frames * full_scale), -full_scale, full_scale - 1).astype("<i4")
    return integers.view(np.uint8).reshape(shape)[:, :, : stream.frame_bytes // stream.channels]
