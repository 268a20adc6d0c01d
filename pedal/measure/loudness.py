"""Loudness of a mono sound by ITU-R BS.1770: mean square after the K weighting, a shelf for the head and a high-pass.

Without the standard's gates, which pass over silences: what is measured here is one fixed passage that has none.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

OFFSET_DB = -0.691
"""So that 997 Hz at full scale in one channel is -3.01 LKFS, as its mean square says."""
TAIL_S = 0.5
"""In which the high-pass has forgotten everything, to -120 dB and far beyond."""

# The standard gives coefficients at 48 kHz only; these are the analogue filters that they are made of.
SHELF_HZ, SHELF_Q, SHELF_DB, SHELF_BEND = 1681.974450955533, 0.7071752369554196, 3.999843853973347, 0.4996667741545416
PASS_HZ, PASS_Q = 38.13547087602444, 0.5003270373238773

Coefficients = tuple[tuple[float, float, float], tuple[float, float, float]]


def loudness(sound: NDArray[np.floating[Any]], rate_hz: int) -> float:
    """The loudness of sound, [frames], in LKFS; minus infinity for silence, not a number where the sound holds one."""
    frames = len(sound)
    padded = 1 << (frames + int(TAIL_S * rate_hz)).bit_length()
    # Filtered where filtering is a product, and squared there too (Parseval): nothing but an FFT is needed.
    bins = np.fft.rfft(sound.astype(np.float64), padded)
    frequencies_hz = np.arange(len(bins), dtype=np.float64) * (rate_hz / padded)
    energy = (np.abs(bins) * response(frequencies_hz, rate_hz)) ** 2
    energy[1:-1] *= 2.0  # the negative frequencies
    mean_square = float(np.sum(energy)) / padded / frames
    return OFFSET_DB + 10.0 * math.log10(mean_square) if mean_square != 0.0 else -math.inf


def response(frequencies_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """How much larger the K weighting makes these frequencies."""
    delay = np.exp(-2j * np.pi * frequencies_hz / rate_hz)
    larger = np.ones(len(frequencies_hz))
    for (b0, b1, b2), (a0, a1, a2) in weighting_filters(rate_hz):
        larger *= np.abs((b0 + b1 * delay + b2 * delay**2) / (a0 + a1 * delay + a2 * delay**2))
    return larger


def weighting_filters(rate_hz: int) -> tuple[Coefficients, Coefficients]:
    """Shelf and high-pass, numerator and denominator each, by the bilinear transform."""
    k, gain = math.tan(math.pi * SHELF_HZ / rate_hz), 10.0 ** (SHELF_DB / 20.0)
    bend, scale = gain**SHELF_BEND * k / SHELF_Q, 1.0 + k / SHELF_Q + k * k
    shelf = (
        ((gain + bend + k * k) / scale, 2.0 * (k * k - gain) / scale, (gain - bend + k * k) / scale),
        (1.0, 2.0 * (k * k - 1.0) / scale, (1.0 - k / SHELF_Q + k * k) / scale),
    )
    k = math.tan(math.pi * PASS_HZ / rate_hz)
    scale = 1.0 + k / PASS_Q + k * k
    return shelf, (
        (1.0, -2.0, 1.0),
        (1.0, 2.0 * (k * k - 1.0) / scale, (1.0 - k / PASS_Q + k * k) / scale),
    )
