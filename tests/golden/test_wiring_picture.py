"""docs/wiring.png and the table of docs/build.md: that they show the default pins, and that the picture can be read."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from gpiozero import pi_info
from PIL import Image

from pedal.control.header import LAST_PIN
from pedal.control.settings import Settings, read
from pedal.control.wiring import SPI_PINS
from tests.golden.make_wiring import FILE, HEIGHT, WIDTH, Picture, drawn
from tests.golden.nets import HEADER, nets, text

BUILD = FILE.with_name("build.md")
PI_4B = "c03111"
"""The revision of one with 4 GB."""
MARGIN = 10
"""Pixels that nothing comes closer to the picture's edge than."""
CLEAR = 2
"""Pixels around a label that stay free."""

Segment = tuple[tuple[float, float], tuple[float, float]]
Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@cache
def picture() -> Picture:
    """As it would be drawn now."""
    return drawn(Settings())


def labels() -> list[tuple[str, Area]]:
    """What is written, and where, in the picture's pixels."""
    found = []
    to_pixels = picture().axes.transData.inverted()
    for label in picture().texts:
        (left, bottom), (right, top) = to_pixels.transform(label.get_window_extent())
        found.append((label.get_text(), (left, min(top, bottom), right, max(top, bottom))))
    return found


def segments() -> Iterator[tuple[int, Segment]]:
    """Every straight piece of wire, and the header pin that it leads to."""
    for net, points in picture().wires:
        for segment in pairwise(points):
            yield net.pin, segment


def spans(segment: Segment, by: float = 0) -> Area:
    """The area of a piece of wire, made wider on every side."""
    (x, y), (to_x, to_y) = segment
    return min(x, to_x) - by, min(y, to_y) - by, max(x, to_x) + by, max(y, to_y) + by


def meet(one: Area, other: Area) -> bool:
    """Whether two areas have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def default_pins() -> list[int]:
    """The BCM numbers in the configuration that is shipped, and those of the screen's bus."""
    shipped: dict[str, Any] = tomllib.loads((resources.files("pedal") / "data" / "pedal.toml").read_text("utf-8"))
    knobs = [pin for knob in shipped["knob"].values() for pin in (*knob["pins"], knob["push"])]
    return [2, 3, *(switch["pin"] for switch in shipped["switch"].values()), *knobs, *shipped["led"].values()]


def test_the_header_is_that_of_a_raspberry_pi_4() -> None:
    pins = pi_info(PI_4B).headers["J8"].pins
    names = {"3V3": "3.3 V", "5V": "5 V"}
    assert [names.get(pins[number].name, pins[number].name) for number in range(1, 41)] == list(HEADER)


def test_every_default_pin_is_wired_once() -> None:
    wired = [net.name.removeprefix("GPIO") for net in nets(Settings()) if net.name.startswith("GPIO")]
    assert sorted(map(int, wired)) == sorted(default_pins())


def test_grounds_go_to_ground_and_nothing_goes_to_five_volts() -> None:
    for net in nets(Settings()):
        assert (net.name == "GND") == (net.terminal in ("ground", "GND")), net
        assert net.name != "5 V", net


def test_the_picture_shows_the_default_pins() -> None:
    with Image.open(FILE) as image:
        assert image.info["Wiring"] == text(Settings()), "draw it anew: python -m tests.golden.make_wiring"
        assert image.size == (2 * WIDTH, 2 * HEIGHT)


@pytest.mark.parametrize("section", ["switch", "knob", "led"])
def test_another_pin_is_another_picture(section: str) -> None:
    moved = {
        "switch": Settings(switch={**Settings().switch, "A": Settings().switch["A"]._replace(pin=26)}),
        "knob": Settings(knob={**Settings().knob, "gain": Settings().knob["gain"]._replace(push=26)}),
        "led": Settings(led=Settings().led._replace(clip=26)),
    }[section]
    assert "pin 37 GPIO26" in text(moved)
    assert text(moved) != text(Settings())


def test_every_wire_is_drawn_to_its_pin() -> None:
    assert {net for net, _ in picture().wires} == set(nets(Settings()))
    for net, points in picture().wires:
        (number,) = [area for words, area in labels() if words == str(net.pin)]
        x, y = points[-1]
        assert number[1] < y < number[3], net
        assert 0 < (number[0] - x if net.pin % 2 else x - number[2]) < 110, net


def test_wires_run_straight_across_and_down() -> None:
    for net, points in picture().wires:
        assert all(x == to_x or y == to_y for (x, y), (to_x, to_y) in pairwise(points)), net


def test_no_two_wires_to_different_pins_meet() -> None:
    for (pin, one), (other_pin, other) in combinations(segments(), 2):
        assert pin == other_pin or not meet(spans(one, by=3), spans(other, by=3)), (pin, one, other_pin, other)


def test_no_label_is_cut_off_or_meets_another_or_a_wire() -> None:
    found = labels()
    for words, area in found:
        assert area[0] >= MARGIN, words
        assert area[1] >= MARGIN, words
        assert area[2] <= WIDTH - MARGIN, words
        assert area[3] <= HEIGHT - MARGIN, words
        for pin, segment in segments():
            assert not meet(area, spans(segment, by=CLEAR)), (words, pin, segment)
    for (words, area), (other_words, other) in combinations(found, 2):
        assert not meet(area, other), (words, other_words)


def test_the_table_of_build_md_is_the_picture() -> None:
    rows = re.findall(r"^\| (\S+) +\| ([^|]+?) +\| (\d+) +\| ([^|]+?) +\|$", BUILD.read_text("utf-8"), re.MULTILINE)
    said = [f"{part} {terminal}: pin {pin} {name}" for part, terminal, pin, name in rows]
    assert said == text(Settings()).splitlines()


def test_the_examples_of_build_md_have_no_fault(tmp_path: Path) -> None:
    examples = re.findall(r"^```toml\n(.*?)^```$", BUILD.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, "utf-8")
        assert read(path).faults == []


def test_build_md_says_which_pins_are_free() -> None:
    free = re.search(r"Free beside the default pins: ([0-9, ]+)\.", BUILD.read_text("utf-8"))
    assert free
    elsewhere = {0, 1, *SPI_PINS, 14, 15}
    assert list(map(int, free[1].split(","))) == sorted({*range(LAST_PIN + 1)} - elsewhere - {*default_pins()})
