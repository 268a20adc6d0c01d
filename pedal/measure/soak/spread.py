"""How durations are spread, from counts in the buckets of pedal.histogram."""

from collections.abc import Sequence

import msgspec

from pedal.histogram import BUCKETS, floor_ns

SHARES = (0.5, 0.99, 0.999, 1.0)
"""What `Spread` has, in its order."""


class Spread(msgspec.Struct, frozen=True):
    """Least bounds that so many of the durations stay below: each a bucket's end, so at most 19 % above the true one.

    None: the bound lies in the last bucket, which has no end; also where nothing was counted.
    """

    p50_us: float | None = None
    p99_us: float | None = None
    p999_us: float | None = None
    max_us: float | None = None


def spread(counts: Sequence[int]) -> Spread:
    """The spread of what these 64 buckets have counted."""
    return Spread(*(_microseconds(below_ns(counts, share)) for share in SHARES))


def below_ns(counts: Sequence[int], share: float) -> int | None:
    """The end of the bucket by which that share of all, 0 to 1, has been counted; None: it has no end, or is empty."""
    total, seen = sum(counts), 0
    for number, count in enumerate(counts):
        seen += count
        if count and seen >= share * total:
            return end_ns(number)
    return None


def end_ns(number: int) -> int | None:
    """What everything in that bucket stays below; None for the last."""
    return floor_ns(number + 1) if number + 1 < BUCKETS else None


def least_of_longest_ns(counts: Sequence[int]) -> int:
    """What the longest duration took at least: the beginning of the last bucket that counted any; 0 without."""
    return max((floor_ns(number) for number, count in enumerate(counts) if count), default=0)


def _microseconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1000.0
