"""A circuit at a rate many times that of the recording, so that its harmonics fit, and back without them."""

from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float64]
Circuit = Callable[[Samples, float], Samples]
"""Volts, [samples] at this rate in Hz -> volts, as many."""

OVERSAMPLING = 8


def oversampled(circuit: Circuit, volts: Samples, rate_hz: int) -> Samples:
    """`volts`, [samples], through the circuit at OVERSAMPLING times the rate, sample-aligned, and band-limited back.

    Both ways by soxr's filter of the highest quality, whose delay it takes out itself.
    """
    fast = rate_hz * OVERSAMPLING
    out = circuit(soxr.resample(volts, rate_hz, fast, quality="VHQ"), float(fast))
    back = np.asarray(soxr.resample(out, fast, rate_hz, quality="VHQ"), dtype=np.float64)
    return np.pad(back, (0, max(0, len(volts) - len(back))))[: len(volts)]
