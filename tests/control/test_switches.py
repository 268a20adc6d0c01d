"""Footswitches: gestures one by one, then generated ones against a model that knows them before they happen."""

from collections.abc import Iterable
from itertools import cycle, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.control.events import Act
from pedal.control.settings import CHORDS, SWITCHES, ChordSettings, SwitchSettings
from pedal.control.switches import Footswitches

UNDO = Act("bypass", undo=True)
Switches = dict[str, SwitchSettings]
Chords = tuple[ChordSettings, ...]


class Edge(NamedTuple):
    """A contact closes or opens."""

    at: float
    name: str
    down: bool


class Feet:
    """Footswitches whose contacts do as they are told, on a clock of their own; `acts` is what was meant, and when."""

    def __init__(
        self,
        edges: list[Edge],
        switches: Switches = SWITCHES,
        chords: Chords = CHORDS,
    ) -> None:
        self.edges = sorted(edges, key=lambda edge: edge.at)
        self.now = 0.0
        self.footswitches = Footswitches(switches, chords, self.is_down)
        self.acts: list[Act] = []

    def is_down(self, name: str) -> bool:
        """The contact's level now."""
        so_far = [edge.down for edge in self.edges if edge.name == name and edge.at <= self.now]
        return so_far[-1] if so_far else False

    def play(self, late: Iterable[float] = (), lost: frozenset[int] = frozenset()) -> list[Act]:
        """Give each edge when it comes, and wake when asked to; or at those times only, with every edge until then."""
        left = [edge for index, edge in enumerate(self.edges) if index not in lost]
        polls = sorted(late)
        while left or self.footswitches.wakes() is not None:
            moments = [edge.at for edge in left[:1]] + [
                wake for wake in [self.footswitches.wakes()] if wake is not None
            ]
            self.now = polls.pop(0) if polls else min(moments)
            while left and left[0].at <= self.now:
                edge = left.pop(0)
                self.acts += self.footswitches.edge(edge.name, edge.down, edge.at)
            self.acts += self.footswitches.due(self.now)
        return self.acts


def gesture(text: str) -> list[Edge]:
    """`B 100 300, C 200 900`: which switch goes down and up, at which milliseconds."""
    edges = []
    for part in text.split(","):
        name, *times = part.split()
        edges += [Edge(int(time) / 1000, name, index % 2 == 0) for index, time in enumerate(times)]
    return edges


@pytest.mark.parametrize(
    ("feet", "expected"),
    [
        ("A 100 200", [Act("bypass")]),
        ("A 100 599", [Act("bypass")]),
        ("A 100 600", [Act("bypass"), UNDO, Act("tuner")]),
        ("A 100 5000", [Act("bypass"), UNDO, Act("tuner")]),
        ("B 100 200", [Act("previous")]),
        ("C 100 3000", [Act("next")]),
        ("B 100 700, C 500 600", [Act("favourite")]),
        ("B 100 700, C 501 600", [Act("next"), Act("previous")]),
        ("C 100 900, B 200 300", [Act("favourite")]),
        ("B 100 200, C 300 400", [Act("previous"), Act("next")]),
        ("B 100 900, C 200 300 350 450", [Act("favourite"), Act("next")]),
        ("A 100 300, B 150 350, C 200 400", [Act("bypass"), Act("favourite")]),
        ("A 100 900, B 150 300", [Act("bypass"), Act("previous"), UNDO, Act("tuner")]),
    ],
)
def test_default_switches(feet: str, expected: list[Act]) -> None:
    assert Feet(gesture(feet)).play() == expected


def test_an_action_with_nothing_else_to_become_acts_when_the_foot_goes_down() -> None:
    switches = Footswitches({"X": SwitchSettings(4, "next")}, (), lambda _: True)
    assert switches.edge("X", True, 1.0) == [Act("next")]


def test_a_chord_takes_bypass_back() -> None:
    chords = (ChordSettings(("A", "B"), "mute"),)
    assert Feet(gesture("A 100 500, B 200 400"), chords=chords).play() == [Act("bypass"), UNDO, Act("mute")]
    assert Feet(gesture("B 100 500, A 200 900"), chords=chords).play() == [Act("mute")]


def test_a_release_within_the_bouncing_is_found_when_it_is_over() -> None:
    assert Feet(gesture("B 100 105 110 120, A 1000 1010")).play() == [Act("previous"), Act("bypass")]


def test_a_press_within_the_bouncing_of_a_release_is_found_when_it_is_over() -> None:
    feet = Feet(gesture("A 100 200 220 900"))
    assert feet.play() == [Act("bypass"), Act("bypass"), UNDO, Act("tuner")]


@pytest.mark.parametrize(("silence_ms", "presses"), [(24, 1), (26, 2)])
def test_deaf_until_25_ms_after_the_last_edge(silence_ms: int, presses: int) -> None:
    """Each edge within it prolongs it, however long that goes on; then a contact is closed again."""
    times = [100 + 20 * step for step in range(10)] + [280 + silence_ms, 500]
    feet = Feet(
        [Edge(time / 1000, "X", index % 2 == 0) for index, time in enumerate(times)], {"X": SwitchSettings(4, "next")}
    )
    assert feet.play() == [Act("next")] * presses


def test_a_bounce_tells_what_time_has_brought_about() -> None:
    footswitches = Feet([]).footswitches
    assert footswitches.edge("A", True, 1.0) == [Act("bypass")]
    assert footswitches.edge("B", True, 1.49) == []
    assert footswitches.edge("B", False, 1.5) == [UNDO, Act("tuner")]


def test_a_lost_release_is_no_long_press() -> None:
    """The level is asked for when the half second is over."""
    feet = Feet(gesture("A 100 200 3000 3100"))
    assert feet.play(lost=frozenset({1})) == [Act("bypass"), Act("bypass")]


def test_a_lost_release_is_found_before_the_next_press() -> None:
    feet = Feet(gesture("B 100 200 3000 3100"))
    assert feet.play(lost=frozenset({1})) == [Act("previous"), Act("previous")]


def test_nothing_wakes_where_nothing_is_down() -> None:
    feet = Feet(gesture("A 100 900"))
    feet.play()
    assert feet.footswitches.wakes() is None
    assert Footswitches({}, (), lambda _: False).wakes() is None


ACTION = st.sampled_from(["bypass", "bypass", "next", "mute", "none", "select 3"])
LONG = st.sampled_from(["none", "none", "tuner", "boost"])
NAMES = "ABCD"


@st.composite
def setups(draw: st.DrawFn) -> tuple[Switches, Chords]:
    """Any four switches with any chords."""
    switches = {name: SwitchSettings(pin, draw(ACTION), draw(LONG)) for pin, name in enumerate(NAMES)}
    pairs = [(first, second) for index, first in enumerate(NAMES) for second in NAMES[index + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))
    return switches, tuple(ChordSettings(pair, f"chord {''.join(pair)}") for pair in chosen)


TICKS = 1024
"""A second's, so that sums are exact; a long press is 512, a chord less than 410, and bouncing ends within 25."""


class Press(NamedTuple):
    """A foot on a switch."""

    down: int
    """In ticks."""
    name: str
    up: int


@st.composite
def gestures(draw: st.DrawFn) -> list[Press]:
    """Feet that give every contact 60 ticks to come to rest, and do no two things at one time."""
    presses, taken = [], set[int]()
    for name in NAMES:
        time = 0
        for _ in range(draw(st.integers(0, 4))):
            down = time + draw(st.integers(60, 700))
            while {down, down + 512} & taken:
                down += 1
            up = down + draw(st.integers(60, 900))
            while up in taken or up == down + 512:
                up += 1
            taken |= {down, down + 512, up}
            presses.append(Press(down, name, up))
            time = up
    return sorted(presses)


def meant(presses: list[Press], switches: Switches, chords: Chords) -> list[Act]:
    """What each press came to, known from when it begins and ends; no state, no clock."""
    became: dict[Press, tuple[int, str]] = {}
    seconds: set[Press] = set()
    for press in presses:
        partners = (
            (other, chord.action)
            for chord in chords
            for other in presses
            if {other.name, press.name} == set(chord.switches)
            and other.down < press.down < min(other.up, other.down + 410)
            and other not in became
        )
        for other, action in list(partners)[:1]:
            became[other] = became[press] = (press.down, action)
            seconds.add(press)
    said: list[tuple[int, Act]] = []
    for press in presses:
        switch = switches[press.name]
        at_once = switch.press == "bypass"
        waits = switch.long != "none" or any(press.name in chord.switches for chord in chords)
        if switch.long != "none" and press.up - press.down >= 512:
            became.setdefault(press, (press.down + 512, switch.long))
        time, action = became.get(press, (press.down if at_once or not waits else press.up, switch.press))
        if press not in seconds:
            said += [(press.down, Act("bypass")), (time, UNDO)] if at_once and press in became else []
            said.append((time, Act(action)))
    return [act for _, act in sorted(said, key=lambda item: item[0])]


def edges_of(presses: list[Press], bounces: list[int]) -> list[Edge]:
    """The contacts of these presses; `bounces` has, in turn, how many pairs of edges follow each and how far apart."""
    numbers = cycle(bounces)
    edges = []
    for press in presses:
        for start, down in ((press.down, True), (press.up, False)):
            edges.append(Edge(start / TICKS, press.name, down))
            time = start + 0.5
            for level in (not down, down) * next(numbers):
                time += 1 + next(numbers)
                edges.append(Edge(time / TICKS, press.name, level))
    return edges


BOUNCES = st.lists(st.integers(0, 2), min_size=1, max_size=40)


@given(setups(), gestures(), BOUNCES)
def test_bouncing_gestures_are_what_they_are_meant_to_be(
    setup: tuple[Switches, Chords], presses: list[Press], bounces: list[int]
) -> None:
    expected = meant(presses, *setup)
    assert Feet(edges_of(presses, [0]), *setup).play() == expected
    assert Feet(edges_of(presses, bounces), *setup).play() == expected


@given(setups(), gestures(), BOUNCES, st.lists(st.floats(0, 8), max_size=60))
def test_a_loop_that_comes_late_hears_the_same(
    setup: tuple[Switches, Chords],
    presses: list[Press],
    bounces: list[int],
    late: list[float],
) -> None:
    expected = meant(presses, *setup)
    assert Feet(edges_of(presses, bounces), *setup).play(late) == expected


@given(setups(), gestures(), BOUNCES, st.frozensets(st.integers(0, 100)))
def test_lost_edges_leave_nothing_stuck(
    setup: tuple[Switches, Chords],
    presses: list[Press],
    bounces: list[int],
    lost: frozenset[int],
) -> None:
    feet = Feet(edges_of(presses, bounces), *setup)
    feet.play(lost=lost)
    assert feet.footswitches.wakes() is None
    start = int(feet.now * TICKS) + 1000
    after = [
        Press(start + step, name, start + step + 100) for step, name in zip(range(0, 4000, 1000), NAMES, strict=True)
    ]
    played = len(feet.edges)
    feet.edges += edges_of(after, [0])
    feet.acts = []
    assert feet.play(lost=frozenset(range(played))) == meant(after, *setup)


@given(setups(), st.lists(st.tuples(st.sampled_from(NAMES), st.booleans(), st.floats(-1, 9), st.booleans())))
def test_any_edges_in_any_order(
    setup: tuple[Switches, Chords],
    edges: list[tuple[str, bool, float, bool]],
) -> None:
    """However wrong the times are, only what is configured is done, and it ends when the feet are gone."""
    switches, chords = setup
    known = {action for switch in switches.values() for action in (switch.press, switch.long)}
    known |= {chord.action for chord in chords} | {"bypass"}
    footswitches = Footswitches(switches, chords, lambda _: False)
    acts = []
    for name, down, at, late in edges:
        acts += footswitches.edge(name, down, at)
        acts += footswitches.due(at) if late else []
    moments = []
    while (moment := footswitches.wakes()) is not None:
        acts += footswitches.due(moment)
        moments.append(moment)
    assert all(first <= second for first, second in pairwise(moments))
    assert {act.action for act in acts} <= known
    done, undone = acts.count(Act("bypass")), acts.count(UNDO)
    assert undone <= done
    assert len(acts) - undone <= 2 * sum(down for _, down, _, _ in edges)
