"""Screens: the golden pictures, what each change must change, and that nothing a view may hold breaks them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from pedal.control import screen
from pedal.control.canvas import HEIGHT, WIDTH
from pedal.control.view import Dial, Meter, Needle, View
from tests.golden.make_screens import FOLDER, PLAYING, VIEWS

METER_COLUMNS = 6
BANNER_ROWS = 23

texts = st.one_of(
    st.text(st.characters(codec=None, categories=None), max_size=60),
    st.text("iMgÄД界 _-/♭", max_size=40),
    st.just("M" * 100_000),
)
numbers = st.floats(allow_nan=True, allow_infinity=True)
counts = st.integers(-(10**20), 10**20)
dials = st.builds(Dial, texts, texts, numbers, st.booleans(), numbers)
meters = st.builds(Meter, numbers, st.booleans())
needles = st.builds(Needle, texts, counts, numbers, numbers, counts, st.booleans())
views = st.builds(
    View,
    st.sampled_from(["boot", "play", "play", "play", "tuner", "trouble", "asleep"]),
    *(texts, texts, texts, st.booleans(), st.booleans(), st.booleans()),
    *(st.lists(dials, max_size=4).map(tuple), texts, st.none() | dials, texts, texts, meters, meters),
    *(counts, counts, st.none() | needles),
)


def lit(image: Image.Image) -> int:
    """How many pixels."""
    return int.from_bytes(image.tobytes()).bit_count()


def differing(one: Image.Image, other: Image.Image) -> Image.Image:
    """Lit where the two differ."""
    return ImageChops.logical_xor(one, other)


@pytest.mark.parametrize("name", VIEWS)
def test_a_screen_is_its_golden_picture(name: str, tmp_path: Path) -> None:
    golden = FOLDER / f"{name}.png"
    found = screen.draw(VIEWS[name])
    actual = tmp_path / golden.name
    found.save(actual)
    assert golden.exists(), f"{golden} is missing; look at {actual}, then python -m tests.golden.make_screens"
    with Image.open(golden) as expected:
        assert expected.convert("1").tobytes() == found.tobytes(), f"{golden} was expected; {actual} was drawn"


def test_no_golden_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(VIEWS)


@given(views)
def test_any_view_is_a_picture_and_equal_views_are_equal_pictures(view: View) -> None:
    image = screen.draw(view)
    assert (image.mode, image.size) == ("1", (WIDTH, HEIGHT))
    again = View(*view)._replace(title="".join(view.title), dials=tuple(Dial(*dial) for dial in view.dials))
    assert screen.draw(again).tobytes() == image.tobytes()


@given(texts, texts, texts, st.booleans())
def test_words_stay_between_the_meters_and_above_the_knobs(title: str, notice: str, line: str, bypass: bool) -> None:
    """Whatever the model is called; an accent alone may reach into the row above."""
    plain = PLAYING._replace(title="", bypass=bypass)
    named = plain._replace(title=title, notice=notice, line=line)
    changed = differing(screen.draw(plain), screen.draw(named)).getbbox()
    if changed:
        left, top, right, bottom = changed
        assert left > METER_COLUMNS
        assert right < WIDTH - METER_COLUMNS
        assert top >= 8
        assert bottom <= (HEIGHT - BANNER_ROWS if bypass else 52)


@given(texts, texts, st.booleans())
def test_what_to_do_leaves_the_meters_alone(notice: str, remedy: str, muted: bool) -> None:
    plain = PLAYING._replace(muted=muted)
    changed = differing(screen.draw(plain), screen.draw(plain._replace(notice=notice, remedy=remedy))).getbbox()
    if changed:
        assert changed[0] > METER_COLUMNS
        assert changed[2] < WIDTH - METER_COLUMNS


@pytest.mark.parametrize("title", ["AC30", "Deluxe Reverb", "Mesa Boogie Dual Rectifier Red Channel"])
@pytest.mark.parametrize("bypass", [False, True])
def test_what_lasts_is_a_line_that_leaves_the_name_its_place(title: str, bypass: bool) -> None:
    """In letters of 11 pixels at least; and the line has rows of its own, lit."""
    low = HEIGHT - BANNER_ROWS if bypass else 50
    picture = screen.draw(PLAYING._replace(title=title, line="PEDAL.TOML HAS FAULTS", bypass=bypass))
    line = picture.crop((8, low - 12, WIDTH - 8, low - 4))
    assert lit(line) > 0.5 * line.width * line.height
    name = (8, 9, WIDTH - 8, low - 13)
    unnamed = screen.draw(PLAYING._replace(title="", line="PEDAL.TOML HAS FAULTS", bypass=bypass))
    found = differing(picture.crop(name), unnamed.crop(name)).getbbox()
    assert found
    assert found[3] - found[1] >= 11


@pytest.mark.parametrize("text", ["word " * 60, "gjpqy " * 60, "ÅÉÎÕÜ " * 60, "W" * 200])
@pytest.mark.parametrize("bypass", [False, True])
def test_the_end_of_a_long_remedy_is_on_the_screen(text: str, bypass: bool) -> None:
    """Its last row is dark, as no letter is cut in two there."""
    picture = screen.draw(PLAYING._replace(notice=text, remedy=text, bypass=bypass))
    assert lit(picture.crop((8, HEIGHT - 1, WIDTH - 8, HEIGHT))) <= 16, "descenders alone"


def test_marks_never_cover_the_place_in_the_set_list() -> None:
    crowded = PLAYING._replace(
        position="111/112", notice="N", remedy="R", boost=True, xruns=99, bypass=True, title="", load=0
    )
    place = (8, 0, 50, 8)
    assert (
        screen.draw(crowded).crop(place).tobytes()
        == screen.draw(PLAYING._replace(position="111/112")).crop(place).tobytes()
    )


def test_asleep_is_dark() -> None:
    assert lit(screen.draw(PLAYING._replace(kind="asleep"))) == 0


GAIN, LEVEL = PLAYING.dials
TUNING = PLAYING._replace(kind="tuner", needle=Needle("A", 2, 12.0))
DIFFERENT = [
    PLAYING,
    PLAYING._replace(title="Plexy"),
    PLAYING._replace(position="4/12"),
    PLAYING._replace(bypass=True),
    PLAYING._replace(muted=True),
    PLAYING._replace(bypass=True, muted=True),
    PLAYING._replace(boost=True),
    PLAYING._replace(page="1/2"),
    PLAYING._replace(page="2/2"),
    PLAYING._replace(page="one of many"),
    PLAYING._replace(notice="Saved"),
    PLAYING._replace(notice="Saved", remedy="R"),
    PLAYING._replace(notice="Saved", remedy="R", bypass=True),
    PLAYING._replace(notice="Saved", remedy="R", muted=True),
    PLAYING._replace(line="Held"),
    PLAYING._replace(line="Held", bypass=True),
    PLAYING._replace(load=18),
    PLAYING._replace(load=0),
    PLAYING._replace(xruns=1),
    PLAYING._replace(xruns=2),
    PLAYING._replace(input=Meter(43 / 64)),
    PLAYING._replace(output=Meter(43 / 64)),
    PLAYING._replace(input=PLAYING.input._replace(clipped=True)),
    PLAYING._replace(output=PLAYING.output._replace(clipped=True)),
    PLAYING._replace(dials=(GAIN,)),
    PLAYING._replace(dials=(GAIN._replace(label="DRIVE"), LEVEL)),
    PLAYING._replace(dials=(GAIN._replace(text="+4.0 dB"), LEVEL)),
    PLAYING._replace(dials=(GAIN._replace(fraction=41 / 64), LEVEL)),
    PLAYING._replace(dials=(GAIN._replace(waits=True), LEVEL)),
    PLAYING._replace(dials=(GAIN._replace(waits=True, target=0.5), LEVEL)),
    PLAYING._replace(overlay=GAIN),
    PLAYING._replace(overlay=GAIN._replace(fraction=39 / 64)),
    PLAYING._replace(overlay=GAIN._replace(waits=True)),
    PLAYING._replace(overlay=GAIN._replace(waits=True, target=1 / 64)),
    PLAYING._replace(overlay=GAIN, bypass=True),
    PLAYING._replace(overlay=GAIN, muted=True),
    TUNING,
    *(TUNING._replace(needle=Needle("A", 2, cents)) for cents in (13.0, -12.0, 2.1, 1.9, -2.1)),
    TUNING._replace(needle=None),
    TUNING._replace(needle=Needle("A#", 2, 12.0)),
    TUNING._replace(needle=Needle("A", 3, 12.0)),
    TUNING._replace(needle=Needle("A", 2, 12.0, reference_hz=441.0)),
    TUNING._replace(needle=Needle("A", 2, 12.0, flat=2)),
    TUNING._replace(needle=Needle("A", 2, 12.0, muted=False)),
    PLAYING._replace(kind="trouble"),
    PLAYING._replace(kind="trouble", title="NO AUDIO INTERFACE"),
    PLAYING._replace(kind="trouble", remedy="Plug it in"),
    PLAYING._replace(kind="boot"),
    PLAYING._replace(kind="boot", title="other"),
    PLAYING._replace(kind="boot", remedy="1.2.3"),
]


def test_what_matters_changes_the_picture() -> None:
    """Each of these is a picture of its own among all of them."""
    seen: dict[bytes, View] = {}
    for view in DIFFERENT:
        other = seen.setdefault(screen.draw(view).tobytes(), view)
        assert other is view, f"{other} and {view} are one picture"


@pytest.mark.parametrize("title", ["", "AC30", "Deluxe Reverb", "Mesa Boogie Dual Rectifier Red Channel"])
@pytest.mark.parametrize("off", [PLAYING._replace(bypass=True), PLAYING._replace(muted=True)])
def test_bypass_and_mute_light_the_lower_third_of_the_screen(title: str, off: View) -> None:
    """Which is seen from anywhere on the stage, whatever the model's name is."""
    banner = (METER_COLUMNS, HEIGHT - BANNER_ROWS, WIDTH - METER_COLUMNS, HEIGHT)
    pixels = (banner[2] - banner[0]) * BANNER_ROWS
    assert lit(screen.draw(off._replace(title=title)).crop(banner)) > 0.5 * pixels
    assert lit(screen.draw(PLAYING._replace(title=title)).crop(banner)) < 0.4 * pixels


def test_the_needle_stands_where_the_cents_are() -> None:
    """Its middle moves by the same number of columns for the same number of cents, to either side."""
    silent = screen.draw(View("tuner", needle=Needle("")))

    def middle(cents: float) -> float:
        needle = differing(screen.draw(View("tuner", needle=Needle("A", 2, cents))), silent)
        found = needle.crop((0, 46, WIDTH, 56)).getbbox()
        assert found
        return (found[0] + found[2] - 1) / 2

    for cents in (10, 20, 30, 40, 50):
        right, left = middle(cents) - 63, 63 - middle(-cents)
        assert right == left == pytest.approx(cents * 1.2, abs=0.5)
