"""A disk that forgets: one folder on it with those in it, and everything that a power cut may leave of what was done.

What was written to a file is sure after the file's fsync, and what was done to names after the folder's. Anything
else may be there or not, in any combination: a write also by half, or as zeros of its length. A folder that was made is
there; programs are trusted to sync the one that it is in.
"""

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import NamedTuple

from tests.control.traced import Call

Image = frozenset[tuple[str, bytes]]
"""What a folder holds: names, those in folders of it with their paths, and contents."""

HARMLESS = re.compile(
    r"f?access(at2?)?|[fl]?stat|newfstatat|statx|readlink(at)?|p?read(64)?|lseek|ioctl|fcntl|getdents64|execve"
)
"""They change nothing."""


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

    def __init__(self, content: bytes = b"") -> None:
        self.sure = content
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

    def __init__(self, folder: str, contents: Mapping[str, bytes] = {}) -> None:
        """A folder of that path, which holds these files."""
        self._folder = folder
        self._files = [File(content) for content in contents.values()]
        self._names = {name: number for number, name in enumerate(contents)}
        self._sure = dict(self._names)
        self._pending: list[tuple[str, int | None]] = []  # a name and its file now; None: the name is gone
        self._open: dict[int, list[int]] = {}  # file and position, by descriptor
        self._folders = {"", *(str(PurePath(name).parent) for name in contents)} - {"."}
        self._open_folders: dict[int, str] = {}

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
                self._open_folders.pop(call.descriptor, None)
            case "write" if call.descriptor in self._open:
                self._written(call)
            case "fsync" | "fdatasync" if self._concerns(call):
                self._synced(call)
            case "chmod" | "fchmod" | "fchmodat":
                pass  # no content
            case other if any(name is not None for name in names):
                self._named(other, names)
            case other if self._concerns(call):
                raise AssertionError(f"the model does not know {other}({call.arguments})")

    def _named(self, call: str, names: list[str | None]) -> None:
        """What is done to names."""
        match call:
            case "rename" | "renameat" | "renameat2":
                self._renamed(*names)
            case "unlink" | "unlinkat" if names[0]:
                self._rename(names[0], None)
            case "link" | "linkat" if all(names):
                self._rename(str(names[1]), self._names[str(names[0])])
            case "mkdir" if names[0]:
                self._folders.add(names[0])
            case other:
                raise AssertionError(f"the model does not know {other} of {names}")

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
        return text.removeprefix(f"{self._folder}/") if text.startswith(f"{self._folder}/") else None

    def _concerns(self, call: Call) -> bool:
        first = call.arguments.split(",")[0]
        return first.isdigit() and (int(first) in self._open or int(first) in self._open_folders)

    def _opened(self, call: Call, name: str) -> None:
        if name in self._folders:
            self._open_folders[call.result] = name
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

    def _synced(self, call: Call) -> None:
        """Make sure a file's content, or what was done to the names in a folder."""
        if call.descriptor in self._open:
            self._files[self._open[call.descriptor][0]].sync()
            return
        folder = self._open_folders[call.descriptor]
        waiting = []
        for name, number in self._pending:
            if name.rpartition("/")[0] != folder:
                waiting.append((name, number))
            elif number is None:
                self._sure.pop(name, None)
            else:
                self._sure[name] = number
        self._pending = waiting

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
