"""Control's sections of pedal.toml: pins, switch actions, knobs, screen, tuner; every default is in this file."""

from typing import NamedTuple

from pedal.control.events import Role

ACTIONS = ("bypass", "next", "previous", "favourite", "tuner", "mute", "boost", "none")
"""And `select N`, N from 1."""


class GpioSettings(NamedTuple):
    """[gpio]"""

    factory: str = "auto"
    """auto, lgpio, rpigpio or none."""


class SwitchSettings(NamedTuple):
    """[switch.NAME]: a footswitch between its pin and ground. Any in the file replace all of the default ones."""

    pin: int
    """BCM number."""
    press: str = "none"
    long: str = "none"


class ChordSettings(NamedTuple):
    """[chord]: "B+C" = "favourite"; two switches within 0.4 s."""

    switches: tuple[str, str]
    action: str


class KnobSettings(NamedTuple):
    """[knob.NAME]: an encoder (pins, and push where it has one) or a potentiometer (channel of the MCP3008)."""

    kind: str
    """encoder or potentiometer."""
    turns: Role
    pins: tuple[int, ...] = ()
    """The encoder's two, BCM numbers."""
    push: int = -1
    """BCM number of its push switch; -1: none."""
    channel: int = -1
    """0 to 7."""


class LedSettings(NamedTuple):
    """[led]: BCM numbers; -1: none."""

    bypass: int = 23
    """On while the effect is heard."""
    clip: int = 24


class ScreenSettings(NamedTuple):
    """[screen]"""

    driver: str = "ssd1306"
    """ssd1306, sh1106 or none."""
    bus: int = 1
    address: int = 0x3C
    rotate: int = 0
    """0 or 180 degrees."""
    brightness: int = 60
    """Percent."""
    overlay_s: float = 1.5
    """How long what is turned fills the screen."""
    sleep_s: float = 600.0
    """Without a touch; 0: never. A sleeping display wakes at any touch, which acts all the same."""


class TunerSettings(NamedTuple):
    """[tuner]"""

    reference_hz: float = 440.0
    """415 to 466."""
    flat: int = 0
    """Semitones that the strings are tuned down, 0 to 6: notes are named as if they were not."""
    sound: str = "mute"
    """mute or dry."""


class ModelSettings(NamedTuple):
    """[models]"""

    favourites: tuple[str, ...] = ()
    """The two models that `favourite` goes back and forth between; none: the last two played."""
    loudness: str = "even"
    """even: every model is brought to one loudness; original: as its file has it."""
    boost_db: float = 6.0
    """What `boost` adds to the level, 0 to 20."""


SWITCHES = {
    "A": SwitchSettings(17, "bypass", "tuner"),
    "B": SwitchSettings(27, "previous"),
    "C": SwitchSettings(22, "next"),
}
CHORDS = (ChordSettings(("B", "C"), "favourite"),)
KNOBS = {
    "gain": KnobSettings("encoder", "gain", (5, 6), 13),
    "level": KnobSettings("encoder", "level", (16, 20), 21),
}


class Settings(NamedTuple):
    """All of control's sections."""

    gpio: GpioSettings = GpioSettings()
    switch: dict[str, SwitchSettings] = SWITCHES
    chord: tuple[ChordSettings, ...] = CHORDS
    knob: dict[str, KnobSettings] = KNOBS
    led: LedSettings = LedSettings()
    screen: ScreenSettings = ScreenSettings()
    tuner: TunerSettings = TunerSettings()
    models: ModelSettings = ModelSettings()
