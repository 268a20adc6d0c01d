"""Control with its surroundings: gpiozero's mock pins, a screen that keeps its pictures, and steps to play."""

import time
from collections.abc import Callable
from contextlib import closing

from gpiozero.pins.mock import MockFactory
from PIL import Image

from pedal.config import Places
from pedal.control import rack
from pedal.control.display import booted
from pedal.control.main import Control
from pedal.control.settings import Settings
from pedal.control.shown import view
from pedal.control.view import View
from pedal.link import Link

PATIENCE_S = 60.0
"""For what has to happen some time; on a busy machine too."""
LOOK_S = 0.002
TAP_S = 0.05
Step = tuple[Callable[[], object], Callable[[], object]]
"""What to wait for, then what to do."""


class Glass:
    """A screen that keeps every picture, and fails when it is told to."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []
        self.broken = False
        self.dark = False

    def send(self, image: Image.Image) -> None:
        if self.broken:
            raise OSError("no display answers")
        self.dark = False
        self.pictures.append(image.tobytes())

    def sleep(self) -> None:
        self.dark = True

    def wake(self) -> None:
        self.dark = False

    def close(self) -> None:
        self.dark = True


class Pedal:
    """Control with its surroundings; `play` runs it through steps, each of which waits for something to be so."""

    def __init__(self, where: Places, settings: Settings | None = None, factory: MockFactory | None = None) -> None:
        settings = settings or Settings()
        self.where = where
        self.first, self.second, *_ = rack.read(where.rack).rack.entries
        self.glass = Glass()
        self.skipped_s = 0.0
        self.log: list[str] = []
        self.factory = factory or MockFactory()
        self.pins = {name: switch.pin for name, switch in settings.switch.items()}
        display = booted(lambda: self.glass)
        self.control = Control(where, settings, lambda: self.factory, display, self.log.append, self.clock)

    def clock(self) -> float:
        """The machine's, but for what was skipped."""
        return time.monotonic() + self.skipped_s

    def view(self) -> View:
        """What is shown, while control runs."""
        return view(self.control.state, self.control.sensed, self.clock())

    def play(self, *steps: Step) -> None:
        """Do every step when what it waits for has come about, then stop."""
        loop, waiting = self.control.loop, list(steps)
        deadline = time.monotonic() + PATIENCE_S
        late: list[Step] = []

        def look() -> None:
            if waiting and waiting[0][0]():
                waiting.pop(0)[1]()
            if not waiting:
                loop.stop()
            elif time.monotonic() > deadline:
                late.append(waiting[0])
                loop.stop()

        loop.every(LOOK_S, look)
        self.control.run()
        assert not late, f"step {len(steps) - len(waiting) + 1} of {len(steps)} did not come; {self.log}"

    def down(self, name: str) -> None:
        self.factory.pin(self.pins[name]).drive_low()

    def tap(self, name: str) -> None:
        """Press it for a moment."""
        self.down(name)
        self.control.loop.at(self.clock() + TAP_S, lambda: self.up(name))

    def is_down(self, name: str) -> bool:
        return not self.factory.pin(self.pins[name]).state

    def up(self, name: str) -> None:
        self.factory.pin(self.pins[name]).drive_high()

    def word(self, name: str) -> float:
        """While control runs."""
        return self.control.link.get(name)

    def word_after(self, name: str) -> float:
        """When it has ended: the link stays."""
        with closing(Link(self.where.link)) as link:
            return link.get(name)


def nothing() -> None:
    """Be content."""
