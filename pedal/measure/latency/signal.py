"""The test signal: silence, then one short sweep after the other, all alike."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.measure.level import gain

Samples = NDArray[np.float64]

CYCLE_S = 0.0463
"""From one sweep to the next: no whole number of periods of the mains, so that hum is another in each."""
SWEEP_S = 0.020
LEAD_CYCLES = 3
"""Of silence before the first sweep: what is captured then is noise."""
LOWEST_HZ = 400.0
"""Above hum and most of its harmonics."""
HIGHEST_HZ = 10_000.0
HIGHEST_SHARE = 0.4
"""Of the sample rate: every converter passes that."""
FLANK = 0.3
"""Share of the sweep in which it is faded in and out, so that it has no sound beyond its band."""


class Signal(NamedTuple):
    """The test signal at a sample rate. Frame 0 is the first one that is written in answer to a captured one."""

    rate_hz: int

    @property
    def cycle_frames(self) -> int:
        """From one sweep's begin to the next one's."""
        return round(CYCLE_S * self.rate_hz)

    @property
    def lead_frames(self) -> int:
        """Silence before the first sweep."""
        return LEAD_CYCLES * self.cycle_frames

    @property
    def sweep_frames(self) -> int:
        """How long a sweep sounds."""
        return round(SWEEP_S * self.rate_hz)

    @property
    def band_hz(self) -> tuple[float, float]:
        """Where its frequencies lie."""
        return LOWEST_HZ, min(HIGHEST_HZ, HIGHEST_SHARE * self.rate_hz)

    def sweep(self, late_frames: float = 0.0) -> Samples:
        """One cycle of it, [cycle_frames], at full scale, begun so much later than its first frame.

        The same formula for any fraction of a frame; a linear sweep under cosine flanks (Tukey's window).
        """
        low_hz, high_hz = self.band_hz
        at = (np.arange(self.cycle_frames) - late_frames) / self.sweep_frames
        inside = (at >= 0.0) & (at <= 1.0)
        at = np.clip(at, 0.0, 1.0)
        seconds = at * self.sweep_frames / self.rate_hz
        slope = (high_hz - low_hz) * self.rate_hz / self.sweep_frames
        edge = np.clip(np.minimum(at, 1.0 - at) / (FLANK / 2.0), 0.0, 1.0)
        window = 0.5 - 0.5 * np.cos(np.pi * edge)
        swept: Samples = window * np.sin(2.0 * np.pi * (low_hz + 0.5 * slope * seconds) * seconds)
        return np.where(inside, swept, 0.0)

    def frames(self, seconds: float) -> int:
        """How many frames a take of so many seconds has, the lead not counted: whole cycles, and at least three."""
        return self.lead_frames + max(3, round(seconds / CYCLE_S)) * self.cycle_frames

    def samples(self, frames: int, level_dbfs: float) -> Samples:
        """[frames] of lead and sweeps, whose peak is at level_dbfs."""
        whole = np.zeros(frames)
        sweep = self.sweep()
        sweep *= gain(level_dbfs) / np.max(np.abs(sweep))
        cycles = -(-max(frames - self.lead_frames, 0) // self.cycle_frames)
        whole[self.lead_frames :] = np.tile(sweep, cycles)[: max(frames - self.lead_frames, 0)]
        return whole
