"""The display's pace and patience, on a clock of its own; and once as the thread that it is."""

import threading
from collections.abc import Callable

import pytest
from PIL import Image

from pedal.control import screen
from pedal.control.display import FRAME_S, Display
from pedal.control.view import View

ONE, TWO, THREE = (View("play", title=title) for title in ("One", "Two", "Three"))
ASLEEP = View("asleep")


class Device:
    """A screen that keeps what it was asked, and can be unplugged."""

    def __init__(self) -> None:
        self.asked: list[str | bytes] = []
        self.plugged = True
        self.sent = threading.Event()

    def open(self) -> "Device":
        """The device, if it is there."""
        self._ask("open")
        return self

    def send(self, image: Image.Image) -> None:
        """Keep a picture."""
        self._ask(image.tobytes())
        self.sent.set()

    def sleep(self) -> None:
        """Be dark."""
        self._ask("sleep")

    def wake(self) -> None:
        """Light up."""
        self._ask("wake")

    def close(self) -> None:
        """Be let go of."""
        self.asked.append("close")

    def _ask(self, what: str | bytes) -> None:
        if not self.plugged:
            raise OSError("no display answers")
        self.asked.append(what)


@pytest.fixture
def device() -> Device:
    """One that is plugged in."""
    return Device()


@pytest.fixture
def told() -> list[str]:
    """What the player was told."""
    return []


@pytest.fixture
def display(device: Device, told: list[str]) -> Display:
    """A display whose turns the test takes."""
    return Display(device.open, told.append)


def drawn(view: View) -> bytes:
    """Its picture."""
    return screen.draw(view).tobytes()


def test_nothing_is_done_before_there_is_a_view(display: Display, device: Device) -> None:
    assert display.turn(0.0) is None
    assert device.asked == []


def test_the_first_view_opens_the_device(display: Display, device: Device, told: list[str]) -> None:
    display.show(ONE)
    assert display.turn(0.0) is None
    assert device.asked == ["open", drawn(ONE)]
    assert told == []


def test_the_same_view_is_drawn_once(device: Device, told: list[str]) -> None:
    drawings: list[View] = []

    def draw(view: View) -> Image.Image:
        drawings.append(view)
        return screen.draw(view)

    display = Display(device.open, told.append, draw)
    for second in range(5):
        display.show(View(*ONE))
        assert display.turn(float(second)) is None
    assert drawings == [ONE]


def test_twenty_frames_a_second_at_most_and_the_newest_wins(display: Display, device: Device) -> None:
    """A view every millisecond for a second, and the thread's turn each time."""
    views = [View("play", title=str(number)) for number in range(1001)]
    for millisecond, view in enumerate(views):
        display.show(view)
        display.turn(millisecond / 1000)
    assert len(device.asked) - 1 <= 21
    assert display.turn(2.0) is None
    assert device.asked[-1] == drawn(views[-1])


def test_a_view_that_comes_too_early_is_shown_when_it_is_time(display: Display, device: Device) -> None:
    display.show(ONE)
    display.turn(10.0)
    display.show(TWO)
    wait = display.turn(10.0 + FRAME_S / 4)
    assert wait is not None
    assert wait == pytest.approx(FRAME_S * 3 / 4)
    display.show(THREE)
    assert display.turn(10.0 + FRAME_S / 4 + wait + 1e-9) is None
    assert device.asked[1:] == [drawn(ONE), drawn(THREE)]


def test_asleep_it_gets_no_pictures(display: Display, device: Device) -> None:
    for second, view in enumerate((ONE, ASLEEP, ASLEEP, TWO)):
        display.show(view)
        display.turn(float(second))
    assert device.asked == ["open", drawn(ONE), "sleep", "wake", drawn(TWO)]


def test_a_device_that_fails_is_closed_told_once_and_tried_again_ever_more_seldom(
    display: Display, device: Device, told: list[str]
) -> None:
    display.show(ONE)
    display.turn(0.0)
    device.plugged = False
    display.show(TWO)
    now, waits = 1.0, []
    for _ in range(7):
        wait = display.turn(now)
        assert wait is not None
        assert display.turn(now + wait / 2) == pytest.approx(wait / 2)
        waits.append(wait)
        now += wait
    assert waits == [1, 2, 4, 8, 10, 10, 10]
    assert told == ["no display answers"]
    assert device.asked == ["open", drawn(ONE), "close"]
    device.plugged = True
    assert display.turn(now) is None
    assert told == ["no display answers", ""]
    assert device.asked[3:] == ["open", drawn(TWO)]


def test_a_display_absent_from_the_start_is_told_too(display: Display, device: Device, told: list[str]) -> None:
    device.plugged = False
    display.show(ONE)
    assert display.turn(0.0) == 1.0
    device.plugged = True
    assert display.turn(1.0) is None
    assert told == ["no display answers", ""]
    device.plugged = False
    display.show(TWO)
    assert display.turn(2.0) == 1.0, "patience begins anew after a success"


def test_what_was_shown_before_a_failure_is_sent_again(display: Display, device: Device) -> None:
    display.show(ONE)
    display.turn(0.0)
    device.plugged = False
    display.show(TWO)
    display.turn(1.0)
    device.plugged = True
    display.show(ONE)
    display.turn(2.0)
    assert device.asked == ["open", drawn(ONE), "close", "open", drawn(ONE)]


def test_the_thread_shows_what_it_is_given_and_closes_the_device(device: Device, told: list[str]) -> None:
    display = Display(device.open, told.append)
    display.start()
    display.show(ONE)
    assert device.sent.wait(10)
    device.sent.clear()
    display.show(TWO)
    assert device.sent.wait(10)
    display.close()
    assert device.asked == ["open", drawn(ONE), drawn(TWO), "close"]
    assert "display" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("before", [lambda _: None, lambda display: display.show(ONE)])
def test_a_display_that_was_never_started_closes(before: Callable[[Display], None], display: Display) -> None:
    before(display)
    display.close()
