"""What can happen to the pedal; each is one argument of `panel.step`."""

from typing import NamedTuple

from pedal.control.rack import Rack
from pedal.control.settings import Role


class Act(NamedTuple):
    """A footswitch did something."""

    action: str
    """One of settings.ACTIONS: bypass, next, previous, favourite, tuner, mute, boost, none; or `select 3`."""
    undo: bool = False
    """The press turned out to be the beginning of a long one or of a chord: bypass goes back to what it was."""


class Turned(NamedTuple):
    """An encoder was turned."""

    role: Role
    steps: int
    """Detents, clockwise positive, multiplied where the turning is fast."""


class Moved(NamedTuple):
    """A potentiometer stands somewhere else."""

    role: Role
    position: float
    """0 to 1."""


class Pushed(NamedTuple):
    """An encoder was pushed: the next page."""


class Asked(NamedTuple):
    """`pedal set` asks for values, checked already; what is not in it stays."""

    values: dict[str, float]
    """By the names of the link's control words, but for the model."""
    model: str | None = None
    """A name in the rack; "" is none."""


class Racked(NamedTuple):
    """The models folder or the set list has changed, or has been read for the first time."""

    rack: Rack


class Told(NamedTuple):
    """Something the player must know for as long as it holds; text "" takes it back."""

    about: str
    """What it concerns, so that a later one replaces it: screen, state, pins, config, models, tuner."""
    text: str
    """A few words that fit on a line of the screen, such as CANNOT SAVE."""
    remedy: str = ""
    """What to do, or why: a sentence, shown once."""


class Noted(NamedTuple):
    """Something worth a few seconds of the screen, such as a model that was refused."""

    text: str
    remedy: str = ""
    """What to do, or why."""


class Stirred(NamedTuple):
    """Something that a sleeping display shows again, such as an engine that has stopped."""


class Passed(NamedTuple):
    """Nothing but time: overlays end, the display falls asleep."""


Event = Act | Turned | Moved | Pushed | Asked | Racked | Told | Noted | Stirred | Passed
