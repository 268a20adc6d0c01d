"""The pedal in a terminal, until somebody ends it."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from blessed import Terminal as Blessed
from gpiozero.pins.mock import MockFactory
from PIL import Image

from pedal.control.cores import leave_core
from pedal.control.display import booted
from pedal.control.main import Control
from pedal.link import RUNNING, WAITING, Link, control_lock, engine_lock
from pedal.sim.engine import Engine, Integers, recorded
from pedal.sim.hands import Hands
from pedal.sim.keys import bindings
from pedal.sim.painter import Painter
from pedal.sim.stage import Stage
from pedal.sim.terminal import Terminal

LOOK_S = 0.05
RESTART_S = 1.0
"""After an engine has died; the service waits as long."""
LOG = "sim.log"
"""In the run folder: what the engine and control say."""


class Glass:
    """The OLED, which the painter shows."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter

    def send(self, image: Image.Image) -> None:
        """Show the picture."""
        self._painter.show(image=image.copy())

    def sleep(self) -> None:
        """Be dark."""
        self._painter.show(image=None)

    def wake(self) -> None:
        """Light up; a picture comes next."""

    def close(self) -> None:
        """Nothing is held."""


class Interactive:
    """Keys in, face out, and an engine that is always there."""

    def __init__(self, control: Control, child: Engine, hands: Hands, painter: Painter, terminal: Terminal) -> None:
        self._control = control
        self._child = child
        self._hands = hands
        self._painter = painter
        self._terminal = terminal
        self._bindings = bindings(hands.settings)
        self._help = False
        self._restart_at = 0.0

    def begin(self) -> None:
        """Start the engine and listen to the keys."""
        self._child.start()
        self._control.loop.watch(sys.stdin, self._keys)
        self._control.loop.every(LOOK_S, self._look)

    def suspend(self) -> None:
        """Stop, as Ctrl-Z asks, with the terminal as it was; go on when the shell says so."""
        with self._painter.quiet():
            self._terminal.leave()
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)
            self._terminal.enter()

    def _keys(self) -> None:
        try:
            pressed = list(self._terminal.keys())
        except (EOFError, OSError):  # the terminal has gone
            pressed = ["q"]
        for key in pressed:
            if key == "q":
                self._control.loop.stop()
            elif key == "?":
                self._help = not self._help
                self._painter.show(help=self._help)
            elif key in self._bindings:
                self._hands.do(self._bindings[key])
                self._look_at_pins()

    def _look(self) -> None:
        self._look_at_pins()
        self._painter.show(engine=_engine(self._control.link))
        fault, now = self._child.died(), time.monotonic()
        if fault and not self._restart_at:
            self._painter.show(notice=fault)
            self._restart_at = now + RESTART_S
        elif self._restart_at and now >= self._restart_at:
            self._child.start()
            self._restart_at = 0.0

    def _look_at_pins(self) -> None:
        hands, led = self._hands, self._hands.settings.led
        pins = (("effect", led.bypass), ("clip", led.clip))
        self._painter.show(
            leds=tuple((name, hands.shines(pin)) for name, pin in pins if pin >= 0),
            down=hands.down(),
            turned=tuple(hands.turned.items()),
        )


def check_alone(run: Path) -> None:
    """See that no other pedal runs, before anything of this user's is touched.

    Raises:
        LinkError: one does.
    """
    for lock in (control_lock(run, 0.0), engine_lock(run)):
        with lock:
            pass


def play(stage: Stage, guitar: Integers | None, sound: str) -> None:
    """Play until `q`; guitar, [frames] at the card's rate, is what a simulated card captures; sound says what is heard.

    Raises:
        PedalError: the terminal cannot show it; another pedal has begun to run meanwhile.
    """
    where = stage.where
    terminal = Terminal(Blessed())
    factory = MockFactory()
    with ExitStack() as stack:
        stack.callback(factory.reset)
        child = stack.enter_context(_child(stage, guitar))
        stack.callback(terminal.leave)
        terminal.enter()
        painter = Painter(terminal, stage.settings)
        stack.callback(painter.close)
        painter.show(sound=sound)

        def said(line: str) -> None:
            painter.show(notice=line)
            with suppress(OSError), open(where.run / LOG, "a", encoding="utf-8", errors="replace") as log:
                log.write(f"pedal control: {line}\n")

        leave_core(stage.config.engine.cpu, said)  # before there is another thread, as each has its own cores
        glass = Glass(painter)
        control = Control(where, stage.settings, lambda: factory, booted(lambda: glass), said, time.monotonic)
        painter.start(failed=control.loop.stop)
        hands = Hands(factory, stage.settings, control.loop.at, time.monotonic)
        pedal = Interactive(control, child, hands, painter, terminal)
        _listen(stack, control, painter, pedal)
        control.loop.at(time.monotonic(), pedal.begin)
        control.run()


@contextmanager
def _child(stage: Stage, guitar: Integers | None) -> Iterator[Engine]:
    """The engine, not started yet; it ends when it is left."""
    with tempfile.TemporaryDirectory(prefix="pedal-sim-") as name:
        options: list[str] = []
        if guitar is not None:
            options = recorded(Path(name), guitar, stage.config.card, Path(os.devnull))
        child = Engine(stage.where, stage.config, Path(name), options, stage.where.run / LOG)
        try:
            yield child
        finally:
            child.close()


def _listen(stack: ExitStack, control: Control, painter: Painter, pedal: Interactive) -> None:
    """Have the terminal's signals come to the loop."""
    calls = {
        signal.SIGINT: control.loop.stop,
        signal.SIGTSTP: pedal.suspend,
        signal.SIGWINCH: painter.again,
    }
    for number, call in calls.items():
        before = signal.signal(number, lambda *_, call=call: control.loop.post(call))
        stack.callback(signal.signal, number, before)


def _engine(link: Link) -> str:
    """How the engine is, in a few words."""
    state = link.get("state") if link.engine_runs() else None
    if state != RUNNING:
        return "engine waiting for the card" if state == WAITING else "no engine"
    xruns = int(link.get("xruns_capture") + link.get("xruns_playback"))
    return f"load {link.get('load'):4.0%}   {xruns} xrun{'s' if xruns != 1 else ''}"
