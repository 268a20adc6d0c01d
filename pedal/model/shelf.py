"""The models folder as it is changed: a file put there or taken away, and the version before kept beside it.

A plug may be pulled at any moment: the folder has the old file or the new one then, whole, and `settle` finishes what
was begun. Standard library only. The caller holds `turns.turn`.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from pedal.errors import ModelError
from pedal.files import TEMPORARY, replacing, sweep, sync
from pedal.model.library import ENDINGS, MARKS, NONE, files, hint, name_of

NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,64}")
RULE = "expected 1 to 64 letters, digits, dots, underscores or hyphens, no dot first"


def named(text: str) -> str:
    """The name that a model may be installed under; endings of files are no part of it.

    Raises:
        ModelError: it is none; the text says the rule.
    """
    name = text
    while name.lower().endswith((*ENDINGS, *MARKS)):
        name = name[: name.rindex(".")]
    if not NAME.fullmatch(name):
        raise ModelError(f"name {text[:80]!r} cannot be given to a model; {RULE}")
    if name.casefold() == NONE:
        raise ModelError(f"name {text!r} cannot be given to a model; `pedal set model={NONE}` asks for no model")
    return name


def named_as(file: Path) -> str:
    """The name of the model in that file, where nobody has given it another.

    Raises:
        ModelError: a file may be called so, and a model may not; the text says what to do.
    """
    try:
        return named(name_of(file))
    except ModelError as error:
        raise ModelError(f"{file}: {error}; --name NAME gives it another") from error


class Shelf:
    """The folders `models` and `previous` of a state folder."""

    def __init__(self, state: Path) -> None:
        self._models = state / "models"
        self._previous = state / "previous"
        self._leaving = self._previous / ".leaving"
        """Holds the file that is being replaced or taken away, until that is done."""

    def file(self, name: str) -> Path | None:
        """The file of the model of that name; capitals do not matter. None where there is none.

        Raises:
            ModelError: there are two.
        """
        return _one(name, self._models)

    def there(self, name: str) -> Path:
        """The same.

        Raises:
            ModelError: there is none, or there are two.
        """
        if found := self.file(name):
            return found
        raise ModelError(f"model {name!r} is not there; {hint(name, files(self._models))}")

    def before(self, name: str) -> Path | None:
        """The version before of the model of that name, whether the model is there or was taken away.

        Raises:
            ModelError: there are two files of that name.
        """
        before, now = _one(name, self._previous), self.file(name)
        return None if before and now and _contents(before) == _contents(now) else before

    def place(self, name: str, ending: str) -> Path:
        """Where a file with this ending belongs: the file that it replaces, or one beside it with the same name."""
        old = self.file(name)
        if old is None:
            return self._models / f"{name}{ending}"
        return old if old.suffix.lower() == ending else old.with_name(f"{name_of(old)}{ending}")

    def put(self, target: Path, data: bytes) -> None:
        """Have these bytes at `place`, and the file that they replace kept.

        What cannot be done once they are there is left to `settle`.

        Raises:
            OSError: it cannot be written; everything is as it was.
        """
        old = self.file(name_of(target))
        try:
            with replacing(target) as temporary:
                temporary.write_bytes(data)
                if old:
                    self._keep(old)
        except OSError:
            with suppress(OSError):
                self.settle()
            if _contents(target) != data:
                raise
            return
        if old:
            with suppress(OSError):
                if old != target:
                    old.unlink()
                    sync(self._models)
                self._kept(self._leaving / old.name)

    def take(self, file: Path) -> None:
        """Take a file of the models folder away; it is the version before from now on.

        Raises:
            OSError: it cannot be kept; it is where it was.
        """
        self._keep(file)
        file.unlink()
        sync(self._models)
        self._kept(self._leaving / file.name)

    def settle(self) -> None:
        """Finish or take back what was cut off when it was last done; nothing where nothing was.

        Raises:
            OSError: the state folder cannot be written to.
        """
        for leaving in _within(self._leaving):
            if TEMPORARY.fullmatch(leaving.name):
                continue
            old = self._models / leaving.name
            if _contents(old) != _contents(leaving):
                self._kept(leaving)
            elif any(path != old for path in _called(name_of(old), self._models)):  # the new one has another ending
                old.unlink()
                sync(self._models)
                self._kept(leaving)
            else:
                leaving.unlink()
        for folder in (self._models, self._previous, self._leaving):
            sweep(folder)

    def _keep(self, old: Path) -> None:
        """Have the old file safe under `leaving`."""
        if not self._leaving.is_dir():
            with suppress(FileExistsError):
                self._previous.mkdir(parents=True)
                sync(self._previous.parent)
            self._leaving.mkdir()
            sync(self._previous)
        _double(old, self._leaving / old.name)

    def _kept(self, leaving: Path) -> None:
        """Let it take the place of the version before."""
        for other in _called(name_of(leaving), self._previous):
            if other.name != leaving.name:
                other.unlink()
                sync(self._previous)
        _double(leaving, self._previous / leaving.name)
        leaving.unlink()
        sync(self._leaving)


def _one(name: str, folder: Path) -> Path | None:
    found = _called(name, folder)
    if len(found) > 1:
        raise ModelError(f"model {name!r} could be {' or '.join(path.name for path in found)}; remove one of the files")
    return found[0] if found else None


def _called(name: str, folder: Path) -> list[Path]:
    return [path for path in files(folder) if name_of(path).casefold() == name.casefold()]


def _double(file: Path, target: Path) -> None:
    """Have the file at target too: the same one, which takes no room, where the disk can do that, else a copy."""
    if target.exists() and target.samefile(file):
        return
    with replacing(target) as temporary:
        try:
            os.link(os.path.realpath(file), temporary)
        except OSError:
            temporary.write_bytes(file.read_bytes())


def _contents(path: Path) -> bytes | None:
    """None where there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _within(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
