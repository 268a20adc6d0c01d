"""The machine that is looked at: files below a root folder, and what commands say. Nothing is ever written."""

import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pedal.config import INSTALLED, Config, Places, places
from pedal.control.settings import Read, Settings, read
from pedal.engine.attached import Attached, choose
from pedal.errors import CardError, ConfigError
from pedal.kernel.library import library_tag
from pedal.link import INDEX, MAGIC, PAGE, VERSION, WORDS
from pedal.measure.cores import numbers

Run = Callable[[Sequence[str]], str | None]
"""Gives what a command prints; None where there is no such command, or it fails."""

PATIENCE_S = 30.0
MOST_BYTES = 1_000_000
RT_PRIORITY, POLICY = 37, 38
"""Fields of /proc/PID/stat, counted from the one behind the name."""
POLICIES = {"1": "SCHED_FIFO", "2": "SCHED_RR", "6": "SCHED_DEADLINE"}
SYSTEM_PATH = ":/usr/sbin:/sbin"
"""Where Debian has iw, which is not on the path of an ordinary user."""


class Process(NamedTuple):
    """One that runs."""

    number: int
    name: str
    """As the kernel has it: 15 letters at most."""
    arguments: tuple[str, ...]


class Machine:
    """What the checks ask."""

    def __init__(
        self,
        root: Path = Path("/"),
        run: Run | None = None,
        where: Places | None = None,
        tag: str | None = None,
        python: str = sys.executable,
    ) -> None:
        """`where` and `tag` are this process's own unless given: where the pedal's files live, below the root too, and
        which kernel library this processor takes."""
        self.root = root
        self.where = where or places()
        self.tag = tag or library_tag()
        self.python = python
        """The pedal's interpreter."""
        self._run = run or command

    def path(self, path: str | Path) -> Path:
        """Where the file lies that is at this absolute path on the machine."""
        return self.root / str(path).lstrip("/")

    def text(self, path: str | Path) -> str | None:
        """What the file says, without what surrounds it; None where there is none.

        Raises:
            OSError: it may not be read.
        """
        data = self.data(path)
        return None if data is None else data.decode("utf-8", "replace").strip("\0 \n\t")

    def data(self, path: str | Path) -> bytes | None:
        """The file's bytes, a million at most; None where there is none.

        Raises:
            OSError: it may not be read.
        """
        try:
            with open(self.path(path), "rb") as file:
                return file.read(MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ProcessLookupError):
            return None

    def exists(self, path: str | Path) -> bool:
        """Whether anything is there; a link that leads nowhere is."""
        return os.path.lexists(self.path(path))

    def found(self, pattern: str) -> Iterator[str]:
        """The absolute paths that fit the pattern, sorted, numbers by their value."""
        fitting = [str(path.relative_to(self.root)) for path in self.root.glob(pattern.lstrip("/"))]
        yield from (f"/{path}" for path in sorted(fitting, key=lambda path: (len(path), path)))

    def output(self, *words: str) -> str | None:
        """What the command prints; None where there is no such command, or it fails."""
        return self._run(words)

    @cached_property
    def model(self) -> str:
        """The board by name, such as Raspberry Pi 4 Model B Rev 1.4; empty where nothing tells."""
        return self.text("/proc/device-tree/model") or ""

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi, or passes for one."""
        return self.model.startswith("Raspberry Pi")

    @property
    def is_installed(self) -> bool:
        """Whether a release is installed, and the engine is a service's."""
        return self.exists(INSTALLED / "current")

    @cached_property
    def cores(self) -> frozenset[int]:
        """The processor's cores that are there."""
        return numbers(self.text("/sys/devices/system/cpu/present") or "")

    @cached_property
    def release(self) -> tuple[int, int]:
        """Linux's version, such as (6, 6); zeros where it is not told."""
        major, _, rest = (self.text("/proc/sys/kernel/osrelease") or "").partition(".")
        minor = "".join(letter if letter.isdecimal() else " " for letter in rest).split()
        return (int(major), int(minor[0])) if major.isdecimal() and minor else (0, 0)

    @cached_property
    def options(self) -> dict[str, str]:
        """What Linux was started with, from cmdline.txt on a Pi."""
        words = (self.text("/proc/cmdline") or "").split()
        return {name: value for name, _, value in (word.partition("=") for word in words)}

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """All that run; those that have ended meanwhile are left out."""
        return tuple(process for folder in self.found("/proc/[0-9]*") if (process := self._process(folder)))

    @cached_property
    def engine(self) -> Process | None:
        """The pedal's audio process."""
        return next((process for process in self.processes if _is_engine(process.arguments)), None)

    @cached_property
    def read(self) -> Read:
        """pedal.toml, and its faults.

        Raises:
            ConfigError: it cannot be read, or is no TOML.
        """
        return read(self.path(self.where.config), missing="")

    @property
    def config(self) -> Config:
        """The engine's part of pedal.toml, as the engine takes it: without what is wrong in it."""
        try:
            return self.read.config
        except ConfigError:
            return Config()

    @property
    def settings(self) -> Settings:
        """Control's part of it, likewise."""
        try:
            return self.read.settings
        except ConfigError:
            return Settings()

    @cached_property
    def card(self) -> Attached | None:
        """The card that the engine takes; None where there is none to take."""
        try:
            return None if self.config.card.capture else choose(self.config.card.name, self.path("/proc/asound"))
        except CardError:
            return None

    @cached_property
    def words(self) -> dict[str, float]:
        """The link's words; none where there is no link of this version.

        Raises:
            OSError: it may not be read.
        """
        page = (self.data(self.where.link) or b"")[:PAGE]
        if len(page) < PAGE or struct.unpack_from("<2Q", page) != (MAGIC, VERSION):
            return {}
        return {
            word.name: struct.unpack_from("<Q" if word.kind == "u64" else "<d", page, 8 * INDEX[word.name])[0]
            for word in WORDS
        }

    def _process(self, folder: str) -> Process | None:
        name, arguments = self.text(f"{folder}/comm"), self.text(f"{folder}/cmdline")
        if name is None:
            return None
        return Process(int(folder.rpartition("/")[2]), name, tuple((arguments or "").split("\0")))


def command(words: Sequence[str]) -> str | None:
    """What this machine's command prints; None where there is no such command, or it fails."""
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', os.defpath)}{SYSTEM_PATH}"}
    try:
        ran = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if ran.returncode else ran.stdout.decode("utf-8", "replace")


def scheduling(stat: str) -> tuple[str, int]:
    """A thread's real-time policy, empty for an ordinary one, and its priority, from the text of its stat."""
    fields = stat.rpartition(")")[2].split()[RT_PRIORITY : POLICY + 1]
    return (POLICIES.get(fields[1], ""), int(fields[0])) if len(fields) == 2 else ("", 0)


def _is_engine(arguments: tuple[str, ...]) -> bool:
    """Whether a command line is `python -m pedal.engine` or `pedal engine`."""
    return any(
        (first, second) == ("-m", "pedal.engine") or (first.rpartition("/")[2] == "pedal" and second == "engine")
        for first, second in pairwise(arguments)
    )
