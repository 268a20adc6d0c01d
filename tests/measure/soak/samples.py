"""Samples as an engine of a certain age would have left them."""

from pedal.link import RUNNING, WORDS
from pedal.measure.soak.sample import Sample

A_SECOND = 689
"""Periods of 64 frames at 44.1 kHz."""


def counts(**buckets: int) -> tuple[int, ...]:
    """A histogram with so many in each: b7=3."""
    return tuple(buckets.get(f"b{number}", 0) for number in range(64))


def sample(
    at_s: float, process: int = 100, *, age_s: float | None = None, alive: bool = True, **words: float
) -> Sample:
    """After the engine has run for `age_s`; by default for as long as the soak, and for ten seconds before it."""
    beats = int(A_SECOND * (at_s + 10.0 if age_s is None else age_s))
    usual = {word.name: word.default for word in WORDS} | {
        "state": RUNNING,
        "process": process,
        "heartbeat": beats,
        "rate_hz": 44_100,
        "period_frames": 64,
        "playing": 5,
        "load": 0.2,
    }
    return Sample(at_s, usual | words, alive, counts(b20=beats), counts(b12=beats))


def nothing(at_s: float) -> Sample:
    """No link at all."""
    return Sample(at_s, {})
