"""What feet and hands do and when, from a line such as `0.5:B 1.2:A~ 2:B+C 3:gain+4 4:gain!`."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from pedal.control.settings import Settings
from pedal.errors import ConfigError

GRAMMAR = (
    "SECONDS:SWITCH, ~ after it for a long press, SWITCH+SWITCH for two at once, KNOB+N or KNOB-N, KNOB! to push it"
)

TAP_S = 0.08
HOLD_S = 0.7
CHORD_S = 0.12
CHORD_LAG_S = 0.03
"""The second foot, or the other half of the first, comes down a little later."""
EDGE_S = 0.002
"""Between two edges of an encoder; four are a detent."""
DETENT_S = 0.12
"""Between two detents: too slow to be sped up."""


class Gesture(NamedTuple):
    """One thing that a foot or a hand does."""

    at_s: float
    kind: Literal["tap", "hold", "chord", "turn", "push"]
    names: tuple[str, ...]
    """One switch or knob; two switches of a chord."""
    steps: int = 0
    """Clockwise positive: an encoder's detents, or 32nds of a potentiometer's way."""

    @property
    def seconds(self) -> float:
        """How long it takes."""
        turning = (abs(self.steps) - 1) * DETENT_S + 4 * EDGE_S
        return {"tap": TAP_S, "hold": HOLD_S, "chord": CHORD_S, "turn": turning, "push": TAP_S}[self.kind]

    def __str__(self) -> str:
        """As a script says it, without the time."""
        mark = {"hold": "~", "push": "!", "turn": f"{self.steps:+d}"}.get(self.kind, "")
        return "+".join(self.names) + mark


def parse(text: str, settings: Settings, seconds: float) -> tuple[Gesture, ...]:
    """The gestures in text in the order of their times, all within so many seconds.

    Raises:
        ConfigError: every fault in it, at once.
    """
    gestures: list[Gesture] = []
    faults: list[str] = []
    for word in text.split():
        try:
            gestures.append(_gesture(word, settings, seconds))
        except ValueError as error:
            faults.append(f"{word}: {error}")
    gestures.sort(key=lambda gesture: gesture.at_s)
    faults.extend(_overlaps(gestures))
    if faults:
        raise ConfigError(f"the script of presses: {'; '.join(faults)}")
    return tuple(gestures)


def usual(settings: Settings, seconds: float) -> tuple[Gesture, ...]:
    """What is played where no script is given: bypassed, the first model, another one, the tuner.

    What no switch does is left out.
    """
    wanted = ((0.0, "bypass"), (0.28, "bypass"), (0.52, "next"), (0.76, "tuner"))
    found = ((share * seconds, _foot(action, settings)) for share, action in wanted)
    return tuple(Gesture(round(at_s, 2), *how) for at_s, how in found if how)


def _foot(action: str, settings: Settings) -> tuple[Literal["tap", "hold"], tuple[str, ...]] | None:
    """The press of one switch that does this; None where there is none."""
    for name, switch in settings.switch.items():
        if switch.press == action:
            return "tap", (name,)
        if switch.long == action:
            return "hold", (name,)
    return None


def _gesture(word: str, settings: Settings, seconds: float) -> Gesture:
    """The gesture that one word of the script describes.

    Raises:
        ValueError: it describes none; the text says why.
    """
    when, colon, what = word.partition(":")
    if not colon or not what or not re.fullmatch(r"\d+(\.\d*)?|\.\d+", when, re.ASCII):
        raise ValueError(f"expected {GRAMMAR}")
    at_s = float(when)
    if at_s >= seconds:
        raise ValueError(f"it would be after the end, {seconds:g} s")
    turn = re.fullmatch(r"(.+?)([+-]\d{1,3})", what, re.ASCII)
    if turn and not {turn[1], turn[2].removeprefix("+")} <= settings.switch.keys():
        return _turn(at_s, turn[1], int(turn[2]), settings)
    if what.endswith("!"):
        return _push(at_s, what.removesuffix("!"), settings)
    if what.endswith("~"):
        return Gesture(at_s, "hold", (_switch(what.removesuffix("~"), settings),))
    names = tuple(_switch(name, settings) for name in what.split("+"))
    if len(names) > 2 or len(set(names)) < len(names):
        raise ValueError("expected two different switches")
    return Gesture(at_s, "chord" if len(names) == 2 else "tap", names)


def _turn(at_s: float, name: str, steps: int, settings: Settings) -> Gesture:
    if not steps:
        raise ValueError("expected a step at least")
    return Gesture(at_s, "turn", (_known("knob", name, settings.knob),), steps)


def _push(at_s: float, name: str, settings: Settings) -> Gesture:
    if settings.knob[_known("knob", name, settings.knob)].push < 0:
        raise ValueError(f"knob {name} has no push switch")
    return Gesture(at_s, "push", (name,))


def _switch(name: str, settings: Settings) -> str:
    return _known("switch", name, settings.switch)


def _known(kind: str, name: str, candidates: Iterable[str]) -> str:
    """The name, which is one of the candidates.

    Raises:
        ValueError: it is not.
    """
    names = {candidate.casefold(): candidate for candidate in candidates}
    if name in names.values():
        return name
    if not names:
        raise ValueError(f"there is no {kind} at all")
    close = difflib.get_close_matches(name.casefold(), names, 1)
    meant = f"did you mean {names[close[0]]}?" if close else f"expected one of {', '.join(names.values())}"
    raise ValueError(f"{kind} {name or '(none)'} is unknown, {meant}")


def _overlaps(gestures: list[Gesture]) -> Iterator[str]:
    """What could not be done, because the same switch or knob is still at something else."""
    until: dict[str, tuple[float, Gesture]] = {}
    for gesture in gestures:
        for name in gesture.names:
            end_s, earlier = until.get(name, (0.0, gesture))
            if gesture.at_s < end_s:
                yield f"{gesture.at_s:g}:{gesture}: {name} is still at {earlier.at_s:g}:{earlier} until {end_s:g} s"
            until[name] = max(end_s, gesture.at_s + gesture.seconds), gesture
