"""A disk that forgets: one folder on it, and everything that a power cut may leave of what was done there.

What was written to a file is sure after the file's fsync, and what was done to names after the folder's. Anything
else may be there or not, in any combination: a write also by half, or as zeros of its length.
"""

import itertools
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.control.traced import Call

Image = frozenset[tuple[str, bytes]]
"""What a folder holds: names and contents."""

HARMLESS = re.compile(
    r"f?access(at2?)?|[fl]?stat|newfstatat|statx|readlink(at)?|p?read(64)?|lseek|ioctl|fcntl|getdents64|execve"
)
"""They change nothing."""
FOLDER = -1
"""Stands for the folder among the numbers of files."""


class Written(NamedTuple):
    """A change of a file: these bytes from here on."""

    offset: int
    data: bytes

    def outcomes(self) -> Iterator["Change"]:
        """What may be left of it, but for nothing."""
        yield self
        yield Written(self.offset, self.data[: len(self.data) // 2])
        yield Written(self.offset, bytes(len(self.data)))

    def of(self, content: bytes) -> bytes:
        """The file's content after it."""
        before = content[: self.offset].ljust(self.offset, b"\0")
        return before + self.data + content[self.offset + len(self.data) :]


class Cut(NamedTuple):
    """A change of a file: so many bytes and no more."""

    length: int

    def outcomes(self) -> Iterator["Change"]:
        """It is there or not."""
        yield self

    def of(self, content: bytes) -> bytes:
        """The file's content after it."""
        return content[: self.length].ljust(self.length, b"\0")


Change = Written | Cut


class File:
    """What of it is sure, and what was done since."""

    def __init__(self) -> None:
        self.sure = b""
        self.pending: list[Change] = []

    def content(self, kept: Iterable[Change | None] | None = None) -> bytes:
        """With those changes; with all of them, as any reader sees it."""
        content = self.sure
        for change in self.pending if kept is None else kept:
            content = change.of(content) if change else content
        return content

    def sync(self) -> None:
        """Make it sure as it is."""
        self.sure, self.pending = self.content(), []

    def outcomes(self) -> set[bytes]:
        """Every content that may be found after a power cut."""
        fates = [[None, *change.outcomes()] for change in self.pending]
        return {self.content(kept) for kept in itertools.product(*fates)}


class Disk:
    """The folder, driven by system calls; only one that changes nothing may be unknown to it."""

    def __init__(self, folder: str) -> None:
        """An empty folder of that path."""
        self._folder = folder
        self._files: list[File] = []
        self._names: dict[str, int] = {}
        self._sure: dict[str, int] = {}
        self._pending: list[tuple[str, int | None]] = []  # a name and its file now; None: the name is gone
        self._open: dict[int, list[int]] = {}  # file and position, by descriptor

    def apply(self, call: Call) -> None:
        """Do what the call did."""
        if call.result < 0 or HARMLESS.fullmatch(call.name):
            return
        names = [self._name(text) for text in call.strings]
        match call.name:
            case "open" | "openat" if names[0] is not None:
                self._opened(call, names[0])
            case "close":
                self._open.pop(call.descriptor, None)
            case "write" if call.descriptor in self._open:
                self._written(call)
            case "fsync" | "fdatasync" if call.descriptor in self._open:
                self._sync(self._open[call.descriptor][0])
            case "rename" | "renameat" | "renameat2" if any(names):
                self._renamed(*names)
            case "unlink" | "unlinkat" if names[0]:
                self._rename(names[0], None)
            case "chmod" | "fchmod" | "fchmodat":
                pass  # no content
            case other if any(name is not None for name in names) or self._concerns(call):
                raise AssertionError(f"the model does not know {other}({call.arguments}) of {names}")

    def crashes(self) -> Iterator[Image]:
        """Everything that may be found in the folder if the power goes now."""
        for kept in itertools.product((False, True), repeat=len(self._pending)):
            names = dict(self._sure)
            for (name, file), there in zip(self._pending, kept, strict=True):
                if there and file is not None:
                    names[name] = file
                elif there:
                    names.pop(name, None)
            contents = [[(name, content) for content in self._files[file].outcomes()] for name, file in names.items()]
            yield from map(frozenset, itertools.product(*contents))

    def _name(self, path: bytes) -> str | None:
        """The name in the folder that the path means, "" for the folder itself; None: it is elsewhere."""
        text = os.fsdecode(path)
        if text == self._folder:
            return ""
        folder, _, name = text.rpartition("/")
        return name if folder == self._folder else None

    def _concerns(self, call: Call) -> bool:
        first = call.arguments.split(",")[0]
        return first.isdigit() and int(first) in self._open

    def _opened(self, call: Call, name: str) -> None:
        if name == "":
            self._open[call.result] = [FOLDER, 0]
            return
        if name not in self._names:
            assert "O_CREAT" in call.arguments
            self._files.append(File())
            self._rename(name, len(self._files) - 1)
        number = self._names[name]
        if "O_TRUNC" in call.arguments and self._files[number].content():
            self._files[number].pending.append(Cut(0))
        assert "O_APPEND" not in call.arguments
        self._open[call.result] = [number, 0]

    def _written(self, call: Call) -> None:
        number, offset = self._open[call.descriptor]
        self._files[number].pending.append(Written(offset, call.strings[0][: call.result]))
        self._open[call.descriptor][1] += call.result

    def _sync(self, number: int) -> None:
        if number == FOLDER:
            self._sure, self._pending = dict(self._names), []
        else:
            self._files[number].sync()

    def _renamed(self, old: str | None, new: str | None) -> None:
        assert old, "from elsewhere"
        assert new, "to elsewhere"
        number = self._names[old]
        self._rename(old, None)
        self._rename(new, number)

    def _rename(self, name: str, number: int | None) -> None:
        """The name means that file from now on."""
        if number is None:
            del self._names[name]
        else:
            self._names[name] = number
        self._pending.append((name, number))
