"""What a soak comes to: figures, and what they mean to somebody who listens."""

import statistics
from collections.abc import Mapping, Sequence

import msgspec

from pedal.errors import PedalError
from pedal.measure.soak.spread import Spread, spread
from pedal.measure.soak.tally import Point, Tally
from pedal.measure.throttling import SINCE_BOOT, named

HOT_C = 80.0
"""Where a Pi begins to slow down."""
NEAR = 0.8
"""Of the period: a call that took longer has nearly been too late."""


class Range(msgspec.Struct, frozen=True):
    """Of what was read now and then."""

    least: float
    median: float
    most: float


class History(msgspec.Struct, frozen=True):
    """Figures over time, all as long as `at_s`: each from the moment before to that one."""

    at_s: list[float] = []
    load: list[float | None] = []
    """Mean share of the period."""
    longest_us: list[float | None] = []
    """What the longest compiled call stayed below."""
    jitter_us: list[float | None] = []
    temperature_c: list[float | None] = []
    clock_mhz: list[float | None] = []
    xruns: list[int] = []
    restarts: list[int] = []
    late: list[int] = []


class Course(msgspec.Struct, frozen=True):
    """What was run."""

    wanted_s: float
    machine: str
    """Kernel and architecture."""
    simulated: bool
    """Whether the card was a simulated one."""
    stress: Mapping[str, str] = {}
    """Each load by its name, and what made it; empty where there was none."""
    throttling_source: str = ""
    """Where the flags come from, or why there are none."""


class Throttled(msgspec.Struct, frozen=True):
    """What the firmware said."""

    during: tuple[str, ...] | None = None
    """What was so at some moment of the soak; None where it is not known."""
    since_boot: tuple[str, ...] | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, as --json prints it. Counts are differences from the start."""

    course: Course
    seconds: float
    """Soaked; fewer than wanted where it was interrupted."""
    rate_hz: int
    period_frames: int
    model_played: bool
    periods: int
    xruns_capture: int
    xruns_playback: int
    interruptions: int
    late: int
    resets: int
    clipped: int
    restarts: int
    silent_s: Mapping[str, float]
    """Seconds without sound, by the reason."""
    load_mean: float | None
    """Share of the period."""
    load: Spread
    """Of the compiled calls."""
    jitter: Spread
    """Of how far the time between two periods was from a period."""
    load_histogram: list[int]
    wake_histogram: list[int]
    """In the buckets of pedal.histogram."""
    temperature_c: Range | None
    clock_mhz: Range | None
    throttled: Throttled
    history: History
    heard: list[str] = []
    """What a listener would have heard, in words."""
    warnings: list[str] = []

    @property
    def period_us(self) -> float:
        """How long a period lasts; 0 where no engine told."""
        return 1e6 * self.period_frames / self.rate_hz if self.rate_hz else 0.0

    @property
    def interrupted(self) -> bool:
        """Whether it ended before its time."""
        return self.seconds < self.course.wanted_s - 0.5

    @property
    def verdict(self) -> str:
        """In a line."""
        return f"it would be heard: {'; '.join(self.heard)}" if self.heard else "nothing of it would be heard"


def report(tally: Tally, course: Course) -> Report:
    """What the tally comes to."""
    words, counts = tally.words, tally.counts
    played_s = tally.seconds - sum(tally.silent_s.values())
    known = tally.flags_first is not None
    found = Report(
        course=course,
        seconds=round(tally.seconds, 2),
        rate_hz=int(words.get("rate_hz", 0)),
        period_frames=int(words.get("period_frames", 0)),
        model_played=bool(words.get("playing", 0)),
        periods=sum(tally.load),
        xruns_capture=counts["xruns_capture"],
        xruns_playback=counts["xruns_playback"],
        interruptions=counts["interruptions"],
        late=counts["late"],
        resets=counts["resets"],
        clipped=counts["clipped"],
        restarts=tally.restarts,
        silent_s={reason: round(seconds, 2) for reason, seconds in tally.silent_s.items()},
        load_mean=round(tally.load_sum_s / played_s, 4) if played_s > 0 else None,
        load=spread(tally.load),
        jitter=spread(tally.wake),
        load_histogram=list(tally.load),
        wake_histogram=list(tally.wake),
        temperature_c=_range(tally.temperatures_c),
        clock_mhz=_range([hertz / 1e6 for hertz in tally.clocks_hz]),
        throttled=Throttled(named(_during(tally)), named(tally.flags >> SINCE_BOOT)) if known else Throttled(),
        history=_history(tally.points),
    )
    return msgspec.structs.replace(found, heard=_heard(found), warnings=_warnings(found))


def encoded(found: Report) -> bytes:
    """The report as a line of JSON, with its verdict."""
    body = {"verdict": found.verdict, "interrupted": found.interrupted, "period_us": round(found.period_us, 1)}
    return msgspec.json.encode(body | msgspec.structs.asdict(found))


def decoded(data: bytes) -> Report:
    """The report that `encoded` made JSON.

    Raises:
        PedalError: it is none, or another version's.
    """
    try:
        return msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PedalError(
            f"the report of the soak cannot be read: {error}; is the pedal there another version?"
        ) from error


def counted(count: int, what: str) -> str:
    """So many of it, in words: 1 xrun, 2 xruns."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How often, in words."""
    return ("never", "once", "twice")[count] if count < 3 else f"{count} times"


def _during(tally: Tally) -> int:
    """What was so at a sample, and what has become so since boot that had not been at the first one."""
    first = tally.flags_first or 0
    return (tally.flags | (tally.flags & ~first) >> SINCE_BOOT) & (1 << SINCE_BOOT) - 1


def _heard(found: Report) -> list[str]:
    xruns = found.xruns_capture + found.xruns_playback
    told = (
        (xruns, f"{counted(xruns, 'xrun')} ({found.xruns_capture} capture, {found.xruns_playback} playback)"),
        (found.interruptions, counted(found.interruptions, "interruption") + " by the card"),
        (found.restarts, f"the engine was started again {times(found.restarts)}"),
        (found.resets, f"the model put out something that was no number {times(found.resets)}"),
        *((s, f"about {max(s, 0.1):.1f} s without sound: {reason}") for reason, s in found.silent_s.items()),
        (found.seconds and not found.periods and not found.silent_s, "not a single period was played"),
    )
    return [text for happened, text in told if happened]


def _warnings(found: Report) -> list[str]:
    longest_us, period_us = found.load.max_us, found.period_us
    near = longest_us is not None and period_us and NEAR * period_us < longest_us
    beyond = longest_us is None and any(found.load_histogram)
    hottest = found.temperature_c.most if found.temperature_c else 0.0
    told = (
        (found.interrupted, f"it was ended after {found.seconds:.0f} of {found.course.wanted_s:.0f} s"),
        (found.late, f"{counted(found.late, 'period')} came late; with a shorter buffer that would have been heard"),
        (near or beyond, "the longest call came near the period's end, or beyond it; a lighter model leaves more room"),
        (hottest >= HOT_C, f"the processor was at {hottest:.0f} °C and may slow down; cool it"),
        (found.throttled.during, f"the processor was held back: {', '.join(found.throttled.during or ())}"),
        (
            "undervoltage" in (found.throttled.during or ()),
            "the supply was too weak; use a 5.1 V 3 A one with a short cable",
        ),
        (not found.model_played, "no model played: the load is that of bypass"),
        (found.course.simulated, "the card was a simulated one: jitter and load are this computer's, not a card's"),
    )
    return [text for holds, text in told if holds]


def _range(values: Sequence[float]) -> Range | None:
    if not values:
        return None
    return Range(*(round(value, 1) for value in (min(values), statistics.median(values), max(values))))


def _history(points: Sequence[Point]) -> History:
    return History(
        at_s=[round(point.at_s, 2) for point in points],
        load=[None if point.load is None else round(point.load, 4) for point in points],
        longest_us=[_us(point.longest_ns) for point in points],
        jitter_us=[_us(point.jitter_ns) for point in points],
        temperature_c=[point.temperature_c for point in points],
        clock_mhz=[None if point.clock_hz is None else round(point.clock_hz / 1e6, 1) for point in points],
        xruns=[point.xruns for point in points],
        restarts=[point.restarts for point in points],
        late=[point.late for point in points],
    )


def _us(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1000.0
