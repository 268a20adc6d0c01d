"""The configuration, pedal.toml -> Config, and where files live; every default is in this file.

The engine imports this at boot, hence no dataclasses, which import inspect: 8 ms.
"""

import errno
import os
import pwd
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pedal.errors import ConfigError
from pedal.rules import NAME, TEXT, TRUTH, Fault, Rule, choice, group, short, unknown, whole

CONTROL_SECTIONS = ("gpio", "switch", "chord", "knob", "led", "screen", "tuner", "models")
"""Of the same file, but not read here: control/settings.py has their rules, and a test that these are all of them."""
MOST_BYTES = 65_536
"""A larger file is no pedal.toml."""
INSTALLED = Path("/opt/pedal")
"""Where the releases of the installed service are."""
SERVICE_USER = "pedal"


def _channels(high: int) -> Rule:
    return Rule(
        f"a list of channel numbers from 1 to {high}",
        lambda value: type(value) is list and all(type(item) is int and 1 <= item <= high for item in value),
        made=tuple,
    )


class CardConfig(NamedTuple):
    """[card]: which audio interface, and how it is run."""

    name: Annotated[str, NAME] = "auto"
    """ALSA's id of the card, as `pedal devices` lists it; auto: the one USB card with both directions."""
    capture: Annotated[str, TEXT] = ""
    """Full ALSA name of a PCM to capture from instead of the card's first; goes with `playback`."""
    playback: Annotated[str, TEXT] = ""
    """Full ALSA name of a PCM to play to instead of the card's first; goes with `capture`."""
    rate_hz: Annotated[int, whole(8_000, 192_000, "Hz")] = 44_100
    """Frames a second. The models are made for 44100."""
    period_frames: Annotated[int, whole(8, 4_096, "frames")] = 64
    """Frames processed at a time."""
    periods: Annotated[int, whole(2, 16, "periods")] = 3
    """Periods in each of the card's buffers."""
    prefill_periods: Annotated[int, whole(2, 16, "periods")] = 2
    """Periods of silence ahead of the guitar: the latency of the buffers; at most `periods`. One would have been played
    out when the first period has been captured."""
    format: Annotated[str, choice("auto", "S32_LE", "S24_3LE", "S24_LE", "S16_LE", "FLOAT_LE")] = "auto"
    """Sample format by ALSA's name; auto: the first of the four whole-number ones that the card really gives."""
    input_channel: Annotated[int, whole(1, 32, what="a channel number")] = 1
    """The channel the guitar comes in by, counted from 1."""
    outputs: Annotated[tuple[int, ...], _channels(32)] = ()
    """The channels that carry the sound, counted from 1; none named: all of them."""


class EngineConfig(NamedTuple):
    """[engine]: how the audio process runs."""

    priority: Annotated[int, whole(0, 99)] = 80
    """SCHED_FIFO priority; 0: an ordinary process."""
    cpu: Annotated[int, whole(-1, 1_023)] = 3
    """The processor core it keeps to; -1: any."""
    lock_memory: Annotated[bool, TRUTH] = True
    """Whether all its memory is kept from being swapped out."""


class Config(NamedTuple):
    """The whole configuration."""

    card: CardConfig = CardConfig()
    engine: EngineConfig = EngineConfig()


def load(path: Path) -> Config:
    """The configuration in the file at path; what it leaves out has its default.

    Raises:
        ConfigError: it cannot be read; or every fault in it, at once.
    """
    config, faults = read(parsed(path, contents(path)))
    if faults:
        raise ConfigError(f"configuration {path}: {'; '.join(fault.text for fault in faults)}")
    return config


def playable(path: Path) -> tuple[Config, list[str]]:
    """The player's own configuration, and each of its faults: what is wrong there keeps nobody from playing.

    What is a fault has its default, as has everything where the file is missing or cannot be read.
    """
    try:
        config, faults = read(parsed(path, contents(path, missing="")))
    except ConfigError as error:
        return Config(), [str(error)]
    return config, [f"configuration {path}: {fault.text}" for fault in faults]


def read(sections: dict[str, Any]) -> tuple[Config, list[Fault]]:
    """The engine's part of the file; what is a fault has its default, and so has each key that contradicts another."""
    faults: list[Fault] = []
    unknown((), sections, (*Config._fields, *CONTROL_SECTIONS), faults.append)
    card = CardConfig(**group("card", sections, CardConfig, faults.append))
    engine = EngineConfig(**group("engine", sections, EngineConfig, faults.append))
    told = {fault.key for fault in faults}
    for keys, fault in _contradictions(card):
        card = card._replace(**{key: CardConfig._field_defaults[key] for key in keys})
        if fault.key not in told:
            faults.append(fault)
    return Config(card, engine), faults


def contents(path: Path, missing: str | None = None) -> str:
    """The text of the file at path; of none, what stands for a `missing` one.

    Raises:
        ConfigError: it cannot be read, is too long, or is not text.
    """
    try:
        return _bytes(path).decode("utf-8-sig")  # some editors put a mark before it
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"configuration {path} is not UTF-8 text, in line {line}; save it as UTF-8") from error
    except OSError as error:
        if missing is not None and error.errno == errno.ENOENT:
            return missing
        raise ConfigError(f"configuration {path} cannot be read: {error.strerror}") from error


def parsed(path: Path, text: str) -> dict[str, Any]:
    """The sections of the file at path, whose text this is.

    Raises:
        NotToml: it is none.
        ConfigError: it cannot be one.
    """
    if not text:
        return {}
    import tomllib  # here, because most starts have no file to read

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"configuration {path} is nested too deeply to be one") from error
    except ValueError as error:
        raise NotToml(path, text, error) from error


class NotToml(ConfigError):
    """A file that is no TOML: all of it is as if it were not there."""

    def __init__(self, path: Path, text: str, error: ValueError) -> None:
        """`error` is what tomllib says of the text."""
        reason, _, place = str(error).partition(" (at ")
        words = place.removesuffix(")").replace(",", "").split()
        lines = text.replace("\r\n", "\n").split("\n")
        self.number = int(words[1]) if words[:1] == ["line"] else len(text.rstrip().split("\n"))
        """The line that is none, counted from 1."""
        self.line = lines[self.number - 1].strip()
        self.reason = reason[:1].lower() + reason[1:]
        super().__init__(f"configuration {path} cannot be read: line {self.number}, {short(self.line)}: {self.reason}")


class Places(NamedTuple):
    """Where files live."""

    config: Path
    """pedal.toml; need not exist, the defaults hold then."""
    state: Path
    """Models, set list, packed models."""
    kernels: Path
    """Compiled libraries."""
    run: Path
    """Link, lock and socket; gone after a restart of the machine."""

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs in its environment to find the same places, but for the configuration."""
        return {"PEDAL_STATE": str(self.state), "PEDAL_KERNELS": str(self.kernels), "PEDAL_RUN": str(self.run)}

    @property
    def link(self) -> Path:
        """The words shared between the engine and everyone else."""
        return self.run / "link"

    @property
    def models(self) -> Path:
        """The models folder."""
        return self.state / "models"

    @property
    def setlist(self) -> Path:
        """The order of the models, which the player edits."""
        return self.state / "setlist.txt"

    @property
    def saved(self) -> Path:
        """What control remembers: `saved.Saved`, as JSON."""
        return self.state / "state.json"

    @property
    def rack(self) -> Path:
        """What is known of the models: control's `rack.Rack`, as JSON."""
        return self.state / "rack.json"

    @property
    def words(self) -> Path:
        """What the link begins with after a restart of the machine: the words of the model played last."""
        return self.state / "words.json"


def places(environment: Mapping[str, str] = os.environ, user: str | None = None, prefix: str = sys.prefix) -> Places:
    """Where files live: the installed service's for its user and for whoever runs what is installed, or one's own.

    Raises:
        ConfigError: the run folder would be one that another user made.
    """
    if is_installed(prefix) or (user or current_user()) == SERVICE_USER:
        found = Places(
            Path("/etc/pedal/pedal.toml"), Path("/var/lib/pedal"), Path(prefix) / "kernels", Path("/run/pedal")
        )
    else:
        home = Path(environment.get("HOME") or "/")
        found = Places(
            _base(environment, "XDG_CONFIG_HOME", home / ".config") / "pedal" / "pedal.toml",
            _base(environment, "XDG_DATA_HOME", home / ".local" / "share") / "pedal",
            _base(environment, "XDG_CACHE_HOME", home / ".cache") / "pedal",
            _own_run(environment),
        )
    return found._replace(
        state=_base(environment, "PEDAL_STATE", found.state),
        kernels=_base(environment, "PEDAL_KERNELS", found.kernels),
        run=_base(environment, "PEDAL_RUN", found.run),
    )


def is_installed(prefix: str = sys.prefix) -> bool:
    """Whether what runs from there is a release of the installed service."""
    return Path(prefix).is_relative_to(INSTALLED)


def current_user() -> str:
    """The name of the user that this process runs as; empty where there is none, as in some containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def shipped(name: str) -> Path:
    """A file or folder that comes with the project: package data, or the folder of that name in the repository."""
    package = Path(__file__).parent
    inside = package / "data" / name
    return inside if inside.exists() else package.parent / name


def _contradictions(card: CardConfig) -> Iterable[tuple[tuple[str, str], Fault]]:
    """What no single key shows, and which two do."""
    if card.prefill_periods > card.periods:
        text = f"card.prefill_periods is {card.prefill_periods}, expected at most card.periods, {card.periods}"
        yield ("periods", "prefill_periods"), Fault(("card", "prefill_periods"), text)
    if bool(card.capture) != bool(card.playback):
        missing = "playback" if card.capture else "capture"
        text = f"card.{missing} is empty, expected the name of a PCM, because the other direction has one"
        yield ("capture", "playback"), Fault(("card", missing), text)


def _bytes(path: Path) -> bytes:
    """The file's bytes. A device or a pipe is not opened: it could go on for ever."""
    size = path.stat().st_size if path.is_file() else -1
    if 0 <= size <= MOST_BYTES:
        return path.read_bytes()
    if path.exists():
        found = f"{size} bytes" if size > 0 else "a folder or a device"
        raise ConfigError(f"configuration {path} is {found}; expected a file of at most {MOST_BYTES} bytes")
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _base(environment: Mapping[str, str], variable: str, default: Path) -> Path:
    return Path(environment[variable]) if environment.get(variable) else default


def _own_run(environment: Mapping[str, str]) -> Path:
    """Under $XDG_RUNTIME_DIR; without one, as under cron, a folder of one's own that nobody else has put there."""
    if environment.get("XDG_RUNTIME_DIR"):
        return Path(environment["XDG_RUNTIME_DIR"]) / "pedal"
    folder = _base(environment, "TMPDIR", Path("/tmp")) / f"pedal-{os.getuid()}"  # noqa: S108 (owner checked below)
    if folder.exists() and folder.stat().st_uid != os.getuid():
        raise ConfigError(f"folder {folder} belongs to another user; set PEDAL_RUN to one of your own")
    return folder
