"""What `pedal soak` says and draws of a soak, here or on another machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli.notes import rows, show

if TYPE_CHECKING:
    from rich.text import Text

    from pedal.measure.soak.report import Range, Report
    from pedal.measure.soak.spread import Spread

BAR = 30
"""Letters of the fullest row of the histogram."""


def present(found: "Report", as_json: bool, picture: Path | None) -> None:
    """Say it, and draw it where that is wanted."""
    from pedal.measure.soak.report import encoded

    if picture is not None:
        from pedal.measure.soak.picture import save

        save(picture, found)
    if as_json:
        print(encoded(found).decode())
    else:
        show(lines(found, picture))


def present_printed(data: bytes, as_json: bool, picture: Path | None) -> None:
    """The same of one that another process printed as JSON.

    Raises:
        PedalError: it is none.
    """
    from pedal.measure.soak.report import decoded

    present(decoded(data), as_json, picture)


def lines(found: "Report", picture: Path | None = None) -> "Text":
    """The report as a person reads it."""
    from pedal.measure.soak.report import times

    what = "a simulated engine" if found.course.simulated else "the engine"
    under = "under load" if found.course.stress else "without load"
    heat, clock = found.temperature_c, found.clock_mhz
    table = [
        ("soaked", f"{found.seconds / 60:.1f} minutes, {what}, {under}; {found.course.machine}"),
        *((name, words) for name, words in found.course.stress.items()),
        ("xruns", f"{found.xruns_capture} capture, {found.xruns_playback} playback"),
        ("engine", f"{times(found.restarts)} started again; {found.interruptions} interruptions by the card"),
        ("late", f"{found.late} of {found.periods} periods"),
        ("load", _load(found)),
        ("jitter", f"{_spread(found.jitter)} from the time at which a period was due"),
        *_histogram(found.wake_histogram),
        ("processor", _range(heat, "°C", "the temperature is not told on this machine")),
        ("clock", _range(clock, "MHz", "not told on this machine")),
        ("throttling", _throttling(found)),
        *(("note", warning) for warning in found.warnings),
        *([("picture", str(picture))] if picture else []),
        ("verdict", found.verdict),
    ]
    return rows(table, width=12)


def _load(found: "Report") -> str:
    """As shares of the period, where it is known how long one is."""
    if not found.period_us or found.load_mean is None:
        return "nothing was played"
    shares = [None if value is None else value / found.period_us for value in _values(found.load)]
    texts = ["beyond" if share is None else f"{share:.1%}" for share in shares]
    return (
        f"mean {found.load_mean:.1%} of the period ({found.period_frames} frames, {found.period_us:.0f} µs); "
        f"half below {texts[0]}, 99 % below {texts[1]}, 99.9 % below {texts[2]}, all below {texts[3]}"
    )


def _spread(spread: "Spread") -> str:
    texts = ["above 47 ms" if value is None else f"below {_microseconds(value)}" for value in _values(spread)]
    return f"half {texts[0]}, 99 % {texts[1]}, 99.9 % {texts[2]}, all {texts[3]}"


def _microseconds(value: float) -> str:
    """In two or three digits."""
    if value >= 10_000.0:
        return f"{value / 1000:.0f} ms"
    return f"{value / 1000:.1f} ms" if value >= 1000.0 else f"{value:.{0 if value >= 10.0 else 1}f} µs"


def _values(spread: "Spread") -> tuple[float | None, ...]:
    return spread.p50_us, spread.p99_us, spread.p999_us, spread.max_us


def _histogram(counts: Sequence[int]) -> list[tuple[str, str]]:
    """A row an octave, as long as the logarithm of its count."""
    from math import log10

    from pedal.measure.soak.spread import end_ns

    octaves = [(end_ns(first + 3), sum(counts[first : first + 4])) for first in range(0, len(counts), 4)]
    filled = [number for number, (_, count) in enumerate(octaves) if count]
    if not filled:
        return []
    most = log10(1 + max(count for _, count in octaves))
    found = []
    for end, count in octaves[filled[0] : filled[-1] + 1]:
        upto = "more" if end is None else f"< {_microseconds(end / 1000)}"
        bar = "█" * round(BAR * log10(1 + count) / most)
        found.append((f"{upto:>10}", f"{bar} {count}".strip()))
    return found


def _range(found: "Range | None", unit: str, otherwise: str) -> str:
    if found is None:
        return otherwise
    return f"{found.least:.0f} to {found.most:.0f} {unit}, median {found.median:.0f}"


def _throttling(found: "Report") -> str:
    during, since_boot = found.throttled.during, found.throttled.since_boot
    if during is None or since_boot is None:
        return found.course.throttling_source
    return f"{', '.join(during) or 'none'}; since the machine was started: {', '.join(since_boot) or 'none'}"
