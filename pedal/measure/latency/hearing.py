"""What one take has to say: the signal in each channel, and everything that may be wrong with it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.measure.latency.detection import Detection, detect
from pedal.measure.latency.echo import Echo, echo
from pedal.measure.latency.signal import Signal
from pedal.measure.level import dbfs

SETTLING = 0.3
"""Of the lead, in which a converter may still be starting up."""
CLIPPED_FRAMES = 3
"""So many at full scale, and it is no chance."""
CHANNELS_APART = 10.0
"""20 dB: a channel so much louder than the wanted one has the cable; the other only hears it from beside."""
GAP = 0.2
"""Of a cycle, at its end: nothing sounds there, unless something goes round and round."""
HOWLING = 0.3
"""Of what sounds, in the gap; and so much louder than before the first sweep."""


class Hearing(NamedTuple):
    """One take, heard on the channel that the guitar comes in by."""

    detection: Detection | None
    elsewhere: int
    """The channel, counted from 1, that has the signal instead; 0: none."""
    peak_dbfs: float
    """Of the signal where it was found, else of everything."""
    noise_dbfs: float
    """RMS before the first sweep, without its mean."""
    dc: float
    """Mean before the first sweep, full scale = 1."""
    clipped: bool
    howls: bool
    """Whether it is as loud between the sweeps as in them, or reached full scale before anything was played."""
    echo: Echo | None


def hear(captured: NDArray[np.float64], signal: Signal, channel: int, highest: float) -> Hearing:
    """Listen to a take, [frames][channels]; `highest` is the largest sample that the format holds."""
    found = [detect(captured[:, number], signal) for number in range(captured.shape[1])]
    wanted = found[channel - 1]
    loudness = [abs(one.amplitude) if one else 0.0 for one in found]
    loudest = int(np.argmax(loudness))
    away = loudness[loudest] > CHANNELS_APART * loudness[channel - 1]
    samples = captured[:, channel - 1]
    before = samples[round(SETTLING * signal.lead_frames) : signal.lead_frames]
    dc = float(np.mean(before)) if len(before) else 0.0
    noise = float(np.std(before)) if len(before) else 0.0
    return Hearing(
        detection=wanted,
        elsewhere=loudest + 1 if away else 0,
        peak_dbfs=dbfs(abs(wanted.amplitude) if wanted else float(np.max(np.abs(samples - dc), initial=0.0))),
        noise_dbfs=dbfs(noise),
        dc=dc,
        clipped=_clips(samples, highest),
        howls=_clips(samples[: signal.lead_frames], highest) or _howls(samples - dc, signal, wanted, noise),
        echo=echo(wanted.response, signal) if wanted else None,
    )


def _clips(samples: NDArray[np.float64], highest: float) -> bool:
    return int(np.count_nonzero(np.abs(samples) >= highest)) >= CLIPPED_FRAMES


def _howls(samples: NDArray[np.float64], signal: Signal, found: Detection | None, noise: float) -> bool:
    """Whether the gaps between the sweeps are full of something that was not there before the first."""
    after = samples[signal.lead_frames :]
    cycles = len(after) // signal.cycle_frames
    if not cycles:
        return False
    late = round(float(np.median(found.delays))) if found else 0
    places = np.roll(after[: cycles * signal.cycle_frames], -late % signal.cycle_frames).reshape(cycles, -1)
    loudness = np.sqrt(np.mean(places[:, : signal.sweep_frames] ** 2))
    gap = np.sqrt(np.mean(places[:, -round(GAP * signal.cycle_frames) :] ** 2))
    return bool(gap > HOWLING * loudness and gap > 1.0 / HOWLING * max(noise, 1e-4))
