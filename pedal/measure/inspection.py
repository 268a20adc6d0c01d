"""One pass over the models folder: what is new in it tried, the rack and the set list brought up to date."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pedal.config import CardConfig, Places, shipped
from pedal.control import rack, setlist
from pedal.control.rack import Entry, Rack
from pedal.errors import ModelError
from pedal.kernel.library import Library
from pedal.measure.trial import UNPACKED, recalled, refused, tried
from pedal.model.library import files, name_of, seed
from pedal.model.shelf import Shelf

Log = Callable[[str], None]
"""Takes one line."""


class Admitted(NamedTuple):
    """What came of it."""

    rack: Rack
    settled: bool
    """False where a file was left to the next time, as more of it may be on its way."""


class Inspection:
    """One pass; nobody else is at one meanwhile."""

    def __init__(self, where: Places, card: CardConfig, library: Library, log: Log) -> None:
        self._where = where
        self._card = card
        self._library = library
        self._log = log
        self._fault = ""
        found = rack.read(where.rack)
        if found.fault:
            log(found.fault)
        self._written = found.rack
        self._follow(setlist.read(where.setlist))
        self._before = {entry.file: entry for entry in found.rack.models}
        self._complete = found.rack.complete
        if _basis(found.rack) != _basis(self._rack({}, True)):
            self._before.clear()
            self._complete = False
        self._measured = {entry.word: entry for entry in self._before.values() if entry.load}

    def everything(self, first: str, may_grow: Callable[[Path], bool]) -> Admitted:
        """The whole folder; where it cannot be read, what was known of it is still played."""
        paths = self._files()
        if paths is None:
            self._write(made := self._rack(self._before, self._complete))
            return Admitted(made, settled=True)
        entries, settled = dict[str, Entry](), True
        waiting = self._recall(self._in_order(self._named(paths, entries), first), entries)
        lacking = {path.name for path in waiting} - entries.keys()
        self._show(entries, lacking)
        for path in waiting:
            entry = self._tried(path)
            if not entry.word and may_grow(path):
                settled = False
                continue
            self._tell(entry)
            entries[path.name] = entry
            lacking.discard(path.name)
            if not entry.refused:  # of those there may be thousands, for which nobody waits
                self._show(entries, lacking)
        self._follow(setlist.join(self._where.setlist, _playing(entries)))  # the player may have edited it meanwhile
        self._write(made := self._rack(entries, not lacking))
        self._prune({f"{entry.word:016x}" for entry in entries.values()})
        return Admitted(made, settled)

    def one(self, path: Path) -> Entry:
        """One file; what is known of the others stays."""
        entry = self._recalled(path) or self._tried(path)
        self._tell(entry)
        self._write(self._rack(self._before | {path.name: entry}, self._complete))
        return entry

    def exchange(self, came: Entry | None, gone: Iterable[str], change: Callable[[], object]) -> None:
        """A change of the folder and of the rack at once: that entry, and not those of these files any more.

        Raises:
            OSError: one of the two cannot be written; nothing has been changed then.
        """
        entries = {file: entry for file, entry in self._before.items() if file not in gone}
        if came:
            entries[came.file] = came
        made = self._rack(entries, self._complete)
        rack.write(self._where.rack, made, change)
        self._written = made

    def _recall(self, paths: Iterable[Path], entries: dict[str, Entry]) -> list[Path]:
        """Gather what is known already; gives those that have to be tried, which meanwhile are what they were."""
        waiting = []
        for path in paths:
            entry = self._recalled(path)
            if not entry:
                waiting.append(path)
                entry = self._before.get(path.name)
            if entry:
                entries[path.name] = entry
        return waiting

    def _recalled(self, path: Path) -> Entry | None:
        return recalled(path, self._measured, self._where.state, self._library)

    def _tried(self, path: Path) -> Entry:
        return tried(path, self._card, self._where.state, self._library)

    def _tell(self, entry: Entry) -> None:
        """Say what was found, unless that has been said already."""
        if entry.refused == UNPACKED:
            self._complain(f"{entry.file} {entry.reason}")
        elif not entry.refused:
            self._log(f"{entry.file} plays: {entry.load:.1%} of the period, trim {entry.trim_db:+.1f} dB")
        elif entry != self._before.get(entry.file):
            self._log(f"{entry.file} is refused: {entry.reason}")

    def _files(self) -> list[Path] | None:
        """The model files, the shipped ones where there was no folder yet; None where they cannot be known."""
        try:
            seed(self._where.models, shipped("models"))
        except OSError as error:
            self._complain(f"the models folder {self._where.models} cannot be filled: {error.strerror}")
        try:
            Shelf(self._where.state).settle()
        except OSError as error:
            self._complain(f"a change of the models that was cut off cannot be finished: {error.strerror}")
        try:
            return files(self._where.models)
        except ModelError as error:
            self._complain(str(error))
            return None

    def _named(self, paths: Iterable[Path], entries: dict[str, Entry]) -> list[Path]:
        """Those that a player can name; the others are refused."""
        named = dict[str, Path]()
        for path in paths:
            name = name_of(path)
            if not (name.isprintable() and name.strip()):
                shown = ascii(path.name)[1:-1][:255]  # of a name that is no text, what can be written
                entries[shown] = self._refused(shown, "its file name is no text; rename it")
            elif other := named.get(setlist.key(name)):
                entries[path.name] = self._refused(path.name, f"{other.name} has the same name; rename one of them")
            else:
                named[setlist.key(name)] = path
        return list(named.values())

    def _refused(self, file: str, reason: str) -> Entry:
        self._tell(entry := refused(Entry(name=file, title=file, file=file, word=0), reason))
        return entry

    def _in_order(self, paths: list[Path], first: str) -> list[Path]:
        """That of the set list, but for the first."""
        by_name = {name_of(path): path for path in paths}
        order = setlist.order(self._listed.text, by_name)
        names = sorted((*order.playing, *order.out), key=lambda name: setlist.key(name) != setlist.key(first))
        return [by_name[name] for name in names]

    def _rack(self, entries: dict[str, Entry], complete: bool) -> Rack:
        """The rack of these entries, by their files."""
        playing = _playing(entries)
        order = setlist.order(self._listed.text, playing)
        return Rack(
            tag=self._library.tag,
            rate_hz=self._card.rate_hz,
            period_frames=self._card.period_frames,
            entries=(
                *(playing[name] for name in order.playing),
                *sorted((entry for entry in entries.values() if entry.refused), key=lambda entry: entry.file),
            ),
            out=tuple(playing[name] for name in order.out),
            fault=self._fault,
            complete=complete,
            listed=self._listed.seen,
        )

    def _show(self, entries: dict[str, Entry], lacking: set[str]) -> None:
        """Write what there is to play so far; whether it can be written at all is said in the end."""
        if _playing(entries):
            with suppress(OSError):
                self._write(self._rack(entries, not lacking))

    def _write(self, made: Rack) -> None:
        if made != self._written:
            rack.write(self._where.rack, made)
            self._written = made

    def _follow(self, found: setlist.Found) -> None:
        """Go by this set list."""
        self._listed = found
        if found.fault:
            self._complain(found.fault)

    def _prune(self, words: set[str]) -> None:
        """Remove what was packed for other libraries and for files that are gone; engines keep what they map."""
        packed = self._where.state / "packed"
        for folder in packed.glob("*"):
            if folder.name != self._library.tag:
                shutil.rmtree(folder, ignore_errors=True)
        for path in (packed / self._library.tag).glob("*"):
            if path.name not in words:
                with suppress(OSError):
                    path.unlink()

    def _complain(self, fault: str) -> None:
        """Say it, and let the rack say it."""
        self._log(fault)
        self._fault = self._fault or fault


def _playing(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Those that are not refused, by their names and in the order of these."""
    playing = (entry for entry in entries.values() if not entry.refused)
    return {entry.name: entry for entry in sorted(playing, key=lambda entry: setlist.key(entry.name))}


def _basis(of: Rack) -> tuple[str, int, int]:
    """What the loads were measured for."""
    return of.tag, of.rate_hz, of.period_frames
