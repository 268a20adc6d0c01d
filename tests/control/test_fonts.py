"""Letters: as large as fits, checked against trying every way to break a name; any character, in a line of its own."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.control.fonts import DOUBLED, FOLDER, GAP, SIZES, Lettering, drawn, face, fitted, plain

WIDTH, HEIGHT = 114, 41
"""What a name has while playing."""
NAMES = ["AC30", "Plexi", "JCM 800", "Deluxe Reverb", "Blues Junior Fat", "Mesa Boogie Dual Rectifier", "a b c d e f g"]


def largest(name: str) -> int:
    """The largest size in which some way of breaking the name at spaces fits on three lines."""
    words = name.split(" ")
    for size in SIZES:
        font = face(name, size).font
        scale = 2 if size in DOUBLED else 1
        for cuts in itertools.chain.from_iterable(itertools.combinations(range(1, len(words)), n) for n in range(3)):
            ends = [0, *cuts, len(words)]
            lines = [" ".join(words[a:b]) for a, b in itertools.pairwise(ends)]
            boxes = [font.getbbox(line) for line in lines]
            high = font.getbbox("H")
            rows = sum(scale * (max(box[3], high[3]) - min(box[1], high[1])) for box in boxes) + GAP * (len(lines) - 1)
            if rows <= HEIGHT and all(scale * box[2] <= WIDTH for box in boxes):
                return size
    return 0


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_as_large_as_fits(name: str) -> None:
    found = fitted(name, WIDTH, HEIGHT, 3)
    assert found.face == face(name, largest(name))
    assert " ".join(found.lines) == name


def test_capitals_of_ordinary_names_are_read_at_2_m() -> None:
    """5 minutes of arc at 2 m are 2.9 mm: 13 rows of a 1.3 inch display, 17 of a 0.96 inch one."""
    for name in ("Plexi", "AC30", "JCM 800", "Deluxe Reverb", "Blues Junior", "BYPASS"):
        lettering = fitted(name, WIDTH, HEIGHT, 3)
        assert lettering.face.height("H") >= 17, name
    assert fitted("Mesa Boogie Dual Rectifier", WIDTH, HEIGHT, 3).face.height("H") >= 12


def test_lines_are_even() -> None:
    assert fitted("one two three four", 70, 100, 2, (11,)).lines == ("one two", "three four")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("BluesJunior_FatSwitch", ("BluesJunior_", "FatSwitch")),
        ("SuperleadBright", ("Superlead", "Bright")),
        ("Rectifier-Modern", ("Rectifier-", "Modern")),
    ],
)
def test_names_without_spaces_break_where_a_reader_would(name: str, lines: tuple[str, ...]) -> None:
    assert fitted(name, WIDTH, HEIGHT, 2, (17,)).lines == lines


def test_what_does_not_fit_ends_in_dots() -> None:
    found = fitted("Nobody will ever read all of this very long name of a model", 60, 20, 2, (8,))
    assert len(found.lines) == 2
    assert found.lines[-1].endswith("…")
    assert found.width <= 60


@pytest.mark.parametrize("text", ["word " * 40, "gjpqy " * 40, "ÅÉ " * 60])
@pytest.mark.parametrize("height", range(8, 50, 3))
def test_what_is_cut_is_no_higher_than_its_box(text: str, height: int) -> None:
    """But for one line, which is always there."""
    found = fitted(plain(text), 100, height, 5, (8,))
    assert found.height <= height or len(found.lines) == 1
    assert found.lines[-1].endswith("…")


@given(st.text(st.characters(codec=None, categories=None), max_size=80), st.integers(20, 128), st.integers(12, 64))
def test_any_text_fits_or_is_cut(text: str, width: int, height: int) -> None:
    said = plain(text)
    found = fitted(said, width, height, 3)
    assert len(found.lines) <= 3
    assert found.width <= width
    assert drawn(found, 0.5).size == (max(1, found.width), max(1, found.height))
    if not found.lines[-1:] or not found.lines[-1].endswith("…"):
        assert "".join(found.lines).replace(" ", "") == said.replace(" ", "")
        assert found.height <= height


@given(st.text("iMЖ界 -", max_size=9), st.integers(-1, 20), st.integers(-1, 12), st.integers(1, 3))
def test_a_box_too_small_for_a_letter_still_ends(text: str, width: int, height: int, most_lines: int) -> None:
    assert len(fitted(plain(text), width, height, most_lines).lines) <= most_lines


@given(st.text(st.characters(codec=None, categories=None), max_size=80))
def test_plain_text_is_one_line_without_controls(text: str) -> None:
    said = plain(text)
    assert said == " ".join(said.split())
    assert {unicodedata.category(char)[0] for char in said} <= {"L", "M", "N", "P", "S", "Z"}
    assert plain(said) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Cafe\u0301\tClean\r\n", "Café Clean"),
        ("E♭ \u2066tuning\u2069", "Eb tuning"),
        ("\x1b[2J\x00Plexi\ud800", "[2JPlexi"),
        ("ＡＣ３０", "AC30"),
    ],
)
def test_what_cannot_be_shown_becomes_what_can(text: str, said: str) -> None:
    assert plain(text) == said


def test_each_text_has_the_face_that_has_its_letters() -> None:
    """Cyrillic is not in Helvetica; a CJK character is in neither and shows as a box, not as nothing."""
    assert face("Plexi", 20) == face("Žaneta", 20)
    assert face("Тон", 20) != face("Plexi", 20)
    assert drawn(Lettering(("界",), face("界", 20)), 0.0).getbbox()


def test_every_font_has_its_licence() -> None:
    licences = (FOLDER / "LICENSES.txt").read_text()
    kinds = {path.name.split("-")[0] for path in FOLDER.iterdir() if path.suffix != ".txt"}
    assert kinds == {"helvetica", "terminus"}
    assert all(f"\n{kind}-" in licences for kind in kinds)
