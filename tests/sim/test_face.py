"""The pedal in letters: everything in its place, in terminals of every size."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pedal.control.settings import ChordSettings, KnobSettings, Settings, SwitchSettings
from pedal.sim.dots import braille, half_blocks
from pedal.sim.face import HELP, Face, Row, draw

SETTINGS = Settings()
IMAGE = Image.fromarray(np.random.default_rng(3).integers(0, 2, (64, 128), dtype=np.uint8) * 255).convert("1")
FACE = Face(
    image=IMAGE,
    leds=(("effect", True), ("clip", False)),
    turned=(("gain", 0), ("level", 3)),
    engine="load 3%   0 xruns",
    sound="a recorded guitar",
    notice="model wavenet was refused",
)


def lines(rows: Sequence[Row]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def styles(rows: Sequence[Row], text: str) -> set[str]:
    """The looks of whatever holds this text."""
    return {span.style for row in rows for span in row if text in span.text}


@pytest.mark.parametrize(("size", "dots"), [((80, 24), braille), ((144, 40), half_blocks), ((143, 40), braille)])
def test_the_screen_has_its_dots_in_order(size: tuple[int, int], dots: object) -> None:
    shown = lines(draw(FACE, SETTINGS, *size))
    expected = (braille if dots is braille else half_blocks)(IMAGE)
    assert [line[2 : 2 + len(expected[0])] for line in shown[2 : 2 + len(expected)]] == list(expected)


def test_a_dark_screen_is_empty() -> None:
    shown = lines(draw(FACE._replace(image=None), SETTINGS, 80, 24))
    assert all(line[2:66] == "\u2800" * 64 for line in shown[2:18])


def test_leds_knobs_feet_and_chords_have_names_keys_and_actions() -> None:
    text = "\n".join(lines(draw(FACE, SETTINGS, 80, 24)))
    for said in (
        "● effect", "○ clip", "(↑) gain", "← → ⏎", "(↘) level", "↓ ↑", "│ A │ a bypass", "╰───╯ A tuner",
        "│ B │ b previous", "│ C │ c next", "1 B+C favourite", "load 3%   0 xruns", "model wavenet was refused",
        "? help", "a recorded guitar",
    ):  # fmt: skip
        assert said in text, said
    assert "none" not in text


def test_what_shines_and_what_is_pressed_looks_so() -> None:
    rows = draw(FACE._replace(leds=(("effect", True), ("clip", True)), down=frozenset(("B", "gain"))), SETTINGS, 80, 24)
    assert styles(rows, "●") == {"lit", "clip"}
    assert styles(rows, "│ B │") == {"down"}
    assert styles(rows, "│ A │") == {"plain"}
    assert styles(rows, "(↑)") == {"down"}


def test_help_takes_the_place_of_the_screen() -> None:
    shown = lines(draw(FACE._replace(help=True), SETTINGS, 80, 24))
    for line in HELP.splitlines():
        assert any(line in row for row in shown), line


def test_a_small_terminal_is_told_what_is_needed() -> None:
    shown = lines(draw(FACE, SETTINGS, 79, 24))
    assert shown[0].startswith("The pedal needs 80 × 24 letters; this terminal has 79 × 24. q ends.")
    assert "".join(lines(draw(FACE, SETTINGS, 20, 10))).replace(" ", "").endswith("20×10.qends.")


def test_nothing_in_a_message_steers_the_terminal() -> None:
    face = FACE._replace(notice="a\x1b[2Jb\n", sound="c\rd")
    text = "".join(lines(draw(face, SETTINGS, 80, 24)))
    assert text.isprintable()
    assert "a?[2Jb?" in text


FEET = st.dictionaries(
    st.text(min_size=1, max_size=30),
    st.builds(SwitchSettings, st.integers(2, 27), st.sampled_from(["none", "bypass", "select 12"]), st.just("tuner")),
    max_size=14,
)
KNOBS = st.dictionaries(
    st.text(min_size=1, max_size=30), st.just(KnobSettings("encoder", "gain", (5, 6), 13)), max_size=8
)


@given(FEET, KNOBS, st.integers(0, 200), st.integers(0, 60), st.booleans())
def test_every_line_of_every_pedal_is_as_wide_as_the_terminal(
    feet: dict[str, SwitchSettings], knobs: dict[str, KnobSettings], columns: int, rows: int, helped: bool
) -> None:
    chords = (ChordSettings((next(iter(feet), "A"), "B"), "boost"),)
    settings = SETTINGS._replace(switch=feet, knob=knobs, chord=chords)
    face = FACE._replace(turned=tuple((name, 1) for name in knobs), help=helped)
    shown = lines(draw(face, settings, columns, rows))
    assert [len(line) for line in shown] == [columns] * rows
