"""When each sweep came back, to a fraction of a frame, and what else can be told from what was captured.

The delay is where the cross-correlation of what was captured with what was played is largest: the matched filter, which
is the most likely delay in white noise (Turin, An introduction to matched filters, IRE Trans. IT-6, 1960; Knapp and
Carter, The generalized correlation method for estimation of time delay, IEEE Trans. ASSP-24, 1976). Between frames the
correlation is known as well, because it has no frequencies above the sweep's: it is interpolated by a windowed sinc
to 1/32 of a frame, and only then by a parabola, whose bias on whole frames is up to a few hundredths (Boucher and
Hassab, IEEE Trans. ASSP-29, 1981).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.measure.latency.signal import Samples, Signal

STEPS = 32
"""Into which a frame is divided before the parabola."""
REACH_FRAMES = 32
"""Of the interpolation, each way."""
KAISER_BETA = 10.0
LEAST_CONTRAST = 8.0
"""Of the mean correlation's peak to what noise leaves of itself in a mean: noise alone reaches 4 or 5."""
MEDIAN_OF_NORMAL = 0.6745
"""The median of a normal distribution's absolute value, in standard deviations."""
LEAST_SHARE = 0.5
"""Of the usual peak, by which the first sweep is told from the silence before it."""
USUAL_SHARE = 0.7
"""Of the best one's height, with which the expected one is still taken for it."""
NEAR_FRAMES = 2
LEAST_SWEEPS = 2
LEAST_AMPLITUDE = 1e-7
"""-140 dBFS: less is what is left over in computing."""


class Detection(NamedTuple):
    """The test signal, as it was found in one channel."""

    delays: NDArray[np.float64]
    """[sweeps]: frames from a frame's being written to its being captured."""
    amplitude: float
    """Of the captured sweeps, full scale = 1; negative where their polarity is inverted."""
    error_frames: float
    """What noise is expected to do to one delay, one standard deviation."""
    snr_db: float
    """Power of the sweeps, while they sound, to the noise's within their band."""
    response: NDArray[np.float64]
    """[cycle_frames]: the mean correlation from its peak on, the peak being 1."""


def detect(captured: Samples, signal: Signal) -> Detection | None:
    """Find the signal in one channel, [frames], whose frame 0 was captured first; None where it is not there."""
    cycle, lead = signal.cycle_frames, signal.lead_frames
    sweep = signal.sweep()
    sweep /= np.max(np.abs(sweep))
    correlation = _correlated(captured - np.mean(captured), sweep)
    cycles = (len(captured) - lead) // cycle
    if cycles < LEAST_SWEEPS:
        return None
    table = correlation[lead : lead + cycles * cycle].reshape(cycles, cycle)
    mean = np.median(table, axis=0)  # the sweeps that have not come yet do not count, nor one that was lost
    peak = int(np.argmax(np.abs(mean)))
    height = float(mean[peak])
    energy = float(np.sum(sweep**2))
    around = float(np.median(np.abs(table - mean))) / MEDIAN_OF_NORMAL
    if abs(height) < max(LEAST_AMPLITUDE * energy, LEAST_CONTRAST * around / cycles**0.5):
        return None
    upright = correlation * np.sign(height)
    came, places = _places(upright, lead + np.arange(cycles) * cycle + peak, cycle)
    first = int(came[0]) if len(came) else 0
    inside = (places >= REACH_FRAMES + 1) & (places < len(captured) - signal.sweep_frames)
    if np.count_nonzero(inside) < LEAST_SWEEPS:
        return None
    noise = _noise(table[came[1:-1] if len(came) > LEAST_SWEEPS + 1 else came], mean)
    return Detection(
        delays=_summits(upright, places[inside]) - lead - (came[inside] - first) * cycle,
        amplitude=height / energy,
        error_frames=noise / (abs(height) * _bandwidth(sweep)),
        snr_db=float(20.0 * np.log10(max(abs(height) / max(noise, 1e-12), 1e-6)) - _gain_db(signal)),
        response=np.roll(mean, -peak) / height,
    )


def _places(
    correlation: Samples, expected: NDArray[np.int64], cycle: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the expected sweeps came, counted from 0, and at which frame each of them did.

    It is the expected one unless there is a clearly better one within half a cycle, as after frames were lost.
    """
    apart = np.arange(-(cycle // 2), cycle // 2 + 1)
    near = correlation[np.clip(expected[:, np.newaxis] + apart, 0, len(correlation) - 1)]
    best = np.argmax(near, axis=1)
    middle = slice(cycle // 2 - NEAR_FRAMES, cycle // 2 + NEAR_FRAMES + 1)
    usual = middle.start + np.argmax(near[:, middle], axis=1)
    rows = np.arange(len(expected))
    picked = np.where(near[rows, usual] > USUAL_SHARE * near[rows, best], usual, best)
    heights = near[rows, picked]
    came = np.flatnonzero(heights > LEAST_SHARE * np.median(heights))
    return came, (expected + apart[picked])[came]


def _correlated(captured: Samples, sweep: Samples) -> Samples:
    """[frames]: how much of a sweep begins at each of the captured frames."""
    size = len(captured) + len(sweep)
    spectrum = np.fft.rfft(captured, size) * np.conj(np.fft.rfft(sweep, size))
    correlation: Samples = np.fft.irfft(spectrum, size)[: len(captured)]
    return correlation


def _summits(correlation: Samples, places: NDArray[np.int64]) -> Samples:
    """Where the correlation is largest within a frame of each of the places, [places]."""
    offsets = np.arange(-STEPS - 1, STEPS + 2) / STEPS
    frames = np.arange(-REACH_FRAMES, REACH_FRAMES + 1)
    apart = offsets[:, np.newaxis] - frames
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(1.0 - (apart / (REACH_FRAMES + 2)) ** 2, 0.0))) / np.i0(KAISER_BETA)
    near = correlation[np.minimum(places[:, np.newaxis] + frames, len(correlation) - 1)]
    fine = near @ (np.sinc(apart) * window).T  # [places][offsets]
    top = np.clip(np.argmax(fine, axis=1), 1, len(offsets) - 2)
    rows = np.arange(len(places))
    before, at, after = fine[rows, top - 1], fine[rows, top], fine[rows, top + 1]
    bend = before - 2.0 * at + after
    aside = np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, -1.0), 0.0)
    summits: Samples = places + offsets[top] + aside / STEPS
    return summits


def _noise(table: Samples, mean: Samples) -> float:
    """What is not the same in every cycle of the correlation, RMS."""
    return float(np.sqrt(np.mean((table - mean) ** 2))) if len(table) > 1 else 0.0


def _bandwidth(sweep: Samples) -> float:
    """The sweep's RMS bandwidth in radians a frame, by which noise becomes error (the Cramér-Rao bound)."""
    power = np.abs(np.fft.rfft(sweep)) ** 2
    omega = np.linspace(0.0, np.pi, len(power))
    return float(np.sqrt(np.sum(power * omega**2) / np.sum(power)))


def _gain_db(signal: Signal) -> float:
    """By how much the matched filter betters the ratio: twice bandwidth times length, for noise within the band."""
    low_hz, high_hz = signal.band_hz
    return float(10.0 * np.log10(2.0 * (high_hz - low_hz) * signal.sweep_frames / signal.rate_hz))
