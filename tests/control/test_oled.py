"""The OLED: what the controller's memory shows is the picture, whatever came before, and little is sent for it."""

import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luma.oled.device import ssd1306
from PIL import Image, ImageDraw

from pedal.control import screen
from pedal.control.oled import I2c, Oled
from pedal.control.settings import ScreenSettings
from pedal.control.view import Meter
from tests.control.controller import Controller
from tests.golden.make_screens import PLAYING, VIEWS

KINDS = ("ssd1306", "sh1106")


def oled(kind: str, clock: Callable[[], float] = lambda: 0.0, **options: int) -> tuple[Oled, Controller]:
    """A display and the controller that it speaks to, through luma; by default, time stands still."""
    controller = Controller(kind)
    return Oled(ScreenSettings(kind, **options), lambda settings: I2c(settings, controller), clock), controller


def scribble(image: Image.Image, chance: random.Random) -> Image.Image:
    """The picture with a few more marks, lit or dark."""
    image = image.copy()
    for _ in range(chance.randrange(4)):
        box = (*sorted(chance.choices(range(128), k=2)), *sorted(chance.choices(range(64), k=2)))
        ImageDraw.Draw(image).rectangle((box[0], box[2], box[1], box[3]), fill=chance.randrange(2))
    return image


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rotate", [0, 180])
def test_every_screen_arrives(kind: str, rotate: int) -> None:
    display, controller = oled(kind, rotate=rotate)
    for view in VIEWS.values():
        image = screen.draw(view)
        display.send(image)
        assert controller.picture().rotate(rotate).tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_any_sequence_of_pictures_arrives(kind: str, seed: int) -> None:
    chance = random.Random(seed)
    display, controller = oled(kind)
    image = Image.new("1", (128, 64))
    for _ in range(5):
        image = scribble(image, chance)
        display.send(image)
        assert controller.picture().tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_changes_is_sent(kind: str) -> None:
    """Bytes on the bus with commands; a picture as a whole is 1024."""
    display, controller = oled(kind)
    display.send(screen.draw(PLAYING))
    assert controller.sent > 1024
    controller.sent = 0
    display.send(screen.draw(PLAYING))
    assert controller.sent == 0
    display.send(screen.draw(PLAYING._replace(input=Meter(44 / 64))))
    assert 0 < controller.sent <= 4 + 1 + 4
    controller.sent = 0
    display.send(screen.draw(PLAYING._replace(input=Meter(20 / 64), output=Meter(20 / 64))))
    assert controller.sent < 128


def test_a_change_at_both_ends_of_a_page_leaves_its_middle_alone() -> None:
    display, controller = oled("ssd1306")
    image = Image.new("1", (128, 64))
    display.send(image)
    controller.sent = 0
    image.putpixel((0, 9), 1)
    image.putpixel((127, 9), 1)
    display.send(image)
    assert controller.sent == 2 * (4 + 2)
    assert controller.picture().tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lit_before_the_picture_is_there(kind: str) -> None:
    """The memory holds chance after power-up."""
    display, controller = oled(kind)
    controller.fails_after = 10
    with pytest.raises(OSError, match="no display answers at 0x3C of I²C bus 1"):
        display.send(Image.new("1", (128, 64)))
    controller.fails_after = -1
    assert controller.picture().getbbox() is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transfers", range(0, 40, 3))
def test_a_display_that_was_unplugged_shows_the_next_picture(kind: str, transfers: int) -> None:
    """After however many transfers it was pulled: it comes back with its registers reset."""
    chance = random.Random(transfers)
    display, controller = oled(kind)
    image = screen.draw(PLAYING)
    display.send(image)
    controller.fails_after = transfers

    def go_on() -> None:
        for _ in range(50):
            display.send(scribble(image, chance))

    with pytest.raises(OSError, match="no display answers"):
        go_on()
    controller.power_up()
    display.send(image)
    assert controller.picture().tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every_s", [0.05, 0.3, 5.0])
@pytest.mark.parametrize("before", range(1, 60, 7))
def test_one_that_lost_its_power_unnoticed_is_back_within_seconds(kind: str, every_s: float, before: int) -> None:
    """Something changes that often; it was gone between two changes, after that many of them."""
    pictures = [screen.draw(PLAYING._replace(input=Meter(step / 64))) for step in range(2)]
    now = 1e5
    display, controller = oled(kind, lambda: now)
    for change in range(before):
        now += every_s
        display.send(pictures[change % 2])
    controller.power_up()
    lost_at = now
    while now < lost_at + max(4.0, every_s):
        now += every_s
        change += 1
        display.send(pictures[change % 2])
    for _ in range(20):
        assert controller.picture().tobytes() == pictures[change % 2].tobytes()
        now += every_s
        change += 1
        display.send(pictures[change % 2])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_for_that_is_little_and_nothing_while_nothing_changes(kind: str) -> None:
    pictures = [screen.draw(PLAYING._replace(input=Meter(step / 64))) for step in range(2)]
    now = 0.0
    display, controller = oled(kind, lambda: now)
    most = 0
    for change in range(1, 1200):
        now += 0.05
        controller.sent = 0
        display.send(pictures[change % 2])
        most = max(most, controller.sent) if change > 1 else 0
    assert most < 200, "bytes in one go; a picture has 1024"
    controller.sent = 0
    for _ in range(100):
        now += 10.0
        display.send(pictures[change % 2])
    assert controller.sent == 0


@pytest.mark.parametrize("kind", KINDS)
def test_it_sleeps_wakes_and_is_dark_when_closed(kind: str) -> None:
    display, controller = oled(kind)
    image = screen.draw(PLAYING)
    display.send(image)
    display.sleep()
    assert controller.picture().getbbox() is None
    controller.power_up()
    display.wake()
    display.send(image)
    assert controller.picture().tobytes() == image.tobytes()
    display.close()
    assert controller.picture().getbbox() is None


def test_closing_one_that_does_not_answer_raises_nothing() -> None:
    display, controller = oled("ssd1306")
    controller.fails_after = 0
    display.close()


@pytest.mark.parametrize(("percent", "contrast"), [(0, 0), (60, 153), (100, 255)])
def test_brightness_is_the_contrast(percent: int, contrast: int) -> None:
    display, controller = oled("ssd1306", brightness=percent)
    display.send(Image.new("1", (128, 64)))
    assert controller.registers[0x81] == contrast


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")
def test_the_ssd1306_is_set_up_as_by_luma() -> None:
    """All but the addressing, its contrast, and what it shows."""
    display, ours = oled("ssd1306")
    display.send(Image.new("1", (128, 64)))

    class Recorded(Controller):
        def _store(self, data: object) -> None: ...

    theirs = Recorded("ssd1306")
    ssd1306(I2c(ScreenSettings(), theirs))
    own = {0x20, 0x21, 0x22, 0x81}
    assert ours.flags == theirs.flags
    assert ours.first_row == theirs.first_row
    assert {code: value for code, value in ours.registers.items() if code not in own} == {
        code: value for code, value in theirs.registers.items() if code not in own
    }


def test_no_bus_says_what_turns_it_on() -> None:
    with pytest.raises(OSError, match=r"there is no I²C bus 4321; dtparam=i2c_arm=on in config\.txt turns it on"):
        Oled(ScreenSettings(bus=4321))


def test_another_address_is_named() -> None:
    controller = Controller("ssd1306", address=0x3D)
    display = Oled(ScreenSettings(), lambda settings: I2c(settings, controller))
    with pytest.raises(
        OSError, match=r"no display answers at 0x3C of I²C bus 1; see its wires, and \[screen\] address"
    ):
        display.send(Image.new("1", (128, 64)))


@pytest.mark.parametrize("break_it", [lambda bus: bus.command(0xAE), lambda bus: bus.data(b"\0")])
def test_any_other_failure_of_the_bus_is_an_error_of_the_display(break_it: Callable[[I2c], None]) -> None:
    class Hanging(Controller):
        def write_i2c_block_data(self, *_: object) -> None:
            raise TimeoutError(110, "Connection timed out")

    with pytest.raises(OSError, match=r"I²C bus 1 failed: .*Connection timed out"):
        break_it(I2c(ScreenSettings(), Hanging("ssd1306")))


def test_the_bus_brings_no_threads() -> None:
    """luma.oled's own devices start four."""
    script = (
        "import os\nfrom pedal.control.oled import Oled\nfrom pedal.control.settings import ScreenSettings\n"
        "try:\n    Oled(ScreenSettings(bus=4321))\nexcept OSError:\n    print(len(os.listdir('/proc/self/task')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"
