"""What the panel knows, and what can be read off it."""

from collections.abc import Mapping
from typing import NamedTuple

from pedal.control.events import Told
from pedal.control.rack import Entry, Rack
from pedal.control.saved import RANGES, Setting
from pedal.control.settings import Role, Settings

NOTHING = Entry("", "", "", 0)
"""Plays where no model does: the guitar passes dry."""
BOOT_S = 3.0
"""An engine or a card may take as long after the start before its absence is a trouble."""


class Notice(NamedTuple):
    """A few words and when they go."""

    text: str
    until: float
    remedy: str = ""
    """What to do; where there is something, the two fill the screen."""
    about: str = ""
    """Of what was told, and goes when that is taken back; or feet, for what answers one."""


class Overlay(NamedTuple):
    """What is being turned."""

    key: str
    """A field of Setting."""
    stands: float | None
    """Where the potentiometer stands that turns it; None: an encoder, which stands nowhere."""
    until: float


class State(NamedTuple):
    """Everything. No dict in it is ever changed; another takes its place."""

    settings: Settings
    began: float
    touched: float
    """When the display was last given a reason to be awake."""
    rack: Rack = Rack()
    """Without a tag until it has been read."""
    settled: bool = False
    """Whether it has once been known of every model file what it is: what comes later is news."""
    known: Mapping[str, int] = {}
    """The word of every model that the player has been told of, or need not be, by its name."""
    model: str = ""
    """The name of what the player chose; it may be missing from the rack."""
    playing: Entry = NOTHING
    """What sounds; kept when its file goes."""
    place: int = 0
    """Of the chosen model among the playable ones; of the one after it, where it is missing."""
    previous: str = ""
    bypass: bool = False
    muted: bool = False
    boost: bool = False
    tuner: bool = False
    undo: str = ""
    """What the last press of bypass changed: bypass, tuner or nothing."""
    knobs: Mapping[str, Setting] = {}
    """By the model's name."""
    page: int = 0
    stands: Mapping[Role, float] = {}
    """Where each potentiometer was last seen."""
    overlay: Overlay | None = None
    notices: tuple[Notice, ...] = ()
    """Shown one after another."""
    told: Mapping[str, Told] = {}
    """By what it is about."""
    said: Mapping[str, str] = {}
    """The last text about each thing, taken back or not: the same once more is no news."""


def playable(state: State) -> list[Entry]:
    """The models that next and previous walk, in the order of the set list."""
    return [entry for entry in state.rack.entries if not entry.refused]


def found(state: State) -> bool:
    """Whether the chosen model is among the playable ones."""
    entries = playable(state)
    return state.place < len(entries) and entries[state.place].name == state.model


def place_of(state: State, name: str) -> int | None:
    """The first playable one of that name; capitals do not matter, unless two differ by nothing else."""
    names = [entry.name for entry in playable(state)]
    if name in names:
        return names.index(name)
    return next((place for place, other in enumerate(names) if other.casefold() == name.casefold()), None)


def setting_of(state: State) -> Setting:
    """Where the knobs stand for the chosen model."""
    return state.knobs.get(state.model, Setting())


def pages(state: State) -> tuple[str, ...]:
    """What the gain knob turns on each page: fields of Setting."""
    return (*("knob_1", "knob_2")[: len(state.playing.knobs)], "input_gain_db")


def turned_by(state: State, role: Role) -> str | None:
    """The field of Setting that a knob of this role turns now; None: nothing."""
    match role:
        case "gain":
            return pages(state)[state.page]
        case "level":
            return "level_db"
        case "knob_2":
            return "knob_2" if len(state.playing.knobs) > 1 else None
        case "input":
            return "input_gain_db"


def fraction(key: str, value: float) -> float:
    """How far a value is on its way, 0 to 1."""
    low, high = RANGES[key]
    return (value - low) / (high - low)


def sorted_out(state: State) -> bool:
    """Whether it is known of every model file what it is; until then one that lacks may still come."""
    return bool(state.rack.tag) and state.rack.complete


def asleep(state: State, now: float) -> bool:
    """Whether the display is; never while tuning, as the touch that wakes it would end the tuner."""
    sleep_s = state.settings.screen.sleep_s
    return bool(sleep_s) and not state.tuner and now >= state.touched + sleep_s
