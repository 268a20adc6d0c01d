"""How far an amplifier's recording lies behind the guitar's, to the sample, and whether that stays so.

The lag is first sought where both recordings' cross-correlation is largest. What lies between them there is estimated
as a filter, by Welch's averaged spectra: the cross-spectrum over the guitar's own, which is the Roth processor of C.
Knapp and G. Carter, The generalized correlation method for estimation of time delay, IEEE Trans. ASSP-24, 1976. Its
largest sample comes late where a loudspeaker holds the sound back, and a model cannot look ahead; therefore the delay
is what is left when the filter's minimum phase, which follows from its magnitude, is taken out (A. Oppenheim and R.
Schafer, Discrete-time signal processing, on the complex cepstrum): what the amplifier's parts cannot have held back.
Clicks before the playing, where there are some, say it to a sample: from the click's first sample to the answer's.

What is found may be too late by a sample or two: a loudspeaker's answer begins below what can be told from nothing, and
filters of the second order and above come out one frame late, models of real amplifiers one or two (docs/training.md).
Taken out in full it would have the amplifier sound before the guitar, which no model can learn; left in, it is a short
delay, which every model can. Therefore SAFETY is left in.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Numbers = NDArray[np.float64]
By = Literal["clicks", "correlation"]

SAFETY: Mapping[By, int] = {"clicks": 1, "correlation": 2}
"""Frames of a delay that are left in; one for clicks, as the public trainer of Neural Amp Modeler does."""
SEARCHED_S = 300.0
"""Of both recordings, in which the lag is sought."""
HEAD_S = 20.0
"""From the first playing on, from which the filter is estimated: two clocks come little apart in it."""
WELCH = 4_096
"""Frames of a spectrum."""
REACH = WELCH // 4
"""Frames around the lag in which the filter is looked at."""
REGULAR = 1e-3
"""Of the guitar's mean spectrum, added to it: where it has nothing to say, the filter is nothing."""
LONGEST_S = 0.006
"""Of the filter, either way, when its magnitude is looked at."""
SMOOTH_BINS, COHERENT, LEFT = 33, 0.03, 0.03
"""Over how many frequencies is averaged; from which coherence on, and from what share that REGULAR has left of the
filter, it is believed there."""
CLICKS_S = 10.0
"""Clicks are looked for in so much of the beginning."""
CLICK, QUIET, QUIET_S, WIDE_S = 0.05, 0.05, 0.02, 0.0005
"""A click's least peak; what its surroundings may have of it, and how long; how long it may last, either way."""
ONSET, OVER_NOISE = 0.02, 3.0
"""A click has come at this share of its peak, and of the noise before it."""
WINDOWS, SHORTEST_S = 24, 2.0
"""Into which a recording is cut to follow the delay."""
SMOOTH_S = 0.003
"""Of the filter, either way, when the delay is followed. A longer one tells single partials apart, each of which sounds
at a time of its own: it would take the drift for its phase."""
OFF_S = 0.0005
"""By which the first or the last window has to be off the others' line to be no delay; a period of any guitar's note is
longer."""
HEARD = 0.5
"""Of the windows' median likeness, below which one is not asked."""


class Alignment(NamedTuple):
    """How two recordings lie to each other."""

    delay: int
    """Frames by which the amplifier comes after the guitar, as found."""
    by: By
    clicks: int
    """That were answered, all alike."""
    inverted: bool
    """The amplifier moves the other way."""
    explained: float
    """The share of the amplifier's power that a filter of the guitar explains, 0 to 1: its coherence."""
    response: Numbers
    """[2 · REACH + 1]: that filter, the delay by correlation in the middle."""
    seconds: Numbers
    """[windows]: the middle of each."""
    delays: Numbers
    """[windows]: frames, to a fraction."""

    @property
    def safe(self) -> int:
        """Of the delay, what may be taken out; of none, nothing: such files were cut to one start."""
        left = self.delay - SAFETY[self.by]
        return left if self.delay < 0 else max(0, left)

    @property
    def drift(self) -> float:
        """Frames by which the delay grows from the first window to the last, as a straight line."""
        if len(self.delays) < 3:
            return 0.0
        slope = np.polyfit(self.seconds, self.delays, 1)[0]
        return float(slope * (self.seconds[-1] - self.seconds[0]))

    @property
    def jump(self) -> tuple[float, float]:
        """Frames by which the delay is off its straight line at most, and the second at which it changes most."""
        if len(self.delays) < 3:
            return 0.0, 0.0
        line = np.polyval(np.polyfit(self.seconds, self.delays, 1), self.seconds)
        at = int(np.argmax(np.abs(np.diff(self.delays))))
        return float(np.max(np.abs(self.delays - line))), float(np.mean(self.seconds[at : at + 2]))


def align(clean: Samples, amp: Samples, rate_hz: int) -> Alignment | None:
    """Compare two recordings, [frames] each, at one rate; None where too little of both is left to compare."""
    searched = round(SEARCHED_S * rate_hz)
    lag = _lag(clean[:searched], amp[:searched])
    first, second = _shifted(clean, amp, lag)
    if len(first) < 4 * WELCH:
        return None
    response, coherence, left, explained = _response(*_head(first, second, rate_hz))
    peak = int(np.argmax(np.abs(response[WELCH // 2 - REACH : WELCH // 2 + REACH]))) - REACH
    early = _excess(np.roll(response, -peak), coherence, left, rate_hz)
    found = lag + peak + early
    around = np.roll(response, -peak)[WELCH // 2 - REACH : WELCH // 2 + REACH + 1]
    seconds, delays = _followed(*_shifted(clean, amp, lag + peak), around, rate_hz)
    clicks = _clicks(clean, amp, found, rate_hz)
    delay = round(float(np.median(clicks))) if len(clicks) else found
    inverted = bool(around[REACH] < 0.0)
    by: By = "clicks" if len(clicks) else "correlation"
    shown = np.roll(response, -peak - early)[WELCH // 2 - REACH : WELCH // 2 + REACH + 1]
    return Alignment(delay, by, len(clicks), inverted, explained, shown, seconds, delays + found)


def _shifted(clean: Samples, amp: Samples, delay: int) -> tuple[Samples, Samples]:
    """What both have when the amplifier comes `delay` frames sooner."""
    clean, amp = clean[max(0, -delay) :], amp[max(0, delay) :]
    frames = min(len(clean), len(amp))
    return clean[:frames], amp[:frames]


def _lag(clean: Samples, amp: Samples) -> int:
    """Where the recordings, their treble raised, are most alike."""
    size = _fast(len(clean) + len(amp))
    a, b = (np.fft.rfft(np.diff(sound, prepend=sound[:1]), size) for sound in (clean, amp))
    likeness = np.abs(np.fft.irfft(np.conj(a) * b, size))
    lag = int(np.argmax(likeness))
    return lag if lag < len(amp) else lag - size


def _fast(least: int) -> int:
    """A length that an FFT is fast at: 2^a, or three or five fourths of it."""
    power = 1 << (least - 1).bit_length()
    return next(size for size in (5 * power // 8, 3 * power // 4, power) if size >= least)


def _head(clean: Samples, amp: Samples, rate_hz: int) -> tuple[Samples, Samples]:
    """The first HEAD_S of playing."""
    energy = np.cumsum(clean.astype(np.float64) ** 2)
    size = max(4 * WELCH, round(HEAD_S * rate_hz))
    start = max(0, min(int(np.searchsorted(energy, 0.01 * energy[-1])), len(clean) - size))
    return clean[start : start + size], amp[start : start + size]


def _response(clean: Samples, amp: Samples) -> tuple[Numbers, Numbers, Numbers, float]:
    """The filter between them, [WELCH], no delay in the middle; and the share of the amplifier's power it explains.

    Between these two, [bins] each: the coherence, and what REGULAR has left of the filter.
    """
    window = np.hanning(WELCH)

    def spectra(sound: Samples) -> NDArray[np.complexfloating[Any, Any]]:
        frames = np.lib.stride_tricks.sliding_window_view(sound, WELCH)[:: WELCH // 2]
        return np.fft.rfft(frames * window, axis=1)

    a, b = spectra(clean), spectra(amp)
    cross, own, other = (np.sum(part, axis=0) for part in (np.conj(a) * b, np.abs(a) ** 2, np.abs(b) ** 2))
    regular = own + REGULAR * np.mean(own)
    response = np.fft.fftshift(np.fft.irfft(cross / regular, WELCH))
    explained = np.abs(cross) ** 2 / np.maximum(own, 1e-20)
    box = np.ones(SMOOTH_BINS)
    coherence = np.convolve(explained, box, "same") / np.maximum(np.convolve(other, box, "same"), 1e-20)
    share = float(np.sum(explained)) / max(float(np.sum(other)), 1e-20)
    left = np.convolve(own / regular, box / SMOOTH_BINS, "same")
    return np.asarray(response, dtype=np.float64), np.asarray(coherence, dtype=np.float64), left, share


def _excess(response: Numbers, coherence: Numbers, left: Numbers, rate_hz: int) -> int:
    """Frames from the filter's middle to where it begins, as far as its minimum phase tells; negative is before."""
    apart = (np.arange(WELCH) - WELCH // 2) / (LONGEST_S * rate_hz)
    short = response * np.where(np.abs(apart) < 1.0, np.cos(0.5 * np.pi * apart) ** 2, 0.0)
    spectrum = np.fft.rfft(np.fft.ifftshift(short))
    known = np.flatnonzero((coherence > COHERENT) & (left > LEFT) & (np.abs(spectrum) > 0.0))
    if not len(known):
        return 0
    magnitude = np.interp(np.arange(len(spectrum)), known, np.log(np.abs(spectrum[known]) / left[known]))
    cepstrum = np.fft.irfft(magnitude)
    cepstrum[1 : WELCH // 2] *= 2.0
    cepstrum[WELCH // 2 + 1 :] = 0.0
    phase = np.imag(np.fft.rfft(cepstrum))
    weight = np.zeros(len(spectrum))
    weight[known] = coherence[known]
    excess = np.abs(np.fft.irfft(weight * np.exp(1j * (np.angle(spectrum) - phase))))
    reach = round(LONGEST_S * rate_hz)
    return int(np.argmax(np.concatenate((excess[-reach:], excess[: reach + 1])))) - reach


def _followed(clean: Samples, amp: Samples, response: Numbers, rate_hz: int) -> tuple[Numbers, Numbers]:
    """Seconds and what is left of the delay there, frames, in as many windows as are like the filter's prediction.

    The prediction, not the guitar: an amplifier holds low notes back longer than high ones.
    """
    count = int(min(WINDOWS, len(clean) / (SHORTEST_S * rate_hz)))
    if count < 3:
        return np.empty(0), np.empty(0)
    size = len(clean) // count
    padded = _fast(size + len(response) + 2 * REACH)
    apart = (np.arange(len(response)) - REACH) / (SMOOTH_S * rate_hz)
    response = response * np.where(np.abs(apart) < 1.0, np.cos(0.5 * np.pi * apart) ** 2, 0.0)
    filtering = np.fft.rfft(response, padded) * np.exp(2j * np.pi * REACH * np.arange(padded // 2 + 1) / padded)
    found = []
    for number in range(count):
        part = slice(number * size, (number + 1) * size)
        a, b = (np.fft.rfft(sound[part].astype(np.float64), padded) for sound in (clean, amp))
        predicted = a * filtering
        likeness = np.fft.irfft(np.conj(predicted) * b, padded)
        power = np.sum(np.abs(predicted) ** 2) * np.sum(np.abs(b) ** 2)
        near = np.roll(likeness, REACH)[: 2 * REACH + 1]
        top = int(np.clip(np.argmax(near), 1, 2 * REACH - 1))
        before, at, after = near[top - 1 : top + 2]
        bend = before - 2.0 * at + after
        summit = top - REACH + (0.5 * (before - after) / bend if bend < 0.0 else 0.0)
        found.append(((number + 0.5) * size / rate_hz, summit, at * padded / 2 / np.sqrt(max(power, 1e-30))))
    seconds, delays, alike = np.array(found).T
    heard = alike > HEARD * np.median(alike)
    return seconds[heard], _settled(delays[heard], rate_hz)


def _settled(delays: Numbers, rate_hz: int) -> Numbers:
    """Each the middle one of itself and its neighbours: lost samples stay lost.

    What comes back at once was no delay, but one note held through a whole window, which is like itself periods later.
    The first and the last have one neighbour: far off the line through the next two, they are put on it,
    so that what is lost within them is not seen.
    """
    found = delays.copy()
    if len(delays) >= 3:
        found[1:-1] = np.median(np.lib.stride_tricks.sliding_window_view(delays, 3), axis=1)
        for edge, near, further in ((0, 1, 2), (-1, -2, -3)):
            line = 2.0 * found[near] - found[further] if len(delays) > 3 else found[near]
            if abs(delays[edge] - line) > OFF_S * rate_hz:
                found[edge] = line
    return found


def _clicks(clean: Samples, amp: Samples, near: int, rate_hz: int) -> Numbers:
    """[clicks]: the delay that each click of the beginning had; none unless they agree, and with the correlation."""
    found = []
    for click in _isolated(clean[: round(CLICKS_S * rate_hz)], rate_hz):
        expected = click + near
        begin, end = max(0, expected - REACH), expected + REACH
        quiet = amp[max(0, begin - round(QUIET_S * rate_hz)) : begin]
        answer = np.abs(amp[begin:end])
        if not len(quiet) or len(answer) < REACH:
            continue
        peak, noise = float(np.max(answer)), float(np.max(np.abs(quiet)))
        least = max(ONSET * peak, OVER_NOISE * noise)
        if peak > 2.0 * least:
            found.append(begin + int(np.argmax(answer > least)) - click)
    delays = np.array(found, dtype=np.float64)
    agreed = bool(len(delays)) and np.ptp(delays) <= 2 and abs(np.median(delays) - near) <= REACH // 2
    return delays if agreed else np.empty(0)


def _isolated(clean: Samples, rate_hz: int) -> list[int]:
    """The first sample of each click: a short peak between silences."""
    loud = np.abs(clean)
    quiet, wide = round(QUIET_S * rate_hz), max(2, round(WIDE_S * rate_hz))
    found, free = [], quiet
    for place in map(int, np.flatnonzero(loud >= CLICK)):
        if place < free or place + quiet >= len(loud):
            continue
        peak = place + int(np.argmax(loud[place : place + 2 * wide]))
        free = place + quiet
        aside = np.concatenate((loud[max(0, place - quiet) : place - wide], loud[peak + wide : peak + quiet]))
        if np.max(aside) < QUIET * loud[peak]:
            begin = max(0, place - wide)
            found.append(begin + int(np.argmax(loud[begin : peak + 1] > ONSET * loud[peak])))
    return found
