"""Whether the signal came back more than once: by a second way, or again and again through a feedback loop."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.measure.latency.signal import Signal

NEAREST_S = 0.0006
"""What comes back sooner than this after the first is a converter's own ringing, and cannot be told apart from it."""
LEAST_SHARE = 0.1
"""Of the first one's amplitude: -20 dB. A cable has no echo."""
LEAST_CONTRAST = 8.0
"""To the median of the response."""
AGAIN = 2.5
"""How far the echo's echo may be from the square of the echo, for a loop."""


class Echo(NamedTuple):
    """A later return of the signal."""

    late_frames: int
    """After the first."""
    share: float
    """Of the first one's amplitude."""
    loop: bool
    """Whether it comes once more after as long again, and as much smaller again."""


def echo(response: NDArray[np.float64], signal: Signal) -> Echo | None:
    """The loudest echo in a mean correlation, [cycle_frames] from its peak on, or None.

    The sweep is divided out of it within its band, Hann-weighted, so that it has hardly any side lobes of its own.
    """
    size = len(response)
    power = np.abs(np.fft.fft(signal.sweep())) ** 2
    frequency_hz = np.fft.fftfreq(size, 1.0 / signal.rate_hz)
    low_hz, high_hz = signal.band_hz
    place = np.clip((frequency_hz - low_hz) / (high_hz - low_hz), 0.0, 1.0)  # only positive ones: an envelope
    weight = 0.5 - 0.5 * np.cos(2.0 * np.pi * place)
    spectrum = np.fft.fft(response) * weight / (power + 1e-3 * np.max(power))
    envelope = np.abs(np.fft.ifft(spectrum))
    envelope /= np.max(envelope[[0, 1, -1]])
    nearest = round(NEAREST_S * signal.rate_hz)
    later = envelope[nearest : size - nearest]
    late = nearest + int(np.argmax(later))
    share = float(envelope[late])
    if share < LEAST_SHARE or share < LEAST_CONTRAST * float(np.median(envelope)):
        return None
    near = (2 * late + np.arange(-2, 3)) % size
    again = float(np.max(envelope[near]))
    return Echo(late, share, share**2 / AGAIN <= again <= share**2 * AGAIN)
