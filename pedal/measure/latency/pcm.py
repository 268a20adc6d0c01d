"""A card's bytes as samples, and back, outside of any period; full scale is 1."""

import numpy as np
from numpy.typing import NDArray

from pedal.engine.card import Stream

BITS = {"S16_LE": 16, "S24_3LE": 24, "S24_LE": 24, "S32_LE": 32, "FLOAT_LE": 32}


def highest(stream: Stream) -> float:
    """The largest sample that the format holds: one at or beyond it was clipped."""
    return 1.0 if stream.format == "FLOAT_LE" else 1.0 - 2.0 ** (1 - BITS[stream.format])


def samples(data: "bytes | memoryview", stream: Stream) -> NDArray[np.float64]:
    """[frames][channels] of the bytes; a frame that is not whole is left out."""
    whole = np.frombuffer(data, np.uint8, len(data) // stream.frame_bytes * stream.frame_bytes)
    if stream.format == "FLOAT_LE":
        return whole.view("<f4").astype(np.float64).reshape(-1, stream.channels)
    if stream.format == "S24_3LE":
        wide = np.zeros((len(whole) // 3, 4), np.uint8)
        wide[:, 1:] = whole.reshape(-1, 3)
        integers = wide.reshape(-1).view("<i4")
    elif stream.format == "S24_LE":
        integers = whole.view("<i4") << 8  # the highest byte carries nothing
    else:
        integers = whole.view("<i2" if stream.format == "S16_LE" else "<i4")
    full_scale = 2.0 ** (8 * integers.itemsize - 1)
    scaled: NDArray[np.float64] = integers.astype(np.float64) / full_scale
    return scaled.reshape(-1, stream.channels)


def spread(wanted: NDArray[np.float64], stream: Stream, channels: "tuple[int, ...]" = ()) -> NDArray[np.float64]:
    """[frames] as [frames][channels], on these, counted from 1, or on all; the others are silent."""
    frames = np.zeros((len(wanted), stream.channels))
    frames[:, [channel - 1 for channel in channels] or slice(None)] = wanted[:, np.newaxis]
    return frames


def encoded(frames: NDArray[np.float64], stream: Stream) -> bytes:
    """The bytes of [frames][channels]; what is beyond full scale is clipped."""
    if stream.format == "FLOAT_LE":
        return frames.astype("<f4").tobytes()
    full_scale = 2.0 ** (BITS[stream.format] - 1)
    integers = np.clip(np.rint(frames * full_scale), -full_scale, full_scale - 1).astype("<i4")
    if stream.format == "S16_LE":
        return integers.astype("<i2").tobytes()
    if stream.format == "S24_3LE":
        return integers.reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    return integers.tobytes()
