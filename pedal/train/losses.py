"""How far a prediction is from its target, as training weighs it and as people compare models.

Error-to-signal ratio, its pre-emphasis and the DC term: A. Wright and V. Välimäki, Perceptual loss function for neural
modeling of audio systems, ICASSP 2020. Multi-resolution STFT: R. Yamamoto, E. Song and J.-M. Kim, Parallel WaveGAN,
ICASSP 2020. A-weighting: IEC 61672-1, annex E. Signals are [samples, sequences].
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pedal.errors import ConfigError

Emphasis = Literal["first-order", "a-weighted", "low-passed", "none"]
EMPHASES: tuple[Emphasis, ...] = ("first-order", "a-weighted", "low-passed", "none")
FIRST_ORDER = 0.85
A_TAPS = 101
A_POLES_HZ = (20.598997, 107.65265, 737.86223, 12_194.217)
QUIET = 1e-5
"""Power, -50 dBFS, that is added to every denominator: a silent stretch weighs no more than a quiet one."""
FLOOR = 1e-5
"""Magnitude below which the logarithm of a spectrum is not looked at."""


@dataclass(frozen=True)
class Loss:
    """A weighted sum of terms; call it with a prediction and its target."""

    emphasis: Emphasis = "first-order"
    """What both signals pass before the ESR: 1 - 0.85/z; A-weighting; A-weighting and then 1 + 0.85/z; nothing."""
    esr: float = 0.75
    dc: float = 0.25
    stft: float = 0.0
    fft_sizes: tuple[int, ...] = (512, 256, 128)
    """Samples; each spectrum moves on by a quarter of its size."""
    rate_hz: int = 44_100

    def __post_init__(self) -> None:
        if self.emphasis not in EMPHASES:
            raise ConfigError(f"pre-emphasis {self.emphasis!r} is unknown; expected one of {', '.join(EMPHASES)}")
        if min(self.esr, self.dc, self.stft) < 0 or not self.esr + self.stft > 0:
            raise ConfigError(
                f"loss weights ESR {self.esr:g}, DC {self.dc:g}, STFT {self.stft:g} cannot be trained with; "
                "expected none below 0, and ESR or STFT above it"
            )

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss, one number.

        Raises:
            ConfigError: the signals are shorter than the filter or the largest spectrum.
        """
        shortest = max(len(self.taps), *(self.fft_sizes if self.stft else (1,)))
        if len(output) < shortest:
            raise ConfigError(
                f"a step of {len(output)} samples is too short for this loss; expected {shortest} or more"
            )
        error = target - output
        loss = self.esr * _ratio(self._filtered(error), self._filtered(target))
        if self.dc:
            loss = loss + self.dc * torch.mean(torch.mean(error, dim=0) ** 2) / (torch.mean(target**2) + QUIET)
        if self.stft:
            loss = loss + self.stft * sum(spectral(output, target, size) for size in self.fft_sizes) / len(
                self.fft_sizes
            )
        return loss

    @property
    def taps(self) -> NDArray[np.float64]:
        """The pre-emphasis as a filter, [taps]."""
        return emphasis_taps(self.emphasis, self.rate_hz)

    def _filtered(self, signal: Tensor) -> Tensor:
        """Where the filter has heard enough: [samples - taps + 1, sequences]."""
        if self.emphasis == "none":
            return signal
        if self.emphasis == "first-order":
            return signal[1:] - FIRST_ORDER * signal[:-1]
        taps = torch.as_tensor(self.taps[::-1].copy(), dtype=signal.dtype, device=signal.device)
        return torch.nn.functional.conv1d(signal.T[:, None], taps[None, None])[:, 0].T


def emphasis_taps(emphasis: Emphasis, rate_hz: int) -> NDArray[np.float64]:
    """The pre-emphasis at this rate, [taps]; A-weighting as a linear-phase filter, by the window method."""
    if emphasis == "none":
        return np.ones(1)
    if emphasis == "first-order":
        return np.array([1.0, -FIRST_ORDER])
    hz = np.asarray(np.fft.rfftfreq(16 * A_TAPS, 1 / rate_hz), dtype=np.float64)
    response = np.fft.irfft(a_weighting(hz))
    taps = np.roll(response, A_TAPS // 2)[:A_TAPS] * np.hamming(A_TAPS)
    return np.convolve(taps, [1.0, FIRST_ORDER]) if emphasis == "low-passed" else taps


def a_weighting(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gain of the A-weighting, 1 at 1 kHz."""

    def gain(f2: NDArray[np.float64]) -> NDArray[np.float64]:
        p1, p2, p3, p4 = (pole**2 for pole in A_POLES_HZ)
        found: NDArray[np.float64] = f2**2 / ((f2 + p1) * np.sqrt((f2 + p2) * (f2 + p3)) * (f2 + p4))
        return found

    return gain(hz**2) / gain(np.array(1_000.0**2))


def spectral(output: Tensor, target: Tensor, size: int) -> Tensor:
    """Spectral convergence plus the mean difference of log magnitudes, at one FFT size; Hann window."""
    found, wanted = (_magnitudes(signal, size) for signal in (output, target))
    convergence = torch.linalg.norm(wanted - found) / (torch.linalg.norm(wanted) + FLOOR)
    return convergence + torch.mean(torch.abs(torch.log(wanted) - torch.log(found)))


def esr(output: Tensor, target: Tensor) -> float:
    """Error-to-signal ratio, nothing emphasised: Σ error² / Σ target², in float64."""
    error, wanted = (target - output).double(), target.double()
    return float(torch.sum(error**2) / torch.sum(wanted**2))


def _ratio(error: Tensor, wanted: Tensor) -> Tensor:
    return torch.mean(error**2) / (torch.mean(wanted**2) + QUIET)


def _magnitudes(signal: Tensor, size: int) -> Tensor:
    window = torch.hann_window(size, dtype=signal.dtype, device=signal.device)
    spectrum = torch.stft(signal.T, size, size // 4, window=window, center=False, return_complex=True)
    # Not |spectrum|, whose slope at zero is not a number.
    return torch.sqrt(torch.clamp(spectrum.real**2 + spectrum.imag**2, min=FLOOR**2))
