"""Assignments as `pedal set` takes them, NAME and VALUE, and what they mean to the pedal."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pedal.control.events import Asked
from pedal.control.rack import Entry, Rack
from pedal.control.saved import RANGES
from pedal.errors import ConfigError
from pedal.model.library import NONE
from pedal.typed import chosen, hint, within

GAINS = ("input_gain_db", "level_db")
SWITCHES = ("bypass", "mute", "boost")
POSITIONS = ("off", "on")
KNOB = "knob."

Pair = tuple[str, str]


def values_for(asked: Sequence[Pair], rack: Rack, playing: Entry | None) -> Asked:
    """What these assignments ask for, while that model plays; None: none does. It need not be in the rack.

    Raises:
        ConfigError: every fault in them.
    """
    faults = repeated(asked)
    model = None
    entry = playing
    values: dict[str, float] = {}
    for name, text in sorted(asked, key=lambda pair: pair[0] != "model"):  # it comes first: the knobs are its own
        try:
            if name == "model":
                entry = None  # whose knobs they are is not known, until the new one is
                entry = None if text.casefold() == NONE else model_called(text, rack)
                model = entry.name if entry else ""
            else:
                values.update(_value(name, text, entry))
        except ConfigError as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise ConfigError("; ".join(faults))
    return Asked(values, model)


def repeated(asked: Sequence[Pair]) -> list[str]:
    """A fault for every name that is set more than once."""
    times = Counter(name.casefold() for name, _ in asked)
    return [f"{name} is set {count} times; expected once" for name, count in times.items() if count > 1]


def model_called(wanted: str, rack: Rack) -> Entry:
    """The model of the rack that is called so, or whose file is.

    Raises:
        ConfigError: there is none, or it is not played; the text says why.
    """
    for entry in (*rack.entries, *rack.out):
        if wanted.casefold() in (entry.name.casefold(), entry.file.casefold()):
            if entry.refused:
                raise ConfigError(f"{entry.name} is refused: {entry.reason or entry.refused}")
            if entry in rack.out:
                raise ConfigError(f"{entry.name} is left out of the set list; take the # from its line in setlist.txt")
            return entry
    playable = [entry.name for entry in rack.entries if not entry.refused]
    raise ConfigError(f"{wanted!r} is unknown; {hint(wanted, playable) if playable else 'there are no models'}")


def _value(name: str, text: str, entry: Entry | None) -> Iterable[tuple[str, float]]:
    """The words of one assignment that is not about the model."""
    knobs = [knob.name for knob in entry.knobs] if entry else []
    known = [*GAINS, *SWITCHES, "model", *(KNOB + knob for knob in knobs)]
    if name in GAINS:
        return [(name, within(text, *RANGES[name], "dB"))]
    if name in SWITCHES:
        return [(name, chosen("value", text, POSITIONS))]
    if name.startswith(KNOB):
        if not knobs:
            why = "this model has no knobs" if entry else "no model plays, so there is no knob"
            raise ConfigError(f"{why}; expected one of {', '.join(known)}")
        number = chosen("knob", name.removeprefix(KNOB), knobs)
        return [(f"knob_{number + 1}", within(text, 0.0, 1.0, ""))]
    raise ConfigError(f"is unknown; {hint(name, known)}")
