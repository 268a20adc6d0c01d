"""How long things took, counted in quarters of an octave: short ones and rare long ones at the same fineness."""

from bisect import bisect_right

BUCKETS = 64
LOWEST_NS = 2**10
FLOORS_NS = tuple(round(LOWEST_NS * 2 ** (quarter / 4)) for quarter in range(BUCKETS - 1))
"""Where bucket 1 and each after it begins; the last has no end: 47.5 ms and everything above."""


def bucket(ns: int) -> int:
    """Which of the 64 buckets counts this; bucket 0 has everything below 2**10 ns."""
    return bisect_right(FLOORS_NS, ns)


def floor_ns(number: int) -> int:
    """The least that this bucket counts."""
    return FLOORS_NS[number - 1] if number else 0
