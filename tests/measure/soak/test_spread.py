"""Bounds from buckets, beside numpy's percentiles of the same durations."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.measure.soak.spread import SHARES, Spread, below_ns, least_of_longest_ns, spread

QUARTER = 2**0.25
EDGES_NS = 1024.0 * QUARTER ** np.arange(63)


def counted(durations_ns: NDArray[np.int64]) -> list[int]:
    """As the link's histograms count them, from nothing but their definition."""
    return [int(count) for count in np.bincount(np.searchsorted(EDGES_NS, durations_ns + 0.5), minlength=64)]


@pytest.mark.parametrize("seed", range(5))
def test_bounds_hold_and_are_at_most_a_bucket_too_wide(seed: int) -> None:
    rng = np.random.default_rng(seed)
    durations_ns = np.concatenate(
        [rng.lognormal(math.log(60_000), 0.4, 20_000), rng.lognormal(math.log(900_000), 0.7, 60)]
    ).astype(np.int64)
    found = spread(counted(durations_ns))
    for bound_us, share in zip((found.p50_us, found.p99_us, found.p999_us, found.max_us), SHARES, strict=True):
        exact_us = np.percentile(durations_ns, 100 * share, method="inverted_cdf") / 1000
        assert bound_us is not None
        assert exact_us < bound_us <= 1.0001 * QUARTER * exact_us


def test_what_is_beyond_the_buckets_has_no_bound() -> None:
    durations_ns = np.array([2_000] * 98 + [10**9] * 2)
    found = spread(counted(durations_ns))
    assert (found.p99_us, found.max_us) == (None, None)
    assert found.p50_us == pytest.approx(1.024 * QUARTER**4)
    assert least_of_longest_ns(counted(durations_ns)) == pytest.approx(1024 * QUARTER**62, rel=1e-6)


def test_the_shortest_stay_below_the_first_edge() -> None:
    assert spread(counted(np.array([1, 5, 900]))) == Spread(1.024, 1.024, 1.024, 1.024)


def test_nothing_has_no_bounds() -> None:
    assert spread([0] * 64) == Spread()
    assert below_ns([0] * 64, 0.0) is None
    assert least_of_longest_ns([0] * 64) == 0
