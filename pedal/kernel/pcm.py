"""Bytes as ALSA has them become the guitar, and the sound becomes such bytes again.

Compiled with block.py. Interleaved frames, any number of channels, formats numbered as in library.FORMATS.
"""

import numpy as np
from numba import carray

from pedal.kernel.chain import FORMATS
from pedal.kernel.compiled import FINITE, FULL_SCALE, LOUDEST, TOP, ZERO, Address, Integer, Record, part

S16, S24_3, S24, S32, FLOAT = range(len(FORMATS))
MASKED_CHANNELS = 64
"""Bits of the chain's playback mask; channels beyond carry silence."""


@part
def read_guitar(chain: Record, capture: Address, first: int, frames: int) -> None:
    """The chosen channel as integers, full scale 2³¹, and as floats, full scale 1, finite and at most LOUDEST."""
    channels = chain.capture_channels
    at = first * channels + chain.capture_channel
    end = (first + frames) * channels
    integers, guitar = chain.integers, chain.guitar
    if chain.capture_format == FLOAT:
        floats = carray(capture, end, np.float32)
        for i in range(frames):
            value = floats[at + i * channels]
            guitar[i] = min(max(value, -LOUDEST), LOUDEST) if abs(value) <= FINITE else ZERO
            integers[i] = np.int32(min(max(np.rint(guitar[i] * FULL_SCALE), -FULL_SCALE), TOP))
    else:
        if chain.capture_format == S16:
            shorts = carray(capture, end, np.int16)
            for i in range(frames):
                integers[i] = np.int32(shorts[at + i * channels]) << 16
        elif chain.capture_format == S24_3:
            octets = carray(capture, 3 * end, np.uint8)
            for i in range(frames):
                low = 3 * (at + i * channels)
                integers[i] = octets[low] << 8 | octets[low + 1] << 16 | octets[low + 2] << 24
        else:
            words = carray(capture, end, np.int32)
            shift = 8 if chain.capture_format == S24 else 0
            for i in range(frames):
                integers[i] = words[at + i * channels] << shift
        for i in range(frames):
            guitar[i] = np.float32(integers[i]) / FULL_SCALE


@part
def write_all(chain: Record, playback: Address, first: int, frames: int) -> None:
    """The integers to every chosen channel, rounded where the format is narrower; silence to the others."""
    for channel in range(chain.playback_channels):
        heard = np.int32(chain.playback_mask >> channel & 1) if channel < MASKED_CHANNELS else np.int32(0)
        write_channel(chain, playback, first, frames, channel, heard)


@part
def write_channel(chain: Record, playback: Address, first: int, frames: int, channel: int, heard: int) -> None:
    """One channel of the playback: the integers times heard."""
    channels = chain.playback_channels
    at = first * channels + channel
    end = (first + frames) * channels
    integers = chain.integers
    if chain.playback_format == FLOAT:
        floats = carray(playback, end, np.float32)
        for i in range(frames):
            floats[at + i * channels] = np.float32(heard) * chain.old[i]
    elif chain.playback_format == S16:
        shorts = carray(playback, end, np.int16)
        for i in range(frames):
            shorts[at + i * channels] = heard * narrowed(integers[i], 16)
    elif chain.playback_format == S24_3:
        octets = carray(playback, 3 * end, np.uint8)
        for i in range(frames):
            value = heard * narrowed(integers[i], 8)
            for octet in range(3):
                octets[3 * (at + i * channels) + octet] = value >> 8 * octet & 255
    else:
        words = carray(playback, end, np.int32)
        wide = chain.playback_format == S32
        for i in range(frames):
            words[at + i * channels] = heard * (np.int64(integers[i]) if wide else narrowed(integers[i], 8))


@part
def narrowed(value: Integer, bits: int) -> Integer:
    """The integer without its lowest bits, rounded, within what is left of the range."""
    return min((np.int64(value) + (1 << (bits - 1))) >> bits, (1 << (31 - bits)) - 1)
