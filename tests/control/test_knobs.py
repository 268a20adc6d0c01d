"""Encoders by their edges and by the time between detents, potentiometers by their readings."""

import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pedal.control.knobs import MOST_STEPS, Encoder, Potentiometer, Quadrature

CYCLE = ((0, True), (1, True), (0, False), (1, False))
"""Clockwise: which contact closes or opens, one after the other."""
BACK = tuple((contact, closed) for contact, closed in ((1, True), (0, True), (1, False), (0, False)))


def detents(quadrature: Quadrature, edges: list[tuple[int, bool]]) -> list[int]:
    return [detent for edge in edges if (detent := quadrature.edge(*edge))]


def bouncing(edges: list[tuple[int, bool]], bounces: list[int]) -> list[tuple[int, bool]]:
    """Each edge, and so many times back and forth after it."""
    return [
        (contact, closed ^ bool(number % 2))
        for index, (contact, closed) in enumerate(edges)
        for number in range(1 + 2 * bounces[index % len(bounces)])
    ]


@given(st.lists(st.booleans(), max_size=60), st.lists(st.integers(0, 4), min_size=1, max_size=50))
def test_no_detent_is_lost_whatever_bounces(turns: list[bool], bounces: list[int]) -> None:
    edges = [edge for clockwise in turns for edge in (CYCLE if clockwise else BACK)]
    expected = [1 if clockwise else -1 for clockwise in turns]
    assert detents(Quadrature(4), bouncing(edges, bounces)) == expected


@given(st.lists(st.booleans(), max_size=60), st.lists(st.integers(0, 4), min_size=1, max_size=50))
def test_an_encoder_with_two_detents_a_cycle(turns: list[bool], bounces: list[int]) -> None:
    position = 0
    edges: list[tuple[int, bool]] = []
    for clockwise in turns:  # each half a cycle further, from wherever it stands
        second = position % 2 == 1
        edges += [(0 if clockwise else 1, not second), (1 if clockwise else 0, not second)]
        position += 1 if clockwise else -1
    assert detents(Quadrature(2), bouncing(edges, bounces)) == [1 if clockwise else -1 for clockwise in turns]


def test_halfway_and_back_is_no_detent() -> None:
    assert detents(Quadrature(4), [(0, True), (1, True), (1, False), (0, False)]) == []


def test_an_encoder_found_between_two_detents_counts_from_the_next() -> None:
    quadrature = Quadrature(4)
    quadrature.stands(0, closed=True)
    quadrature.stands(1, closed=True)
    assert detents(quadrature, [(0, False), (1, False), *CYCLE]) == [1]


def test_an_edge_that_was_lost_costs_no_more_than_its_detent() -> None:
    for lost in range(4):
        edges = [*CYCLE[:lost], *CYCLE[lost + 1 :], *CYCLE * 5]
        assert sum(detents(Quadrature(4), edges)) >= 5


def test_slow_turning_is_one_step_a_detent() -> None:
    encoder = Encoder()
    assert [encoder.turn(1, 0.1 * number) for number in range(20)] == [1] * 20
    assert [encoder.turn(-1, 2 + 0.2 * number) for number in range(20)] == [-1] * 20


def test_fast_turning_is_more_steps_the_same_both_ways() -> None:
    """Five turns a second of 24 detents."""
    there, back = Encoder(), Encoder()
    clockwise = [there.turn(1, number / 120) for number in range(24)]
    assert clockwise[:2] == [1, 1]
    assert clockwise[2:] == [MOST_STEPS] * 22
    assert [-back.turn(-1, number / 120) for number in range(24)] == clockwise


def test_another_direction_begins_slowly() -> None:
    encoder = Encoder()
    for number in range(10):
        encoder.turn(1, number / 120)
    assert encoder.turn(-1, 10 / 120) == -1


def test_one_short_time_is_no_fast_turning() -> None:
    encoder = Encoder()
    assert [encoder.turn(1, at) for at in (0.0, 0.5, 0.51, 1.0, 1.5)] == [1] * 5


@given(st.floats(0.001, 0.3), st.floats(0.001, 0.3))
def test_faster_is_never_less(one_s: float, other_s: float) -> None:
    steps = []
    for seconds in sorted((one_s, other_s), reverse=True):
        encoder = Encoder()
        steps.append([encoder.turn(1, number * seconds) for number in range(5)][-1])
    assert steps[0] <= steps[1]


@given(st.lists(st.tuples(st.sampled_from([1, -1]), st.floats(0, 10))))
def test_any_times(turns: list[tuple[int, float]]) -> None:
    encoder = Encoder()
    for direction, at in turns:
        assert 1 <= encoder.turn(direction, at) * direction <= MOST_STEPS


def positions(readings: list[int]) -> list[float]:
    """What becomes of them, but for those that change nothing."""
    potentiometer = Potentiometer()
    return [now for raw in readings if (now := potentiometer.reading(raw)) is not None]


@given(st.integers(0, 1023), st.lists(st.integers(-2, 2), min_size=3, max_size=300))
@example(500, [-2, -2, -2, 2, 2, 2])
def test_noise_is_no_movement(raw: int, noise: list[int]) -> None:
    assert len(positions([max(0, min(1023, raw + offset)) for offset in noise])) == 1


@given(st.integers(0, 1023), st.lists(st.integers(-2, 2), min_size=100, max_size=100))
def test_nor_is_it_after_a_turn_has_come_to_rest(raw: int, noise: list[int]) -> None:
    """The first readings at rest may still settle it by what is left of the noise; then it stays."""
    potentiometer = Potentiometer()
    for turned in range(0, raw, 7):
        potentiometer.reading(turned)
    for offset in (-2, -2, -2, 2, 2, 2):
        potentiometer.reading(max(0, min(1023, raw + offset)))
    said = [potentiometer.reading(max(0, min(1023, raw + offset))) for offset in noise]
    assert set(said) == {None}


def test_the_ends_are_reached() -> None:
    up = list(range(0, 1024, 5))
    assert positions([*up, 1023, 1023])[0] == 0.0
    assert positions([*up, 1023, 1023])[-1] == 1.0
    assert positions([*reversed(up), 0, 0])[-1] == 0.0
    assert positions([512] * 3 + [1021, 1019, 1020])[-1] == 1.0
    assert positions([512] * 3 + [3, 2, 4])[-1] == 0.0


@given(st.integers(0, 1023), st.integers(0, 1023))
def test_a_quick_turn_is_followed_within_two_readings(begin: int, end: int) -> None:
    """40 ms at 50 readings a second; the slack is 0.8 % of the way."""
    potentiometer = Potentiometer()
    before = [potentiometer.reading(begin) for _ in range(3)][-1]
    after = [potentiometer.reading(end) for _ in range(2)][-1]
    assert before is not None
    assert (before if after is None else after) == pytest.approx(end / 1023, abs=0.0121)


def test_a_wild_reading_is_dropped() -> None:
    assert positions([300, 300, 300, 1023, 300, 300, 0, 300]) == positions([300, 300, 300])


def test_a_steady_turn_moves_one_way() -> None:
    rng = random.Random(1)
    said = positions([min(1023, max(0, raw + rng.randint(-2, 2))) for raw in range(0, 1024, 3)])
    assert all(first < second for first, second in pairwise(said))
    assert len(said) > 200
