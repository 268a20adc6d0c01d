"""Control's sections of pedal.toml: pins, switch actions, knobs, screen, tuner; every default is in this file."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args

from pedal import config
from pedal.config import Config
from pedal.control.header import LAST_PIN, counted
from pedal.control.lines import lines
from pedal.control.wiring import doubtful, wired
from pedal.errors import ConfigError
from pedal.rules import Fault, Key, Rule, Tell, choice, dotted, good, group, number, short, whole

Group = TypeVar("Group", bound=tuple[Any, ...])

Role = Literal["gain", "level", "knob_2", "input"]
"""What a knob is for. gain: the model's own first knob where it has one, else the input gain; input: always that."""

ACTIONS = ("bypass", "next", "previous", "favourite", "tuner", "mute", "boost", "none")
"""And `select N`, N from 1."""
SELECT = re.compile(r"select [1-9][0-9]{0,2}")
NAMED = re.compile(r"[A-Za-z0-9_-]+")
"""What a switch or a knob may be called: a key of TOML without quotes."""

PIN = whole(0, LAST_PIN, what="a BCM pin number", hint=counted)
PIN_OR_NONE = Rule(
    f"{PIN.text}, or -1 for none", lambda value: type(value) is int and -1 <= value <= LAST_PIN, hint=counted
)
PINS = Rule(
    f"a list of two different BCM pin numbers from 0 to {LAST_PIN}",
    lambda value: type(value) is list and len(value) == 2 and all(map(PIN.holds, value)) and value[0] != value[1],
    made=tuple,
    hint=counted,
)
ACTION = Rule(
    f"one of {', '.join(ACTIONS)}, or select 1 to select 999",
    lambda value: type(value) is str and (value in ACTIONS or SELECT.fullmatch(value) is not None),
    words=ACTIONS,
)
PAIR = Rule(
    "a list of the names of two different models, or []",
    lambda value: (
        type(value) is list
        and all(type(name) is str and name for name in value)
        and (not value or (len(value) == 2 and value[0] != value[1]))
    ),
    made=tuple,
)


def _one_of(*numbers: int, unit: str) -> Rule:
    text = f"{' or '.join(map(str, numbers))} {unit}"
    return Rule(text, lambda value: type(value) is int and value in numbers)


class GpioSettings(NamedTuple):
    """[gpio]"""

    factory: Annotated[str, choice("auto", "lgpio", "rpigpio", "none")] = "auto"
    """auto, lgpio, rpigpio or none."""


class SwitchSettings(NamedTuple):
    """[switch.NAME]: a footswitch between its pin and ground. Any in the file replace all of the default ones."""

    pin: Annotated[int, PIN]
    """BCM number."""
    press: Annotated[str, ACTION] = "none"
    long: Annotated[str, ACTION] = "none"
    """none: the switch has no long press, so that a press acts at once."""


class ChordSettings(NamedTuple):
    """[chord]: "B+C" = "favourite"; two switches within 0.4 s."""

    switches: tuple[str, str]
    action: str


class KnobSettings(NamedTuple):
    """[knob.NAME]: an encoder (pins, and push where it has one) or a potentiometer (channel of the MCP3008)."""

    kind: Annotated[str, choice("encoder", "potentiometer")]
    """encoder or potentiometer."""
    turns: Annotated[Role, choice(*get_args(Role))]
    pins: Annotated[tuple[int, ...], PINS] = ()
    """The encoder's two, BCM numbers."""
    push: Annotated[int, PIN_OR_NONE] = -1
    """BCM number of its push switch; -1: none."""
    channel: Annotated[int, whole(0, 7, what="a channel of the MCP3008")] = -1
    """0 to 7."""
    edges: Annotated[int, _one_of(4, 2, unit="edges a detent")] = 4
    """Changes of its two pins from one detent to the next."""


class LedSettings(NamedTuple):
    """[led]: BCM numbers; -1: none."""

    bypass: Annotated[int, PIN_OR_NONE] = 23
    """On while the effect is heard."""
    clip: Annotated[int, PIN_OR_NONE] = 24


class ScreenSettings(NamedTuple):
    """[screen]"""

    driver: Annotated[str, choice("ssd1306", "sh1106", "none")] = "ssd1306"
    """ssd1306, sh1106 or none."""
    bus: Annotated[int, whole(0, 255, what="the number of an I²C bus")] = 1
    address: Annotated[int, whole(0x08, 0x77, what="an I²C address", unit="(0x08 to 0x77)")] = 0x3C
    rotate: Annotated[int, _one_of(0, 180, unit="degrees")] = 0
    """0 or 180 degrees."""
    brightness: Annotated[int, whole(0, 100, "percent")] = 60
    """Percent."""
    overlay_s: Annotated[float, number(0.2, 10, "seconds")] = 1.5
    """How long what is turned fills the screen."""
    sleep_s: Annotated[float, number(0, 86_400, "seconds")] = 600.0
    """Without a touch; 0: never. A sleeping display wakes at any touch, which acts all the same."""


class TunerSettings(NamedTuple):
    """[tuner]"""

    reference_hz: Annotated[float, number(415, 466, "Hz")] = 440.0
    """415 to 466."""
    flat: Annotated[int, whole(0, 6, "semitones")] = 0
    """Semitones that the strings are tuned down, 0 to 6: notes are named as if they were not."""
    sound: Annotated[str, choice("mute", "dry")] = "mute"
    """mute or dry."""


class ModelSettings(NamedTuple):
    """[models]"""

    favourites: Annotated[tuple[str, ...], PAIR] = ()
    """The two models that `favourite` goes back and forth between; none: the last two played."""
    loudness: Annotated[str, choice("even", "original")] = "even"
    """even: every model is brought to one loudness; original: as its file has it."""
    boost_db: Annotated[float, number(0, 20, "dB")] = 6.0
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


class Said(NamedTuple):
    """A fault, and where it stands."""

    line: int | None
    """Counted from 1; None where the file has no such line."""
    text: str

    def __str__(self) -> str:
        """With its line."""
        return f"line {self.line}: {self.text}" if self.line else self.text


class Read(NamedTuple):
    """A whole pedal.toml, with which a pedal can play whatever its faults are.

    What is a fault has its default; but a switch, chord, knob or LED with one is left out, as is one of two that have
    the same pin, and no default one comes instead.
    """

    config: Config
    settings: Settings
    faults: list[Said]
    """In the order of the file."""
    notes: list[Said]
    """What is no fault, and probably no good."""


def load(path: Path) -> tuple[Config, Settings]:
    """The engine's configuration and control's in the file at path; what it leaves out has its default.

    Raises:
        ConfigError: it cannot be read; or every fault in it, at once.
    """
    found = read(path)
    if found.faults:
        raise ConfigError(f"configuration {path}: {'; '.join(map(str, found.faults))}")
    return found.config, found.settings


def playable(path: Path) -> tuple[Config, Settings, list[str]]:
    """The player's own configuration, and each of its faults: what is wrong there keeps nobody from playing.

    A missing file is all defaults, as is one that cannot be read, but for its LEDs: their pins may have other uses.
    """
    try:
        found = read(path, missing="")
    except ConfigError as error:
        return Config(), Settings(led=LedSettings(-1, -1)), [str(error)]
    return found.config, found.settings, [f"configuration {path}: {fault}" for fault in found.faults]


def read(path: Path, missing: str | None = None) -> Read:
    """The file at path, and what is wrong in it; `missing` stands for one that is not there.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    text = config.contents(path, missing)
    sections = config.parsed(path, text)
    engine, faults = config.read(sections)
    ours = _settings(sections, faults.append)
    where = lines(text)
    ours, contradictions = wired(ours, where, faults)
    return Read(engine, ours, _said((*faults, *contradictions), where), _said(doubtful(ours), where))


def _said(faults: Iterable[Fault], where: Mapping[Key, int]) -> list[Said]:
    said = [Said(_line(fault.key, where), fault.text) for fault in faults]
    return sorted(said, key=lambda fault: fault.line or 0)


def _line(key: Key, where: Mapping[Key, int]) -> int | None:
    """That of the key, or of the section it is missing from."""
    return next((where[key[:end]] for end in range(len(key), 0, -1) if key[:end] in where), None)


def _settings(sections: Mapping[str, Any], tell: Tell) -> Settings:
    return Settings(
        gpio=GpioSettings(**group("gpio", sections, GpioSettings, tell)),
        switch=_named("switch", sections, SwitchSettings, SWITCHES, tell),
        chord=_chords(sections, tell),
        knob=_named("knob", sections, KnobSettings, KNOBS, tell),
        led=LedSettings(**group("led", sections, LedSettings, tell)),
        screen=ScreenSettings(**group("screen", sections, ScreenSettings, tell)),
        tuner=TunerSettings(**group("tuner", sections, TunerSettings, tell)),
        models=ModelSettings(**group("models", sections, ModelSettings, tell)),
    )


def _named(
    section: str, sections: Mapping[str, Any], kind: type[Group], default: dict[str, Group], tell: Tell
) -> dict[str, Group]:
    """Each [section.NAME]; where the file has none, the default ones. What cannot be made is told and left out."""
    tables = sections.get(section)
    if tables is None:
        return default
    if not isinstance(tables, dict):
        tell(Fault((section,), f"{section} is {short(tables)}, expected sections [{section}.NAME]"))
        return {}
    made = {}
    for name, values in tables.items():
        key = (section, name)
        if not NAMED.fullmatch(name):
            tell(Fault(key, f"{dotted(key)} has another name than expected: letters, digits, - and _"))
        elif not isinstance(values, dict):
            tell(Fault(key, f"{dotted(key)} is {short(values)}, expected {_expected(section, name, values, kind)}"))
        else:
            given = good(key, values, kind, tell)
            if set(kind.__annotations__) <= given.keys() | kind._field_defaults.keys():  # type: ignore[attr-defined]
                made[name] = kind(**given)
    return made


def _expected(section: str, name: str, value: object, kind: type[Group]) -> str:
    """What should stand where the section itself has this key."""
    if name in kind.__annotations__:
        return f"it in a section with a name, such as [{section}.A]"
    return (
        f"a section [{section}.{name}]{f' with pin = {value}' if kind is SwitchSettings and PIN.holds(value) else ''}"
    )


def _chords(sections: Mapping[str, Any], tell: Tell) -> tuple[ChordSettings, ...]:
    """[chord]; where the file has none, the default ones whose switches it has."""
    tables = sections.get("switch")
    switches = tables if isinstance(tables, dict) else SWITCHES
    chords = sections.get("chord")
    if chords is None:
        return tuple(chord for chord in CHORDS if set(chord.switches) <= switches.keys())
    if not isinstance(chords, dict):
        tell(Fault(("chord",), f"chord is {short(chords)}, expected a section [chord]"))
        return ()
    made = {}
    for name, action in chords.items():
        key = ("chord", name)
        first, _, second = (part.strip() for part in name.partition("+"))
        if not {first, second} <= switches.keys() or first == second:
            names = ", ".join(switches)
            expected = f"two of the switches {names}, joined by +; or delete this line"
            tell(Fault(key, f"{dotted(key)} is no chord, expected {expected}"))
        elif frozenset((first, second)) in made:
            tell(Fault(key, f"{dotted(key)} is there twice, expected each pair once"))
        elif not ACTION.holds(action):
            tell(ACTION.refusal(key, action))
        else:
            made[frozenset((first, second))] = ChordSettings((first, second), action)
    return tuple(made.values())
