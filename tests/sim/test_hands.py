"""Feet and hands on mock pins, felt by gpiozero's own button and encoder."""

import heapq
from collections.abc import Callable, Iterator

import pytest
from gpiozero import MCP3008, Button, Device, RotaryEncoder
from gpiozero.pins.mock import MockFactory

from pedal.control.knobs import Quadrature
from pedal.control.settings import KnobSettings, Settings
from pedal.sim.hands import Hands, movements
from pedal.sim.script import Gesture, parse

SETTINGS = Settings()


class Timers:
    """A clock that jumps from one call to the next."""

    def __init__(self) -> None:
        self.now = 100.0
        self._calls: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, when: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._calls, (when, len(self._calls), call))

    def run(self) -> None:
        while self._calls:
            self.now, _, call = heapq.heappop(self._calls)
            call()


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


def edges_of(gesture: Gesture, pin: int) -> list[tuple[float, bool]]:
    """Time and level of every edge of one pin."""
    return [(round(each.after_s, 4), each.high) for each in movements(gesture, SETTINGS) if each.pin == pin]


def test_a_tap_a_hold_and_a_chord_last_as_long_as_they_should() -> None:
    for text, pins in (
        ("0:A", {17: (0.0, 0.08)}),
        ("0:A~", {17: (0.0, 0.7)}),
        ("0:B+C", {27: (0.0, 0.12), 22: (0.03, 0.12)}),
    ):
        gesture = parse(text, SETTINGS, 1.0)[0]
        assert {each.pin for each in movements(gesture, SETTINGS)} == pins.keys()
        for pin, (down, up) in pins.items():
            edges = edges_of(gesture, pin)
            assert edges[0] == (down, False)
            assert next(when for when, high in edges[5:] if high) == up
            assert edges[-1][1]
            bounces = [when for when, _ in edges]
            assert bounces == sorted(bounces)
            assert max(bounces[:5]) - down < 0.005


def test_gpiozeros_button_feels_every_bounce(factory: MockFactory) -> None:
    timers, felt = Timers(), list[tuple[float, bool]]()
    button = Button(17, pull_up=True, bounce_time=None, pin_factory=factory)
    button.when_activated = lambda: felt.append((timers.now, True))
    button.when_deactivated = lambda: felt.append((timers.now, False))
    hands = Hands(factory, SETTINGS, timers.at, lambda: timers.now)
    assert hands.down() >= {"B", "C"}  # nobody has opened their pins
    assert "A" not in hands.down()
    hands.do(Gesture(0.0, "tap", ("A",)))
    timers.run()
    assert [down for _, down in felt] == [True, False] * 5
    assert [round(when - 100.0, 4) for when, _ in felt] == [
        0.0,
        0.0004,
        0.001,
        0.0025,
        0.004,
        0.08,
        0.0804,
        0.081,
        0.0825,
        0.084,
    ]
    button.close()


@pytest.mark.parametrize("steps", [1, -1, 4, -7])
def test_gpiozeros_encoder_counts_every_detent(factory: MockFactory, steps: int) -> None:
    timers = Timers()
    encoder = RotaryEncoder(5, 6, max_steps=0, pin_factory=factory)
    hands = Hands(factory, SETTINGS, timers.at, lambda: timers.now)
    hands.plan(Gesture(0.0, "turn", ("gain",), steps), 200.0)
    timers.run()
    assert encoder.steps == steps
    assert hands.turned == {"gain": steps, "level": 0}
    encoder.close()


@pytest.mark.parametrize("edges", [4, 2])
def test_controls_own_reading_of_an_encoder_counts_every_detent(factory: MockFactory, edges: int) -> None:
    timers, knob = Timers(), SETTINGS.knob["gain"]._replace(edges=edges)
    hands = Hands(factory, SETTINGS._replace(knob={"gain": knob}), timers.at, lambda: timers.now)
    contacts, counted = [factory.pin(pin) for pin in knob.pins], list[int]()
    quadrature = Quadrature(edges)
    for contact in contacts:
        contact.pull = "up"
        contact.edges = "both"
    heard = [
        lambda _ticks, level, number=number: counted.append(quadrature.edge(number, not level)) for number in (0, 1)
    ]
    for contact, hear in zip(contacts, heard, strict=True):
        contact.when_changed = hear
    for when, steps in ((200.0, 3), (300.0, -1), (400.0, 1), (500.0, -6)):
        counted.clear()
        hands.plan(Gesture(0.0, "turn", ("gain",), steps), when)
        timers.run()
        assert [count for count in counted if count] == [1 if steps > 0 else -1] * abs(steps)


def test_gpiozeros_mcp3008_reads_a_potentiometer_that_is_turned_to_its_ends(factory: MockFactory) -> None:
    pot = KnobSettings("potentiometer", "gain", channel=5)
    timers = Timers()
    hands = Hands(factory, SETTINGS._replace(knob={"gain": pot}), timers.at, lambda: timers.now)
    Device.pin_factory = factory
    with MCP3008(5, pin_factory=factory) as turned, MCP3008(0, pin_factory=factory) as other:
        seen = [turned.raw_value]
        for when, steps in ((200.0, 1), (300.0, -2), (400.0, 40), (500.0, -99)):
            hands.plan(Gesture(0.0, "turn", ("gain",), steps), when)
            timers.run()
            seen.append(turned.raw_value)
        assert seen == [511, 543, 480, 1023, 0]
        assert other.raw_value == 511
    Device.pin_factory = None
    assert hands.turned == {"gain": -16}


def test_a_foot_comes_down_again_when_it_is_up_and_one_press_at_most_waits(factory: MockFactory) -> None:
    timers, felt = Timers(), list[float]()
    button = Button(17, pull_up=True, bounce_time=None, pin_factory=factory)
    button.when_activated = lambda: felt.append(round(timers.now - 100.0, 2))
    hands = Hands(factory, SETTINGS, timers.at, lambda: timers.now)
    hands.do(Gesture(0.0, "hold", ("A",)))
    for _ in range(5):
        hands.do(Gesture(0.0, "tap", ("A",)))
    timers.at(100.75, lambda: hands.do(Gesture(0.0, "tap", ("A",))))
    timers.run()
    assert sorted(set(felt)) == [0.0, 0.7, 0.78, 0.86]  # each release bounces, too
    button.close()


def test_leds_and_pressed_switches_are_read_from_the_pins(factory: MockFactory) -> None:
    timers = Timers()
    hands = Hands(factory, SETTINGS, timers.at, lambda: timers.now)
    for pin in (17, 27, 22, 13, 21):
        factory.pin(pin).pull = "up"
    led = factory.pin(23)
    led.function = "output"
    assert (hands.down(), hands.shines(23), hands.shines(-1)) == (frozenset(), False, False)
    led.state = True
    hands.do(Gesture(0.0, "push", ("level",)))
    hands.plan(Gesture(0.0, "tap", ("C",)), 200.0)
    seen = []
    timers.at(100.05, lambda: seen.append(hands.down()))
    timers.at(200.05, lambda: seen.append(hands.down()))
    timers.run()
    assert seen == [{"level"}, {"C"}]
    assert hands.shines(23)
