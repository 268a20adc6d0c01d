"""The thread that draws: the newest view, twenty times a second at most, and nothing while nothing changes."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Protocol

from PIL import Image

from pedal import __version__
from pedal.control import screen
from pedal.control.view import View

FRAME_S = 1 / 20
RETRY_S = 1.0
"""After the first error; doubled after each further one."""
LONGEST_RETRY_S = 10.0
CLOSING_S = 3.0
"""For a bus that hangs, which the system gives up after a second."""


class Device(Protocol):
    """A screen of 128 × 64 pixels; each verb raises OSError where it is not there any more."""

    def send(self, image: Image.Image) -> None:
        """Show a picture of mode 1."""

    def sleep(self) -> None:
        """Be dark."""

    def wake(self) -> None:
        """Light up again; a picture is sent next."""

    def close(self) -> None:
        """Be dark and let go of it; raises nothing."""


class Display:
    """What is to be shown, and the thread that shows it."""

    def __init__(
        self,
        open_device: Callable[[], Device],
        told: Callable[[str], None] | None = None,
        draw: Callable[[View], Image.Image] = screen.draw,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened before `start`.

        `told` is called in the display's thread: once when the device fails, with why, and with "" when it is back.
        """
        self._open_device, self._told, self._draw, self._clock = open_device, told, draw, clock
        self._thread = threading.Thread(target=self._run, name="display", daemon=True)
        self._news = threading.Event()
        self._closing = False
        self._wanted: View | None = None
        self._shown: View | None = None
        self._device: Device | None = None
        self._asleep = False
        self._not_before = 0.0
        self._trouble = ""
        self._retry_s = RETRY_S

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def tell(self, told: Callable[[str], None]) -> None:
        """Have this called from now on, and at once where the device has failed already."""
        self._told = told
        if self._trouble:
            told(self._trouble)

    def show(self, view: View) -> None:
        """Have the view shown, unless a newer one comes first; returns at once."""
        if view != self._wanted:
            self._wanted = view
            self._news.set()

    def close(self) -> None:
        """Have the device closed, and wait for it."""
        self._closing = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(CLOSING_S)

    def turn(self, now: float) -> float | None:
        """Show what is to be shown, if it is time; gives the seconds until the next turn, None for until a new view.

        The thread's own; for all others, `start` and `show` do it.
        """
        view = self._wanted
        if view is None or view == self._shown:
            return None
        if now < self._not_before:
            return self._not_before - now
        try:
            self._bring(view)
        except OSError as error:
            return self._failed(str(error), now)
        self._not_before = now + FRAME_S
        self._retry_s = RETRY_S
        self._tell("")
        return None

    def _bring(self, view: View) -> None:
        """Put the view on the device, opened before where it is not open."""
        if self._device is None:
            self._device = self._open_device()
            self._asleep = False
        if view.kind == "asleep":
            self._device.sleep()
            self._asleep = True
        else:
            if self._asleep:
                self._device.wake()
                self._asleep = False
            self._device.send(self._draw(view))
        self._shown = view

    def _failed(self, text: str, now: float) -> float:
        """Let go of the device, tell, and give the seconds until it is tried again."""
        self._let_go()
        self._shown = None
        wait, self._retry_s = self._retry_s, min(2 * self._retry_s, LONGEST_RETRY_S)
        self._not_before = now + wait
        self._tell(text)
        return wait

    def _tell(self, text: str) -> None:
        """Tell about a trouble when it comes and when it goes, not each time that it is met again."""
        news = bool(text) != bool(self._trouble)
        self._trouble = text
        if news and self._told:
            self._told(text)

    def _let_go(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()

    def _run(self) -> None:
        while not self._closing:
            self._news.clear()
            self._news.wait(self.turn(self._clock()))
        self._let_go()


def booted(open_device: Callable[[], Device]) -> Display:
    """A display that shows the boot screen, before anything else of control is imported."""
    display = Display(open_device)
    display.start()
    display.show(View("boot", "pedal", __version__))
    return display
