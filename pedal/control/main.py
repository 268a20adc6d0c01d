"""The control process: feet, hands and eyes put together; what they ask for goes to the engine's link."""

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from math import inf
from typing import Any

from pedal.config import Places
from pedal.control import panel, saved, shown
from pedal.control.assignments import values_for
from pedal.control.display import Display
from pedal.control.events import Act, Event, Moved, Noted, Passed, Pushed, Racked, Stirred, Told, Turned
from pedal.control.knobs import Detent, Encoder, Potentiometer, PushEdge
from pedal.control.listener import Listener
from pedal.control.loop import Loop
from pedal.control.published import Published
from pedal.control.rack import Rack
from pedal.control.remote import Remote
from pedal.control.saver import Saver
from pedal.control.sensed import Heard, Sensed
from pedal.control.settings import Settings
from pedal.control.state import State, asleep
from pedal.control.stock import Stock
from pedal.control.switches import Footswitches, SwitchEdge
from pedal.control.watch import Watch
from pedal.errors import ConfigError, LinkError
from pedal.files import sweep
from pedal.kernel.library import library_tag
from pedal.link import Link, control_lock

LOOK_S = 0.05
"""Between two looks at the engine's words while the display is awake."""
ASLEEP_S = 0.25
SLOW_S = 1.0
"""Between two looks at the models folder, the link's file and what is to be saved for the engine."""
POTENTIOMETERS_S = 0.02
LISTENER_S = 2.0
"""After the start: the tuner's thread imports numpy when footswitches and screen are there."""
BETWEEN_THREADS_S = 0.001
"""A thread that draws gives way so soon to the one that a footswitch has woken; Python's own is five times as long."""


class Control:
    """Everything that control owns, and the loop that turns edges into words of the link."""

    def __init__(
        self,
        where: Places,
        settings: Settings,
        open_factory: Callable[[], Any],
        display: Display,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened before `run`, which closes the display; threads run where the caller's may.

        `open_factory` gives gpiozero's pin factory, or None on a machine without pins.
        """
        sys.setswitchinterval(BETWEEN_THREADS_S)
        self.loop = Loop(clock)
        self._clock, self._where, self._settings, self._log = clock, where, settings, log
        self._open_factory = open_factory
        self._display = display

    def tell(self, about: str, text: str, remedy: str = "") -> None:
        """Have the player told, for as long as it holds; from any thread. An empty text takes it back."""
        self.loop.post(lambda: self._take(Told(about, text, remedy)))

    @property
    def link(self) -> Link:
        """The link, while `run` runs."""
        return self._published.link

    @property
    def state(self) -> State:
        """The panel, while `run` runs."""
        return self._state

    @property
    def sensed(self) -> Sensed:
        """What the engine reported last, while `run` runs."""
        return self._sensed

    def run(self) -> None:
        """Play, until `loop.stop`.

        Raises:
            LinkError: another control, or a `pedal set`, holds `control.lock`; the link cannot be opened.
        """
        with ExitStack() as stack:
            stack.callback(self.loop.close)
            stack.callback(self._display.close)
            stack.enter_context(control_lock(self._where.run))
            self._open(stack)
            self.loop.run()

    def _open(self, stack: ExitStack) -> None:
        """Open everything, in the order of how soon a player misses it; the stack closes it."""
        now = self._clock()
        self._display.tell(self._teller("screen", "NO SCREEN"))
        self._saver = Saver(self._teller("state", "CANNOT SAVE"), self._clock)
        self._published = Published(self._where, self._saver.save)
        stack.callback(self._published.close)
        self._saver.start()
        sweep(self._where.state)
        found = saved.read(self._where.saved)
        words = {name: self.link.get(name) for name in ("model", "level_db")}
        self._state = panel.start(found.saved, self._settings, now, words)
        self._saved, self._sensed = found.saved, Sensed()
        self._heard: Heard | None = None
        self._lit: tuple[bool, bool] | None = None
        self._faults: tuple[str, ...] = ()
        self._watch = Watch()
        self._listener = Listener(self.loop, self._hear, self._teller("tuner", "TUNER FAILS"))
        stack.callback(self._listener.close)
        self._open_pins(stack)
        if found.fault:
            self._log(found.fault)
            self._take(Noted("STATE WAS DAMAGED", "It was put aside; the knobs begin anew."))
        self._open_remote(stack)
        self._stock = Stock(
            self.loop,
            self._where,
            library_tag(),
            lambda: self._state.model,
            self._rack,
            lambda why: self.tell("models", "MODELS NOT READ" if why else "", why),
            self._log,
        )
        stack.callback(self._stock.close)
        stack.callback(self._close_saver)
        self.loop.at(now + LISTENER_S, self._listener.start)
        self.loop.every(SLOW_S, self._look_slowly)
        self._look()

    def _close_saver(self) -> None:
        """Before everything that may take its time: the plug may be pulled soon."""
        if not self._saver.close():
            self._log("what was changed last could not be saved")

    def _open_pins(self, stack: ExitStack) -> None:
        """Open footswitches, knobs and LEDs; what cannot be opened is told, and the rest works."""
        from pedal.control.pins import Pins  # here, because gpiozero takes longer to come than a boot screen

        knobs = self._settings.knob
        factory = self._open_factory()
        self._pins = Pins(self._settings, factory, self._queue, self._log, self._clock)
        stack.callback(self._pins.close)
        self._feet = Footswitches(self._settings.switch, self._settings.chord, self._pins.is_down)
        self._feet_wake = inf
        self._encoders = {name: Encoder() for name in knobs}
        self._potentiometers = {name: Potentiometer() for name, knob in knobs.items() if knob.kind == "potentiometer"}
        if self._potentiometers:
            self.loop.every(POTENTIOMETERS_S, self._read_knobs)

    def _open_remote(self, stack: ExitStack) -> None:
        try:
            remote = Remote(self._where.run / "control.sock")
        except OSError as error:
            self._log(f"`pedal set` cannot be heard: {error}")
            return
        stack.callback(remote.close)
        self.loop.watch(remote, lambda: self._answer(remote))

    def _take(self, event: Event) -> None:
        """The one way for anything to happen."""
        tuned = self._state.tuner
        self._state = panel.step(self._state, event, self._clock())
        self._publish()
        if self._state.tuner != tuned:
            self._heard = None
            self._listener.listen_to(None if tuned else self.link)
            self._listener.start()

    def _publish(self) -> None:
        """Whatever has changed, the engine's words before everything else."""
        state, now = self._state, self._clock()
        self._published.publish(panel.words(state))
        if (lit := shown.leds(state, self._sensed)) != self._lit:
            self._lit = lit
            self._pins.show(*lit)
        self._display.show(shown.view(state, self._sensed, now))
        remembered = panel.saved(state)
        if remembered != self._saved:
            self._saved = remembered
            self._saver.save(self._where.saved, saved.encode(remembered))

    def _queue(self, edge: SwitchEdge | Detent | PushEdge) -> None:
        """Take an edge in the loop's thread; called in any."""
        self.loop.post(lambda: self._edge(edge))

    def _edge(self, edge: SwitchEdge | Detent | PushEdge) -> None:
        """A foot or a hand, just now."""
        match edge:
            case SwitchEdge(name, down, at):
                self._act(self._feet.edge(name, down, at))
            case Detent(name, direction, at):
                self._take(Turned(self._settings.knob[name].turns, self._encoders[name].turn(direction, at)))
            case PushEdge():
                self._take(Pushed())

    def _read_knobs(self) -> None:
        for name, raw in self._pins.read_knobs():
            position = self._potentiometers[name].reading(raw)
            if position is not None:
                self._take(Moved(self._settings.knob[name].turns, position))

    def _act(self, acts: Iterable[Act]) -> None:
        """What the footswitches ask for; and be there when time brings more of it."""
        for act in acts:
            self._take(act)
        wakes = self._feet.wakes()
        if wakes is not None and wakes < self._feet_wake:
            self._feet_wake = wakes
            self.loop.at(wakes, lambda: self._feet_due(wakes))

    def _feet_due(self, moment: float) -> None:
        """Time has brought something, unless an earlier moment has taken this one's place."""
        if moment == self._feet_wake:
            self._feet_wake = inf
            self._act(self._feet.due(self._clock()))

    def _look(self) -> None:
        """See what the engine reports, and again soon: the meters move while somebody may look at them."""
        now = self._clock()
        engine = self._sensed.engine
        self._sensed = self._watch.look(self.link, now, self._heard)
        self._take(Passed() if self._sensed.engine == engine else Stirred())
        self.loop.at(now + (ASLEEP_S if asleep(self._state, now) else LOOK_S), self._look)

    def _look_slowly(self) -> None:
        """See to what may wait a second."""
        if self._sensed.refused == self._state.playing.word != 0:
            self._stock.again()  # its packed file may have been deleted
        self._stock.look()
        if self._state.playing.word:
            self._published.prove(self._clock(), {"bypass": int(self._state.bypass)})
        if self._published.lost():
            raise LinkError(f"the link is gone, as {self._where.run} was emptied; the engine has to be restarted too")
        if (faults := tuple(self._pins.faults)) != self._faults:
            self._faults = faults
            self._take(Told("pins", faults[0] if faults else "", ", ".join((*faults[1:], "the log says more"))))

    def _hear(self, frequency_hz: float | None) -> None:
        """The tuner's answer."""
        from pedal.control.tuner import named  # its module is there, or nothing would have been heard

        tuner = self._settings.tuner
        self._heard = Heard(*named(frequency_hz, tuner.reference_hz, tuner.flat)) if frequency_hz else None
        self._sensed = self._sensed._replace(heard=self._heard)
        self._publish()

    def _rack(self, rack: Rack) -> None:
        """Other models, or another order."""
        if rack.fault and rack.fault != self._state.rack.fault:
            self._take(Noted("MODELS", rack.fault))
        self._take(Racked(rack))

    def _answer(self, remote: Remote) -> None:
        """Do what `pedal set` asks, or say why not."""
        request = remote.receive()
        if request is None:
            return
        if any(name == "model" for name, _ in request.values):
            self._stock.look()  # it may have been installed this moment
        playing = self._state.playing
        try:
            asked = values_for(request.values, self._state.rack, playing if playing.word else None)
        except ConfigError as error:
            remote.answer(request.sender, {"refused": str(error)})
        else:
            self._take(asked)
            remote.answer(request.sender, {"done": True})

    def _teller(self, about: str, title: str) -> Callable[[str], None]:
        """What a thread calls with a trouble in words, and with "" when it is over."""

        def told(text: str) -> None:
            if text:
                self._log(text)
            self.tell(about, title if text else "", text)

        return told
