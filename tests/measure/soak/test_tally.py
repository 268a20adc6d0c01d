"""Counting over time: from the first sample on, and over every engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.link import OFF, RUNNING, STARTING, WAITING
from pedal.measure.soak.sample import Sample
from pedal.measure.soak.tally import MOST_POINTS, NO_CARD, NO_ENGINE, NO_LINK, NOT_YET, STUCK, Tally, since
from tests.measure.soak.samples import A_SECOND, counts, nothing, sample


def tally(*samples: Sample) -> Tally:
    found = Tally()
    for one in samples:
        found.add(one)
    return found


def test_what_was_before_does_not_count() -> None:
    found = tally(
        sample(0, xruns_capture=7, late=3), sample(1, xruns_capture=7, late=3), sample(2, xruns_capture=9, late=4)
    )
    assert (found.counts["xruns_capture"], found.counts["late"], found.xruns) == (2, 1, 2)
    assert found.counts["heartbeat"] == 2 * A_SECOND
    assert found.load[20] == found.wake[12] == sum(found.load) == 2 * A_SECOND
    assert (found.restarts, found.silent_s, found.seconds) == (0, {}, 2.0)
    assert found.load_sum_s == pytest.approx(0.4)


def test_an_engine_that_took_anothers_place_counts_from_zero() -> None:
    found = tally(
        sample(0, 100, xruns_playback=50),
        sample(1, 100, xruns_playback=51),
        sample(2, 200, age_s=0.5, xruns_playback=3),
        sample(3, 200, age_s=1.5, xruns_playback=3),
        sample(4, 300, age_s=0.1, xruns_playback=0),
    )
    assert (found.restarts, found.xruns) == (2, 1 + 3)
    assert sum(found.load) == A_SECOND + int(1.5 * A_SECOND) + int(0.1 * A_SECOND)
    assert [point.restarts for point in found.points] == [0, 1, 0, 1]
    assert [point.xruns for point in found.points] == [1, 3, 0, 0]


def test_what_an_engine_counted_before_it_ended_stays_counted() -> None:
    found = tally(
        sample(0, 100),
        sample(1, 0, alive=False, state=OFF, xruns_capture=2),
        sample(2, 0, alive=False, state=OFF, xruns_capture=2),
        sample(3, 200, age_s=0.5),
    )
    assert (found.xruns, found.restarts, found.silent_s) == (2, 1, {NO_ENGINE: 2.0})


def test_one_that_was_killed_leaves_its_number_behind() -> None:
    found = tally(sample(0, 100), sample(1, 100, alive=False, age_s=10.5), sample(2, 100, alive=False, age_s=10.5))
    assert (found.restarts, found.silent_s) == (0, {NO_ENGINE: 2.0})
    assert found.points[0].load is None


def test_an_engine_that_was_not_there_at_first_is_no_restart() -> None:
    dead = sample(0, 77, alive=False, age_s=99.0, xruns_capture=5)
    found = tally(dead, dead._replace(at_s=1.0), sample(2, 100, age_s=0.5, xruns_capture=1))
    assert (found.restarts, found.xruns, found.silent_s) == (0, 1, {NO_ENGINE: 1.0})
    assert sum(found.load) == int(0.5 * A_SECOND)
    none = sample(0, 0, alive=False, age_s=0.0)
    assert tally(none, sample(1, 100, age_s=0.5)).restarts == 0


def test_a_link_that_goes_and_comes_back() -> None:
    found = tally(nothing(0), nothing(1), sample(2, age_s=1), nothing(3), sample(4, age_s=3, xruns_capture=1))
    assert (found.silent_s, found.restarts, found.xruns) == ({NO_LINK: 2.0}, 0, 1)
    assert found.counts["heartbeat"] == 2 * A_SECOND  # from the first that was seen
    assert tally(nothing(0)).words == {}


@pytest.mark.parametrize(("state", "reason"), [(WAITING, NO_CARD), (STARTING, NOT_YET), (OFF, NO_ENGINE)])
def test_why_nothing_sounds(state: int, reason: str) -> None:
    assert tally(sample(0), sample(1.5, state=state)).silent_s == {reason: 1.5}


def test_a_heartbeat_that_stands_still() -> None:
    assert tally(sample(0), sample(1, age_s=10)).silent_s == {STUCK: 1.0}
    assert tally(sample(0), sample(0.001, age_s=10)).silent_s == {}  # too short to say


def test_the_longest_of_each_stretch() -> None:
    first = sample(0)._replace(load=counts(b20=5, b63=1), wake=counts())
    second = sample(1)._replace(load=counts(b20=9, b21=1, b63=1), wake=counts(b63=1))
    point = tally(first, second).points[0]
    assert point.longest_ns == pytest.approx(1024 * 2 ** (21 / 4), rel=1e-3)
    assert point.jitter_ns == pytest.approx(1024 * 2 ** (62 / 4), rel=1e-3)
    assert tally(first, first._replace(at_s=1.0)).points[0].longest_ns is None


def test_a_night_takes_no_more_memory_than_an_hour_and_loses_no_xrun() -> None:
    found = Tally()
    for second in range(4 * MOST_POINTS):
        temperature_c = 81.0 if second == 2000 else 50.0
        found.add(sample(second, xruns_capture=second // 10)._replace(temperature_c=temperature_c))
    assert len(found.points) <= MOST_POINTS
    assert sum(point.xruns for point in found.points) == found.xruns == (4 * MOST_POINTS - 1) // 10
    assert [point.at_s for point in found.points] == sorted(point.at_s for point in found.points)
    assert max(point.temperature_c or 0.0 for point in found.points) == 81.0


def test_flags_that_come_and_go() -> None:
    found = tally(*(sample(at_s)._replace(flags=flags) for at_s, flags in enumerate([0x10000, None, 0x50005, 0x50000])))
    assert (found.flags_first, found.flags) == (0x10000, 0x50005)
    assert tally(sample(0), sample(1)).flags_first is None


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_a_counter_that_comes_to_its_end_goes_on(before: int, grown: int) -> None:
    assert since(before, (before + grown) % 2**64) == grown


@given(st.integers(1, 2**60), st.data())
def test_a_counter_that_began_again(before: int, data: st.DataObject) -> None:
    now = data.draw(st.integers(0, before - 1))
    assert since(before, now) == now


def test_a_page_that_is_zeroed_while_it_is_read_counts_nothing_twice() -> None:
    """The new engine zeroes its words before it writes its number: whoever looks then sees the old number and zeros."""
    between = sample(1, 100, age_s=0.0, state=OFF)
    found = tally(sample(0, 100, xruns_capture=9), between, sample(2, 200, age_s=0.9, xruns_capture=1))
    assert (found.xruns, found.restarts) == (1, 1)
    assert found.counts["heartbeat"] == int(0.9 * A_SECOND)
    assert found.words["state"] == RUNNING
