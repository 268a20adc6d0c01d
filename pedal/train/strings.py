"""A steel string that can be plucked, muted, bent and slid along: a digital waveguide.

One loop a direction of vibration: a delay of one period, read between samples; a low-pass for what friction and air
take; all-passes for the stiffness that makes the upper partials sharp. From Jaffe and Smith, "Extensions of the
Karplus-Strong plucked-string algorithm", Computer Music Journal 7(2), 1983; losses after Chaigne and Askenfelt, JASA
95(2), 1994: a partial at f Hz decays as exp(-(loss + treble_loss · f²) · t).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RATE_HZ = 44_100
SCALE_M = 0.648
"""From nut to bridge."""
FRETS = 24
ALLPASSES = 8
TREBLE_HZ = 4_000.0
"""The loss filter is exact at 0 Hz and here."""
DEPTHS = np.linspace(0.0, 0.9, 361)
"""Candidates for the all-pass coefficient."""


@dataclass(frozen=True)
class String:
    """One string as it comes out of the packet, open."""

    open_hz: float
    inharmonicity: float
    """B in f_n = n · f_1 · sqrt((1 + B·n²) / (1 + B)), for the open string; it grows as the string is shortened."""
    loss: float
    """1/s, for every partial alike."""
    treble_loss: float
    """s: times the square of the frequency in Hz it is 1/s."""

    def inharmonicity_at(self, pitch_hz: Samples) -> Samples:
        """B of the string stopped at `pitch_hz`: it goes with 1 / length²."""
        return self.inharmonicity * (pitch_hz / self.open_hz) ** 2


STANDARD = (
    String(82.407, 1.0e-4, 0.50, 4.5e-7),
    String(110.000, 9.0e-5, 0.48, 4.0e-7),
    String(146.832, 6.5e-5, 0.46, 3.5e-7),
    String(195.998, 1.1e-4, 0.46, 2.4e-7),
    String(246.942, 4.5e-5, 0.44, 2.2e-7),
    String(329.628, 1.6e-5, 0.44, 2.0e-7),
)
"""A set of 10 to 46 in standard tuning, low E first; B from steel's modulus, core diameter and tension."""


@dataclass(frozen=True)
class Motion:
    """What the two hands do to one string, sample by sample; every array is [samples]."""

    pitch_hz: Samples
    loss: Samples
    treble_loss: Samples
    force: Samples
    """The velocity wave that the pick sends along the string."""


def vibrate(string: String, motion: Motion) -> Samples:
    """The velocity wave at the bridge, [samples], of one direction of vibration."""
    omega = 2 * np.pi * motion.pitch_hz / RATE_HZ
    gain, pole = _loss_filter(motion)
    depth = _dispersion(string, motion.pitch_hz)
    filters = _lowpass_delay(pole, omega) + ALLPASSES * _allpass_delay(depth, omega)
    wave = np.empty_like(omega)
    _travel(motion.force, RATE_HZ / motion.pitch_hz - filters, gain, pole, depth, wave)
    return wave


def _loss_filter(motion: Motion) -> tuple[Samples, Samples]:
    """Gain and pole of gain / (1 - pole·z⁻¹), which loses what one period should, at 0 Hz and at TREBLE_HZ."""
    low = np.exp(-motion.loss / motion.pitch_hz)
    ratio = np.exp(-2 * motion.treble_loss * TREBLE_HZ**2 / motion.pitch_hz)
    # |1 - pole·e^-jw|² at the two frequencies has this ratio: pole² + 1 - 2·half·pole = 0.
    half = (1 - ratio * np.cos(2 * np.pi * TREBLE_HZ / RATE_HZ)) / (1 - ratio)
    pole = half - np.sqrt(half**2 - 1)
    return low * (1 - pole), pole


def _dispersion(string: String, pitch_hz: Samples) -> Samples:
    """Depth of the all-passes for each sample: looked up between frets."""
    frets = string.open_hz * 2 ** (np.arange(-1, FRETS + 2) / 12)
    return np.interp(pitch_hz, frets, [_depth(string, float(hz)) for hz in frets])


def _depth(string: String, pitch_hz: float) -> float:
    """The all-pass coefficient that brings the partials below TREBLE_HZ, the low ones above all, nearest to B's."""
    n = np.arange(2, max(3, int(TREBLE_HZ / pitch_hz)))
    stiffness = float(string.inharmonicity_at(np.array(pitch_hz)))
    stretch = np.sqrt((1 + stiffness * n**2) / (1 + stiffness))
    period = RATE_HZ / pitch_hz
    omega = 2 * np.pi / period
    wanted = period * (1 - 1 / stretch)
    given = ALLPASSES * (_allpass_delay(DEPTHS, omega)[:, None] - _allpass_delay(DEPTHS[:, None], n * stretch * omega))
    error = np.sum(((given - wanted) / n) ** 2, axis=1)
    error[ALLPASSES * _allpass_delay(DEPTHS, omega) > period / 2] = np.inf
    return float(DEPTHS[np.argmin(error)])


def _allpass_delay(depth: Samples, omega: Samples | float) -> Samples:
    """Phase delay in samples of (z⁻¹ - depth) / (1 - depth·z⁻¹)."""
    delay: Samples = 1 + 2 / omega * np.arctan2(depth * np.sin(omega), 1 - depth * np.cos(omega))
    return delay


def _lowpass_delay(pole: Samples, omega: Samples) -> Samples:
    """Phase delay in samples of 1 / (1 - pole·z⁻¹)."""
    return np.arctan2(pole * np.sin(omega), 1 - pole * np.cos(omega)) / omega


def _travel_loop(force: Samples, delay: Samples, gain: Samples, pole: Samples, depth: Samples, wave: Samples) -> None:
    """Run the loop; the delay is read by Lagrange's polynomial through six samples (Laakso et al., 1996)."""
    line = np.zeros(2048)
    mask = len(line) - 1
    stages = np.zeros(ALLPASSES)
    weights = np.empty(6)
    low = 0.0
    for n in range(len(force)):
        start = int(delay[n]) - 2
        d = delay[n] - start
        for k in range(6):
            weights[k] = 1.0
            for j in range(6):
                if j != k:
                    weights[k] *= (d - j) / (k - j)
        back = 0.0
        for k in range(6):
            back += weights[k] * line[(n - start - k) & mask]
        low = gain[n] * back + pole[n] * low
        y = low
        for k in range(ALLPASSES):
            x = y
            y = stages[k] - depth[n] * x
            stages[k] = x + depth[n] * y
        wave[n] = force[n] + y
        line[n & mask] = wave[n]


_jit: Any = numba.njit
_travel: Callable[..., None] = _jit(_travel_loop)
