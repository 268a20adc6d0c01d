"""Footswitches: edges of bouncing contacts -> what the feet meant: a press, a long press, a chord of two.

Pure: the clock is an argument, in seconds, and so is what tells a contact's real level.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import NamedTuple

from pedal.control.events import Act
from pedal.control.settings import ChordSettings, SwitchSettings

DEAF_S = 0.025
"""A contact's first edge counts, what follows within this time of the last one is its bouncing."""
LONG_S = 0.5
CHORD_S = 0.4
LOOK_S = 0.5
"""How often a switch that is down is looked at, should the edge that told of its release have been lost."""


class SwitchEdge(NamedTuple):
    """A footswitch's contact has closed or opened, perhaps bouncing."""

    name: str
    down: bool
    at: float


class _Switch:
    """One footswitch."""

    def __init__(self, settings: SwitchSettings, *, in_chord: bool) -> None:
        self.press = settings.press
        self.long = settings.long
        self.waits = in_chord or settings.long != "none"
        """Whether a press may become something else."""
        self.down = False
        """As it has been acted on."""
        self.level = False
        """As its last edge said, bouncing or not."""
        self.deaf_until = -inf
        self.look = inf
        """When its real level is asked for."""
        self.since = -inf
        """When it went down."""
        self.open = False
        """It is down, and may still become something else than a press."""
        self.acted = False
        """The press has acted already."""

    @property
    def long_at(self) -> float:
        """When it becomes a long press."""
        return self.since + LONG_S if self.open and self.long != "none" else inf

    @property
    def moment(self) -> float:
        """When time alone brings something about."""
        return min(self.look, self.long_at)

    def becomes(self, action: str) -> list[Act]:
        """The press was the beginning of something else, which does this."""
        self.open = False
        return [*([Act("bypass", undo=True)] if self.acted else []), Act(action)]


class Footswitches:
    """All of them, and what was meant by each edge and by the time that passed."""

    def __init__(
        self,
        switches: Mapping[str, SwitchSettings],
        chords: Iterable[ChordSettings],
        is_down: Callable[[str], bool],
    ) -> None:
        """`is_down` gives a switch's level at the moment; it is called by `due` alone."""
        self._chords = {frozenset(chord.switches): chord.action for chord in chords}
        in_chord = frozenset[str]().union(*self._chords)
        self._switches = {name: _Switch(settings, in_chord=name in in_chord) for name, settings in switches.items()}
        self._is_down = is_down

    def edge(self, name: str, down: bool, at: float) -> list[Act]:
        """What is meant by an edge that came at that time, and by the time until then."""
        acts = self._pass(at, look=False)  # its level at present may be that of a later edge
        switch = self._switches[name]
        deaf = at < switch.deaf_until
        switch.level = down
        switch.deaf_until = switch.look = at + DEAF_S
        return acts if deaf else acts + self._level(name, down, at)

    def due(self, now: float) -> list[Act]:
        """What is meant by the time that has passed; every edge until now has been given to `edge`."""
        return self._pass(now, look=True)

    def wakes(self) -> float | None:
        """When `due` is to be called, if no edge comes before; None for never."""
        moment = min((switch.moment for switch in self._switches.values()), default=inf)
        return moment if moment < inf else None

    def _pass(self, now: float, *, look: bool) -> list[Act]:
        """Everything until now, in the order in which it came about."""
        acts: list[Act] = []
        while (moment := self.wakes()) is not None and moment <= now:
            name, switch = min(self._switches.items(), key=lambda item: item[1].moment)
            if look:
                switch.level = self._is_down(name)
            if switch.look <= moment:
                switch.look = moment + LOOK_S if switch.level else inf
            acts += self._level(name, switch.level, moment)
            if switch.long_at <= moment:
                acts += switch.becomes(switch.long)
        return acts

    def _level(self, name: str, down: bool, at: float) -> list[Act]:
        """The switch is known to be down, or not to be; what is meant where that is new."""
        switch = self._switches[name]
        if down == switch.down:
            return []
        switch.down = down
        if down:
            return self._pressed(name, at)
        released = switch.open and not switch.acted
        switch.open = False
        return [Act(switch.press)] if released else []

    def _pressed(self, name: str, at: float) -> list[Act]:
        switch = self._switches[name]
        switch.since = at
        for pair, action in self._chords.items():
            if name in pair:
                (first,) = (self._switches[other] for other in pair if other != name)
                if first.open and at <= first.since + CHORD_S:
                    switch.open = False
                    return first.becomes(action)
        switch.open = switch.waits
        switch.acted = switch.press == "bypass" or not switch.waits
        return [Act(switch.press)] if switch.acted else []
