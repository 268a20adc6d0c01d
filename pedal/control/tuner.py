"""The tuner: which note the guitar is playing, and how far off it is.

A look at the newest samples leaves out what came before the last attack, seeks the period in 100 ms by the McLeod Pitch
Method (McLeod and Wyvill, "A smarter way to find pitch", Proceedings of the International Computer Music Conference,
2005), and has `pitch.py` find the first partial from there. Its first partial counts only if what it leaves over is
little, and its partials are those of one string: not every other one, which is an octave too low, not those of a fifth.

A look is a few milliseconds of numpy on small matrices: set OPENBLAS_NUM_THREADS=1 before numpy is imported.
"""

import math
from collections import deque
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pedal.control.pitch import CENTS, MAINS_HZ, Moment, Partials, Real, first_partial
from pedal.link import RING_FRAMES, Link

NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
HALF_WRITTEN = 64
"""The ring's oldest frames, which the engine may be overwriting."""

LOWEST_HZ, HIGHEST_HZ = 26.5, 1450.0
QUIETEST = 10 ** (-55 / 20)
"""Root mean square, full scale = 1: there is nothing to hear below."""
LEAST_S, NEWEST_S = 0.04, 0.1
"""An answer takes so much of a note; more than the other only where that does not do."""
LEAST_PERIODS = 3.95
"""With fewer, neighbouring partials cannot be told apart."""
THIN_HZ = 22_050
"""About the rate at which a period is sought."""
FINE_CENTS, MOST_CENTS = 0.33, 1.2
"""Standard errors: more sound is taken for a finer one than the first; beyond the second there is no answer."""
MOST_UNEXPLAINED, ANOTHER_UNEXPLAINED = 0.03, 0.1
"""Share of the power that an answer may leave over; beyond the second, another period is tried."""
HUM_CENTS = 2.0
"""How far the mains may be off."""
HUM_DECAY = 0.1
"""1/s: what decays more slowly, at a frequency of the mains and without an attack, is hum."""

ATTACK_S, ATTACK_BLOCKS, ATTACK_GAP = 0.001, 44, 38
"""A block, how many of them an attack is compared with, and how many may be between two of one attack."""

LOOKS = 5
"""An answer is the median of so many looks at the same note."""
SAME_CENTS = 8.0
"""What is farther from that median is another note, or the same one plucked again, and is shown at once."""
HELD_LOOKS = 2
"""A note is held for so many looks in which nothing was found."""


def ring_tail(link: Link, frames: int = RING_FRAMES) -> NDArray[np.float32] | None:
    """The guitar's newest samples, at most so many, [frames], the newest last; None where there are none."""
    written = int(link.get("ring_frames"))
    ring = np.array(link.ring, np.float32)
    begun = int(link.get("ring_frames"))
    first = max(0, written - frames, begun + HALF_WRITTEN - RING_FRAMES)
    if begun < written or first >= written:  # a new engine counts from 0
        return None
    return ring[np.arange(first, written) % RING_FRAMES]


def named(hz: float, reference_hz: float, flat: int) -> tuple[str, int, float]:
    """The nearest note, its octave, and how many cents the sound is above it, -50 to 50.

    `flat` is how many semitones the strings are tuned down: notes are named as if they were not.
    """
    semitones = 69 + flat + CENTS / 100 * math.log(hz / reference_hz)
    nearest = math.floor(semitones + 0.5)
    return NOTES[nearest % 12], nearest // 12 - 1, 100 * (semitones - nearest)


class Pitch:
    """Hears which note is sounding, by looks that are about 50 ms apart."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._looks: deque[float] = deque(maxlen=LOOKS)
        self._missed = 0

    def hear(self, samples: NDArray[np.float32]) -> float | None:
        """The first partial, in Hz, of the note at the end of these samples, [frames]; None where there is none."""
        found = heard(samples, self._rate_hz)
        if found is None:
            self._missed += 1
            if self._missed > HELD_LOOKS:
                self._looks.clear()
        else:
            self._missed = 0
            if self._looks and abs(CENTS * math.log(found.first_hz / median(self._looks))) > SAME_CENTS:
                self._looks.clear()
            self._looks.append(found.first_hz)
        return median(self._looks) if self._looks else None


def heard(samples: NDArray[np.float32], rate_hz: int) -> Partials | None:
    """What one look at the newest samples, [frames], finds; None where it is not sure of anything."""
    sound = np.asarray(samples, np.float64)
    newest = sound[-round(NEWEST_S * rate_hz) :]
    level = math.sqrt(float(newest @ newest) / max(len(newest), 1))
    if not QUIETEST <= level < math.inf:
        return None
    attack = _attack(sound, rate_hz)
    note = sound[attack:]
    if len(note) < LEAST_S * rate_hz:
        return None
    for rough_hz in _rough(note[-len(newest) :], rate_hz):
        found = _refined(note, rate_hz, rough_hz)
        if found is not None and found.unexplained < ANOTHER_UNEXPLAINED and _is_string(found):
            sure = found.unexplained < MOST_UNEXPLAINED and found.error_cents < MOST_CENTS
            return found if sure and (attack > 0 or not _is_hum(note, rate_hz, found.first_hz)) else None
    return None


def _attack(sound: Real, rate_hz: int) -> int:
    """Where the last attack begins; 0 where there is none.

    An attack is a block that is louder by far than each one in a period of the lowest note before it: by 6 dB, or by
    10 dB in what is left of the bass by taking differences, where a pick is heard above a note that rings. It begins
    with the first of several such blocks.
    """
    size = round(ATTACK_S * rate_hz)
    count, begun = len(sound) // size, 0
    if count <= ATTACK_BLOCKS:
        return 0
    lead = len(sound) - count * size
    for signal, rise in ((sound, 2.0), (np.diff(sound, prepend=sound[:1]), 3.0)):
        peaks = np.abs(signal[lead:]).reshape(count, size).max(axis=1)
        before = np.lib.stride_tricks.sliding_window_view(peaks, ATTACK_BLOCKS)[:-1].max(axis=1)
        louder = np.flatnonzero(peaks[ATTACK_BLOCKS:] > rise * before)
        if len(louder):
            apart = np.flatnonzero(np.diff(louder) > ATTACK_GAP)
            first = int(louder[apart[-1] + 1 if len(apart) else 0])
            begun = max(begun, lead + (ATTACK_BLOCKS + first) * size)
    return begun


def _rough(sound: Real, rate_hz: int) -> list[float]:
    """Pitches in Hz that the period may have, the likeliest first, at most three."""
    step = max(1, round(rate_hz / THIN_HZ))
    thin_hz = rate_hz / step
    likeness = _likeness(sound[len(sound) % step :].reshape(-1, step).mean(axis=1))[: int(thin_hz / LOWEST_HZ) + 2]
    lags, heights = _maxima(likeness)
    fits = (lags > 0.9 * thin_hz / HIGHEST_HZ) & (heights > 0.5)
    lags, heights = lags[fits], heights[fits]
    if not len(lags):
        return []
    first = int(np.argmax(heights > 0.97 * heights.max()))
    return [thin_hz / lags[index] for index in sorted(range(len(lags)), key=lambda index: index != first)[:3]]


def _likeness(sound: Real) -> Real:
    """The normalised square difference function, -1 to 1, [lags], for lags up to half of the sound."""
    size = 1 << (2 * len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size)
    lags = np.arange(len(sound) // 2)
    products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: len(lags)]
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    both = energy[len(sound) - lags] + energy[-1] - energy[lags]
    likeness: Real = 2 * products / np.maximum(both, 1e-30)
    return likeness


def _maxima(likeness: Real) -> tuple[Real, Real]:
    """Lag and height of the highest point between each rise above 0 and the next, by a parabola through three."""
    rises = np.flatnonzero((likeness[1:] > 0) & (likeness[:-1] <= 0)) + 1
    ends = np.append(rises, len(likeness))[1:]
    tops = np.array([rise + int(np.argmax(likeness[rise:end])) for rise, end in zip(rises, ends, strict=True)], int)
    tops = tops[tops < len(likeness) - 1]
    left, top, right = likeness[tops - 1], likeness[tops], likeness[tops + 1]
    slope, bend = (right - left) / 2, np.minimum(left - 2 * top + right, -1e-12)
    return tops - slope / bend, top - slope**2 / (2 * bend)


def _refined(note: Real, rate_hz: int, rough_hz: float) -> Partials | None:
    """The first partial near there, from as little sound as it takes; None where there is too little of it."""
    best: Partials | None = None
    for seconds in (max(NEWEST_S, 6 / rough_hz), max(NEWEST_S, 4 / rough_hz), 1.0):
        frames = min(len(note), round(seconds * rate_hz)) // 32 * 32  # a length that the FFT takes quickly
        if frames * rough_hz < LEAST_PERIODS * rate_hz:
            break
        found = first_partial(Moment(note[-frames:], rate_hz), rough_hz)
        steady = best is None or found.unexplained < 2 * best.unexplained + 1e-4  # its pitch did not glide meanwhile
        if best is None or (steady and found.error_cents < best.error_cents):
            best = found
        if best.error_cents < FINE_CENTS:
            break
    return best


def _is_string(found: Partials) -> bool:
    """Whether these are the partials of one string of that pitch."""
    shares = found.powers / found.powers.sum()
    too_low = max(shares[1::2].sum(), shares[2::3].sum()) > 0.99
    fifth = len(shares) > 4 and shares[0] + shares[4] < 0.004  # partials 2, 4, 6... and 3, 6, 9...
    return LOWEST_HZ <= found.first_hz <= HIGHEST_HZ and shares[0] > 0.0008 and not too_low and not fifth


def _is_hum(note: Real, rate_hz: int, hz: float) -> bool:
    """Whether a sound of this pitch is the mains: a multiple of its frequency, and no decay."""
    multiples = [mains * max(1, round(hz / mains)) for mains in MAINS_HZ]
    if min(abs(CENTS * math.log(hz / multiple)) for multiple in multiples) > HUM_CENTS:
        return False
    found = first_partial(Moment(note[-(len(note) // 32 * 32) :], rate_hz), hz)
    return found.decay < HUM_DECAY + 3 * found.decay_error
