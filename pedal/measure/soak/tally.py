"""Samples added up: counts as differences from the first sample, over every engine that there was meanwhile."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from pedal.histogram import BUCKETS
from pedal.link import RUNNING, STARTING, WAITING
from pedal.measure.soak.sample import Sample, Words
from pedal.measure.soak.spread import below_ns, least_of_longest_ns

Number = TypeVar("Number", int, float)

COUNTERS = ("heartbeat", "xruns_capture", "xruns_playback", "interruptions", "late", "clipped", "resets")
"""Words that only grow while an engine lives, and begin at zero with the next."""
ROUND = 2**64
MOST_POINTS = 1200
"""More are merged in pairs, so that a night takes no more memory than an hour."""
STUCK_S = 0.5
"""A heartbeat that stands still so long is no engine that plays."""

NO_LINK, NO_ENGINE, NO_CARD, NOT_YET, STUCK = (
    "no link",
    "no engine",
    "waiting for the card",
    "the engine was starting",
    "the engine was stuck",
)
"""Why nothing sounded."""


class Point(NamedTuple):
    """One stretch of time, for a picture; it ends at `at_s`."""

    at_s: float
    load: float | None
    """The mean share of the period; None where no engine ran."""
    longest_ns: int | None
    """What its longest compiled call stayed below; None where there was none, or it is beyond the buckets."""
    jitter_ns: int | None
    temperature_c: float | None
    clock_hz: float | None
    xruns: int = 0
    restarts: int = 0
    late: int = 0


class Tally:
    """What has been counted so far. The first sample is where everything starts."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTERS, 0)
        self.load = [0] * BUCKETS
        self.wake = [0] * BUCKETS
        self.restarts = 0
        """Engines that took another's place."""
        self.silent_s: dict[str, float] = {}
        """Seconds in which nothing sounded, by the reason, as finely as samples were taken."""
        self.seconds = 0.0
        self.load_sum_s = 0.0
        """The mean load, times the seconds it was the mean of."""
        self.temperatures_c: list[float] = []
        self.clocks_hz: list[float] = []
        self.flags_first: int | None = None
        self.flags = 0
        """All that were seen."""
        self.words: Words = {}
        """The last that there were."""
        self.points: list[Point] = []
        self._last: Sample | None = None
        self._process = 0
        self._counted: Mapping[str, int] | None = None
        self._load: Sequence[int] = ()
        self._wake: Sequence[int] = ()

    @property
    def xruns(self) -> int:
        """Both directions."""
        return self.counts["xruns_capture"] + self.counts["xruns_playback"]

    def add(self, sample: Sample) -> None:
        """Count what has happened since the sample before."""
        before, seen = (dict(self.counts), self.restarts), self._counted is not None
        load, wake = self._grown(sample)
        self._processor(sample)
        last, self._last = self._last, sample
        if last is None:
            return
        elapsed_s = sample.at_s - last.at_s
        self.seconds += elapsed_s
        grown = {name: self.counts[name] - before[0][name] for name in COUNTERS}
        reason = _silence(sample, not grown["heartbeat"] and seen and elapsed_s >= STUCK_S)
        if reason:
            self.silent_s[reason] = self.silent_s.get(reason, 0.0) + elapsed_s
        else:
            self.load_sum_s += sample.words["load"] * elapsed_s
        self._point(
            Point(
                sample.at_s,
                None if reason else float(sample.words["load"]),
                _longest(load),
                _longest(wake),
                sample.temperature_c,
                sample.clock_hz,
                grown["xruns_capture"] + grown["xruns_playback"],
                self.restarts - before[1],
                grown["late"],
            )
        )

    def _grown(self, sample: Sample) -> tuple[list[int], list[int]]:
        """Add what the engine has counted since; gives the same of the two histograms."""
        words = sample.words
        if not words:
            return [], []
        self.words = words
        # One that has ended leaves its counts behind; so does one that had ended before the first sample.
        process = (int(words["process"]) if sample.alive else 0) or self._process
        now = {name: int(words[name]) for name in COUNTERS}
        if self._counted is None:
            self._counted, self._load, self._wake = now, sample.load, sample.wake
        elif process != self._process:
            self.restarts += self._process != 0
            self._counted, self._load, self._wake = dict.fromkeys(COUNTERS, 0), [0] * BUCKETS, [0] * BUCKETS
        for name, count in now.items():
            self.counts[name] += since(self._counted[name], count)
        load, wake = (
            [since(*pair) for pair in zip(counted, counts, strict=True)]
            for counted, counts in ((self._load, sample.load), (self._wake, sample.wake))
        )
        for total, grown in ((self.load, load), (self.wake, wake)):
            total[:] = (one + more for one, more in zip(total, grown, strict=True))
        self._process, self._counted, self._load, self._wake = process, now, sample.load, sample.wake
        return load, wake

    def _processor(self, sample: Sample) -> None:
        if sample.temperature_c is not None:
            self.temperatures_c.append(sample.temperature_c)
        if sample.clock_hz is not None:
            self.clocks_hz.append(sample.clock_hz)
        if sample.flags is not None:
            self.flags_first = sample.flags if self.flags_first is None else self.flags_first
            self.flags |= sample.flags

    def _point(self, point: Point) -> None:
        self.points.append(point)
        if len(self.points) > MOST_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=False)
            odd = self.points[-1:] if len(self.points) % 2 else []
            self.points = [_merged(*pair) for pair in pairs] + odd


def since(before: int, now: int) -> int:
    """How much a counter of 64 bits has grown: past its end where that is nearer than a new beginning at zero."""
    grown = (now - before) % ROUND
    return grown if grown < ROUND // 2 else now


def _silence(sample: Sample, stuck: bool) -> str:
    """Why nothing sounds; empty where it does."""
    state = sample.words.get("state")
    reasons = (
        (not sample.words, NO_LINK),
        (not sample.alive, NO_ENGINE),
        (state == WAITING, NO_CARD),
        (state == STARTING, NOT_YET),
        (state != RUNNING, NO_ENGINE),
        (stuck, STUCK),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _longest(grown: Sequence[int]) -> int | None:
    """What the longest stayed below, or took at least where its bucket has no end; None where there was none."""
    return (below_ns(grown, 1.0) or least_of_longest_ns(grown)) if any(grown) else None


def _merged(first: Point, second: Point) -> Point:
    """Both stretches as one: what was worst, and what there was of counts together."""
    return Point(
        second.at_s,
        _most(first.load, second.load),
        _most(first.longest_ns, second.longest_ns),
        _most(first.jitter_ns, second.jitter_ns),
        _most(first.temperature_c, second.temperature_c),
        _least(first.clock_hz, second.clock_hz),
        first.xruns + second.xruns,
        first.restarts + second.restarts,
        first.late + second.late,
    )


def _most(first: Number | None, second: Number | None) -> Number | None:
    return max((value for value in (first, second) if value is not None), default=None)


def _least(first: Number | None, second: Number | None) -> Number | None:
    return min((value for value in (first, second) if value is not None), default=None)
