"""The configuration, pedal.toml -> Config, and where files live; every default is in this file.

The engine imports this at boot, hence no dataclasses, which import inspect: 8 ms.
"""

import errno
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, get_args

from pedal.errors import ConfigError

Group = TypeVar("Group", bound=tuple[Any, ...])


MOST_BYTES = 65_536
"""A larger file is no pedal.toml."""


class Rule:
    """What a key may be; its text says so to whoever wrote something else."""

    def __init__(self, text: str, holds: Callable[[Any], bool]) -> None:
        """`holds` decides over a value as tomllib gave it."""
        self.text = text
        self.holds = holds


def _whole(low: int, high: int) -> Rule:
    return Rule(f"a whole number from {low} to {high}", lambda value: type(value) is int and low <= value <= high)


def _choice(*words: str) -> Rule:
    return Rule(f"one of {', '.join(words)}", lambda value: value in words)


def _channels(high: int) -> Rule:
    return Rule(
        f"a list of channel numbers from 1 to {high}",
        lambda value: type(value) is list and all(type(item) is int and 1 <= item <= high for item in value),
    )


TEXT = Rule("text in quotes", lambda value: type(value) is str)
NAME = Rule("a name in quotes", lambda value: type(value) is str and value != "")
SWITCH = Rule("true or false", lambda value: type(value) is bool)


class CardConfig(NamedTuple):
    """[card]: which audio interface, and how it is run."""

    name: Annotated[str, NAME] = "auto"
    """ALSA's id of the card, as `pedal devices` lists it; auto: the one USB card with both directions."""
    capture: Annotated[str, TEXT] = ""
    """Full ALSA name of a PCM to capture from instead of the card's first; goes with `playback`."""
    playback: Annotated[str, TEXT] = ""
    """Full ALSA name of a PCM to play to instead of the card's first; goes with `capture`."""
    rate_hz: Annotated[int, _whole(8_000, 192_000)] = 44_100
    """Frames a second. The models are made for 44100."""
    period_frames: Annotated[int, _whole(8, 4_096)] = 64
    """Frames processed at a time."""
    periods: Annotated[int, _whole(2, 16)] = 3
    """Periods in each of the card's buffers."""
    prefill_periods: Annotated[int, _whole(2, 16)] = 2
    """Periods of silence ahead of the guitar: the latency of the buffers; at most `periods`. One would have been played
    out when the first period has been captured."""
    format: Annotated[str, _choice("auto", "S32_LE", "S24_3LE", "S24_LE", "S16_LE", "FLOAT_LE")] = "auto"
    """Sample format by ALSA's name; auto: the first of the four whole-number ones that the card really gives."""
    input_channel: Annotated[int, _whole(1, 32)] = 1
    """The channel the guitar comes in by, counted from 1."""
    outputs: Annotated[tuple[int, ...], _channels(32)] = ()
    """The channels that carry the sound, counted from 1; none named: all of them."""


class EngineConfig(NamedTuple):
    """[engine]: how the audio process runs."""

    priority: Annotated[int, _whole(0, 99)] = 80
    """SCHED_FIFO priority; 0: an ordinary process."""
    cpu: Annotated[int, _whole(-1, 1_023)] = 3
    """The processor core it keeps to; -1: any."""
    lock_memory: Annotated[bool, SWITCH] = True
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
    import tomllib  # here, because most starts have no file to read

    try:
        sections = tomllib.loads(_contents(path).decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"configuration {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"configuration {path} is not UTF-8 text, at byte {error.start}") from error
    except RecursionError as error:
        raise ConfigError(f"configuration {path} is nested too deeply to be one") from error
    except ValueError as error:  # tomllib's own, or a zero byte in the path
        raise ConfigError(f"configuration {path} cannot be read: {error}") from error
    faults = list(_unknown("", sections, Config._fields))
    groups = {}
    for name, default in Config._field_defaults.items():
        values = sections.get(name, {})
        if isinstance(values, dict):
            groups[name] = _group(name, values, type(default), faults.append)
        else:
            faults.append(f"{name} is {_short(values)}, expected a section [{name}]")
    if faults:
        raise ConfigError(f"configuration {path}: {'; '.join(faults)}")
    return Config(**groups)


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
    def link(self) -> Path:
        """The words shared between the engine and everyone else."""
        return self.run / "link"

    @property
    def words(self) -> Path:
        """What the link begins with after a restart of the machine: the words of the model played last."""
        return self.state / "words.json"


def places(environment: Mapping[str, str] = os.environ, user: str | None = None) -> Places:
    """Where this user's files live: the installed service's (user `pedal`) or one's own.

    Raises:
        ConfigError: the run folder would be one that another user made.
    """
    if (user or _user()) == "pedal":
        found = Places(
            Path("/etc/pedal/pedal.toml"), Path("/var/lib/pedal"), Path(sys.prefix) / "kernels", Path("/run/pedal")
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


def shipped(name: str) -> Path:
    """A file or folder that comes with the project: package data, or the folder of that name in the repository."""
    package = Path(__file__).parent
    inside = package / "data" / name
    return inside if inside.exists() else package.parent / name


def _group(section: str, values: dict[str, Any], kind: type[Group], fault: Callable[[str], None]) -> Group:
    """One section; values that are faults are reported and left at their default."""
    for text in _unknown(f"{section}.", values, kind.__annotations__):
        fault(text)
    good = {}
    for key, annotation in kind.__annotations__.items():
        rule = get_args(annotation)[1]
        if key not in values:
            continue
        if rule.holds(values[key]):
            good[key] = tuple(values[key]) if isinstance(values[key], list) else values[key]
        else:
            fault(f"{section}.{key} is {_short(values[key])}, expected {rule.text}")
    group = kind(**good)
    if isinstance(group, CardConfig):
        for text in _contradictions(group):
            fault(text)
    return group


def _contradictions(card: CardConfig) -> Iterable[str]:
    """What no single key shows."""
    if card.prefill_periods > card.periods:
        yield f"card.prefill_periods is {card.prefill_periods}, expected at most card.periods, {card.periods}"
    if bool(card.capture) != bool(card.playback):
        missing = "playback" if card.capture else "capture"
        yield f"card.{missing} is empty, expected the name of a PCM, because the other direction has one"


def _unknown(prefix: str, found: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for name in found:
        if name not in known:
            import difflib  # here, because a start without faults need not wait for it

            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
            yield f"{prefix}{_short(name)[1:-1]} is unknown, {hint}"


def _contents(path: Path) -> bytes:
    """The file's bytes. A device or a pipe is not opened: it could go on for ever."""
    size = path.stat().st_size if path.is_file() else -1
    if 0 <= size <= MOST_BYTES:
        return path.read_bytes()
    if path.exists():
        found = f"{size} bytes" if size > 0 else "a folder or a device"
        raise ConfigError(f"configuration {path} is {found}; expected a file of at most {MOST_BYTES} bytes")
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _short(value: object) -> str:
    """The value as the player may have written it, in a few words."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return ""


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
