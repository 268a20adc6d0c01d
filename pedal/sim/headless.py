"""The pedal without a terminal: a script of presses, the sound and the screens kept."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gpiozero.pins.mock import MockFactory
from PIL import Image

from pedal.control.cores import leave_core
from pedal.control.display import booted
from pedal.control.main import Control
from pedal.errors import PedalError
from pedal.link import RUNNING, Link
from pedal.sim.dots import HEIGHT, WIDTH
from pedal.sim.engine import Engine, Integers, heard_on, recorded
from pedal.sim.hands import Hands
from pedal.sim.played import Looks, Played, words
from pedal.sim.script import Gesture
from pedal.sim.stage import Stage

PATIENCE_S = 20.0
"""For an engine that has to start on a busy machine."""
LOOK_S = 0.05
WAIT_S = 0.001
"""Between two looks for the first period."""
TAIL_S = 0.1
"""Played beyond the end, and two periods more, so that the end is there."""

Told = Callable[[Link, float], None]
"""Called at every look with the link and the seconds played."""


class Screenshot(NamedTuple):
    """What the screen showed from a moment on."""

    at_s: float
    image: Image.Image


class Recorder:
    """A screen that keeps every picture."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: list[Screenshot] = []

    def send(self, image: Image.Image) -> None:
        """Show the picture."""
        self._kept.append(Screenshot(self._clock(), image.copy()))

    def sleep(self) -> None:
        """Be dark."""
        self.send(Image.new("1", (WIDTH, HEIGHT)))

    def wake(self) -> None:
        """Light up; a picture comes next."""

    def close(self) -> None:
        """Nothing is held."""

    def since(self, origin: float) -> tuple[Screenshot, ...]:
        """The pictures from then on, their times counted from there; first the one that was there already."""
        before = [shot for shot in self._kept if shot.at_s <= origin][-1:]
        after = [shot for shot in self._kept if shot.at_s > origin]
        return tuple(shot._replace(at_s=max(0.0, shot.at_s - origin)) for shot in before + after)


class Headless:
    """One performance."""

    def __init__(self, control: Control, child: Engine, hands: Hands, script: tuple[Gesture, ...], told: Told) -> None:
        self.origin = 0.0
        """When the engine began, on the clock."""
        self.looks = Looks()
        self.words: dict[str, float] = {}
        self.fault = ""
        self._control = control
        self._child = child
        self._hands = hands
        self.script = script
        self._told = told
        self._clock = control.loop.clock

    def begin(self, seconds: float) -> None:
        """Start the engine; the script begins with its first period."""
        self._child.start()
        self._wait(seconds, self._clock() + PATIENCE_S)

    def _wait(self, seconds: float, deadline: float) -> None:
        """See whether it plays."""
        now, link, loop = self._clock(), self._control.link, self._control.loop
        played = link.get("heartbeat") * link.get("period_frames")
        if link.get("state") == RUNNING and played:
            self.origin = now - played / link.get("rate_hz")
            for gesture in self.script:
                self._hands.plan(gesture, self.origin + gesture.at_s)
            tail = TAIL_S + 2 * link.get("period_frames") / link.get("rate_hz")
            loop.at(self.origin + seconds + tail, self._end)
            self._look()
        elif self._child.died() or now > deadline:
            self.fault = self._child.died() or "the engine did not begin to play"
            loop.stop()
        else:
            loop.at(now + WAIT_S, lambda: self._wait(seconds, deadline))

    def _look(self) -> None:
        """Watch the engine until the end."""
        now, loop = self._clock(), self._control.loop
        self.fault = self._child.died()
        if self.fault:
            loop.stop()
            return
        self.looks.look(self._control.link, now - self.origin)
        self._told(self._control.link, now - self.origin)
        loop.at(now + LOOK_S, self._look)

    def _end(self) -> None:
        self.words = words(self._control.link)
        self._control.loop.stop()


def rehearse(
    stage: Stage, guitar: Integers, script: tuple[Gesture, ...], seconds: float, told: Told, log: Callable[[str], None]
) -> tuple[Played, tuple[Screenshot, ...]]:
    """Play so many seconds of guitar with these presses, in real time.

    Raises:
        PedalError: the engine died, or never began; the folder of the run is full.
    """
    where, card = stage.where, stage.config.card
    where.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    leave_core(stage.config.engine.cpu, log)  # before there is another thread, as each has its own cores
    playback = where.run / "playback.raw"
    factory = MockFactory()
    with ExitStack() as stack:
        stack.callback(factory.reset)
        options = recorded(where.run, guitar, card, playback)
        child = Engine(where, stage.config, where.run, options, where.run / "engine.log")
        stack.callback(child.close)
        recorder = Recorder(time.monotonic)
        control = Control(where, stage.settings, lambda: factory, booted(lambda: recorder), log, time.monotonic)
        hands = Hands(factory, stage.settings, control.loop.at, time.monotonic)
        performance = Headless(control, child, hands, script, told)
        control.loop.at(time.monotonic(), lambda: performance.begin(seconds))
        control.run()
    if performance.fault:
        raise PedalError(performance.fault)
    return _played(stage, guitar, performance, seconds, playback), recorder.since(performance.origin)


def _played(stage: Stage, guitar: Integers, performance: Headless, seconds: float, playback: Path) -> Played:
    """What came of it, cut to length."""
    rate_hz = stage.config.card.rate_hz
    frames = round(seconds * rate_hz)
    heard = heard_on(playback, stage.config.card)
    if len(heard) < frames:
        raise PedalError(
            f"the sound has {len(heard)} frames, expected {frames}; is the disk of {playback.parent} full?"
        )
    names = {entry.word: entry.title for entry in stage.rack.models}
    mean, peak = performance.looks.load()
    return Played(
        captured=np.resize(guitar, frames),
        heard=heard[:frames],
        rate_hz=rate_hz,
        script=performance.script,
        words=performance.words,
        load_mean=mean,
        load_peak=peak,
        models=tuple((at_s, names.get(word, "")) for at_s, word in performance.looks.models),
    )


def save(folder: Path, screens: tuple[Screenshot, ...]) -> None:
    """Write each picture as a PNG named for the second at which it was shown first; those of an earlier time go.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9]*.[0-9][0-9][0-9].png"):
        old.unlink()
    for at_s, image in screens:
        image.save(folder / f"{at_s:07.3f}.png")
