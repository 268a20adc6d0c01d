"""What the pedal remembers when its plug is pulled: state.json for control, words.json for an engine without control."""

import msgspec


class Setting(msgspec.Struct, frozen=True):
    """Where the knobs stand for one model."""

    input_gain_db: float = 0.0
    level_db: float = 0.0
    """The player's own trim of this model, on top of the one that evens the loudness."""
    knob_1: float = 0.5
    knob_2: float = 0.5


class Saved(msgspec.Struct, frozen=True):
    """The whole of it."""

    model: str = ""
    """Name of the model; empty for none."""
    previous: str = ""
    """The other one of the favourite pair, where the configuration names none: the model before."""
    bypass: bool = False
    boost: bool = False
    settings: dict[str, Setting] = {}
    """By the model's name; kept for models that are not there at present."""
