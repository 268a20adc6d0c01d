"""Resistors and capacitors without a valve or a diode among them: their transfer function, by the trapezoidal rule.

The rule is the bilinear transform: frequencies bend by (π · f / rate)² / 3, a thousandth at 6 kHz and eight times 44.1.
"""

from collections.abc import Sequence

import numpy as np
from scipy.signal import bilinear, lfilter

from pedal.train.circuits.oversampled import Samples


def filtered(above: Sequence[float], below: Sequence[float], volts: Samples, rate_hz: float) -> Samples:
    """`volts`, [samples], through a transfer function of s, its polynomials from the highest power on; from rest."""
    return np.asarray(lfilter(*bilinear(above, below, rate_hz), volts), dtype=np.float64)


def low_pass(volts: Samples, rate_hz: float, seconds: float) -> Samples:
    """The volts across the capacitor of an RC of that time."""
    return filtered((1.0,), (seconds, 1.0), volts, rate_hz)


def high_pass(volts: Samples, rate_hz: float, seconds: float) -> Samples:
    """The volts across its resistor."""
    return filtered((seconds, 0.0), (seconds, 1.0), volts, rate_hz)
