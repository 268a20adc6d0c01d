"""Screens: the golden pictures, what each change must change, and that nothing a view may hold breaks them."""

from collections.abc import Callable
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
    *(st.lists(dials, max_size=4).map(tuple), texts, st.none() | dials, texts, meters, meters),
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


@given(texts, texts, st.booleans())
def test_words_stay_between_the_meters_and_above_the_knobs(title: str, notice: str, bypass: bool) -> None:
    """Whatever the model is called; an accent alone may reach into the row above."""
    plain = PLAYING._replace(title="", bypass=bypass)
    changed = differing(screen.draw(plain), screen.draw(plain._replace(title=title, notice=notice))).getbbox()
    if changed:
        left, top, right, bottom = changed
        assert METER_COLUMNS < left
        assert right < WIDTH - METER_COLUMNS
        assert top >= 8
        assert bottom <= (HEIGHT - BANNER_ROWS if bypass else 52)


def test_asleep_is_dark() -> None:
    assert lit(screen.draw(PLAYING._replace(kind="asleep"))) == 0


NEEDLE = Needle("A", 2, 12.0)


@pytest.mark.parametrize(
    "change",
    [
        lambda view: view._replace(title="Plexy"),
        lambda view: view._replace(position="4/12"),
        lambda view: view._replace(bypass=True),
        lambda view: view._replace(muted=True),
        lambda view: view._replace(boost=True),
        lambda view: view._replace(page="1/2"),
        lambda view: view._replace(page="2/2"),
        lambda view: view._replace(page="one of many"),
        lambda view: view._replace(notice="Saved"),
        lambda view: view._replace(load=18),
        lambda view: view._replace(load=0),
        lambda view: view._replace(xruns=1),
        lambda view: view._replace(xruns=2),
        lambda view: view._replace(input=Meter(43 / 64)),
        lambda view: view._replace(output=Meter(43 / 64)),
        lambda view: view._replace(input=view.input._replace(clipped=True)),
        lambda view: view._replace(output=view.output._replace(clipped=True)),
        lambda view: view._replace(dials=view.dials[:1]),
        lambda view: view._replace(dials=(view.dials[0]._replace(label="DRIVE"), view.dials[1])),
        lambda view: view._replace(dials=(view.dials[0]._replace(text="+4.0 dB"), view.dials[1])),
        lambda view: view._replace(dials=(view.dials[0]._replace(fraction=41 / 64), view.dials[1])),
        lambda view: view._replace(dials=(view.dials[0]._replace(waits=True), view.dials[1])),
        lambda view: view._replace(dials=(view.dials[0]._replace(waits=True, target=0.5), view.dials[1])),
        lambda view: view._replace(overlay=view.dials[0]),
        lambda view: view._replace(overlay=view.dials[0]._replace(fraction=39 / 64)),
        lambda view: view._replace(overlay=view.dials[0]._replace(waits=True)),
        lambda view: view._replace(overlay=view.dials[0]._replace(waits=True, target=1 / 64)),
        lambda view: view._replace(overlay=view.dials[0], bypass=True),
        lambda view: view._replace(overlay=view.dials[0], muted=True),
        lambda view: view._replace(bypass=True, muted=True),
        lambda view: view._replace(kind="tuner", needle=None),
        lambda view: view._replace(kind="tuner", needle=NEEDLE),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(note="A#")),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(octave=3)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(cents=13.0)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(cents=2.1)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(cents=1.9)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(reference_hz=441.0)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(flat=2)),
        lambda view: view._replace(kind="tuner", needle=NEEDLE._replace(muted=False)),
        lambda view: view._replace(kind="trouble"),
        lambda view: view._replace(kind="trouble", title="NO AUDIO INTERFACE"),
        lambda view: view._replace(kind="trouble", remedy="Plug it in"),
        lambda view: view._replace(kind="boot"),
        lambda view: view._replace(kind="boot", remedy="1.2.3"),
    ],
)
def test_what_matters_changes_the_picture(change: Callable[[View], View]) -> None:
    """Each of these is a picture of its own among all of them."""
    changed = change(PLAYING)
    others = [PLAYING, *(view for view in SEEN if view != changed)]
    SEEN.append(changed)
    picture = screen.draw(changed).tobytes()
    assert all(screen.draw(view).tobytes() != picture for view in others)


SEEN: list[View] = []


@pytest.mark.parametrize("title", ["", "AC30", "Deluxe Reverb", "Mesa Boogie Dual Rectifier Red Channel"])
@pytest.mark.parametrize("state", ["bypass", "muted"])
def test_bypass_and_mute_light_a_third_of_the_screen(title: str, state: str) -> None:
    """Which is seen from anywhere on the stage, whatever the model's name is."""
    off = PLAYING._replace(title=title)
    banner = (METER_COLUMNS, HEIGHT - BANNER_ROWS, WIDTH - METER_COLUMNS, HEIGHT)
    ground = {True: screen.draw(off._replace(**{state: True})), False: screen.draw(off)}
    assert lit(ground[True].crop(banner)) > 0.5 * (banner[2] - banner[0]) * BANNER_ROWS
    assert lit(ground[False].crop(banner)) < 0.4 * (banner[2] - banner[0]) * BANNER_ROWS


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
