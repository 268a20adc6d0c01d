"""Admission: every file of the models folder read, checked, auditioned and packed, and the rack written.

`python -m pedal.measure.admission [--config FILE] [--first NAME]`: a short-lived process that control starts whenever
the folder has changed. What was measured once is kept for as long as the library and the card's period are the same.
"""

import argparse
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pedal.config import CardConfig, Config, Places, load, places, shipped
from pedal.control import rack, setlist
from pedal.control.rack import Entry, Rack
from pedal.errors import ConfigError, ModelError, PedalError
from pedal.files import replacing
from pedal.kernel.library import Library, library_path
from pedal.measure.trial import recalled, refused, tried
from pedal.model.library import files, name_of, seed

NICENESS = 10
NO_LIBRARY = 78
"""The status that says that the kernels have to be built first; the engine has the same."""

Log = Callable[[str], None]
"""Takes one line."""


def admit(where: Places, config: Config, library: Library, log: Log, first: str = "") -> Rack:
    """Bring the rack up to date; the model called `first` is tried before all others.

    The file is written again after every new model, so that whoever watches it sees them arrive.

    Raises:
        OSError: the state folder cannot be written to.
    """
    with _alone(where.state):
        return _Admission(where, config.card, library, log).everything(first)


def admit_one(path: Path, where: Places, config: Config, library: Library) -> Entry:
    """Bring the rack up to date for this one file of the models folder; gives its entry.

    Raises:
        OSError: the state folder cannot be written to.
    """
    with _alone(where.state):
        return _Admission(where, config.card, library, lambda _line: None).one(path)


class _Admission:
    """One pass over the models folder."""

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
        self._text = self._set_list().text
        self._before = {entry.file: entry for entry in (*found.rack.entries, *found.rack.out)}
        if _basis(found.rack) != _basis(self._rack({})):
            self._before.clear()
        self._measured = {entry.word: entry for entry in self._before.values() if entry.load}

    def everything(self, first: str) -> Rack:
        """The whole folder; where it cannot be read, what was known of it is still played."""
        paths = self._files()
        if paths is None:
            self._write(made := self._rack(self._before))
            return made
        entries, waiting = dict[str, Entry](), []
        for path in self._in_order(self._named(paths, entries), first):
            entry = recalled(path, self._measured, self._where.state, self._library)
            if entry:
                entries[path.name] = entry
            else:
                waiting.append(path)
        self._show(entries)
        for path in waiting:
            entry = entries[path.name] = self._tried(path)
            if not entry.refused:  # of those there may be thousands, for which nobody waits
                self._show(entries)
        self._extend(entries)
        self._write(made := self._rack(entries))
        self._prune({f"{entry.word:016x}" for entry in entries.values()})
        return made

    def one(self, path: Path) -> Entry:
        """One file; what is known of the others stays."""
        entry = recalled(path, self._measured, self._where.state, self._library) or self._tried(path)
        self._write(self._rack(self._before | {path.name: entry}))
        return entry

    def _tried(self, path: Path) -> Entry:
        """Try a file, and say what was found, unless that has been said already."""
        entry = tried(path, self._card, self._where.state, self._library)
        if entry.refused:
            if entry != self._before.get(path.name):
                self._log(f"{path.name} is refused: {entry.reason}")
        else:
            self._log(f"{path.name} plays: {entry.load:.1%} of the period, trim {entry.trim_db:+.1f} dB")
        return entry

    def _files(self) -> list[Path] | None:
        """The model files, the shipped ones where there was no folder yet; None where they cannot be known."""
        try:
            seed(self._where.models, shipped("models"))
        except OSError as error:
            self._complain(f"the models folder {self._where.models} cannot be filled: {error.strerror}")
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
        entry = refused(Entry(name=file, title=file, file=file, word=0), reason)
        if entry != self._before.get(file):
            self._log(f"{file} is refused: {reason}")
        return entry

    def _in_order(self, paths: list[Path], first: str) -> list[Path]:
        """That of the set list, but for the first."""
        by_name = {name_of(path): path for path in paths}
        order = setlist.order(self._text, by_name)
        names = sorted((*order.playing, *order.out), key=lambda name: setlist.key(name) != setlist.key(first))
        return [by_name[name] for name in names]

    def _rack(self, entries: dict[str, Entry]) -> Rack:
        """The rack of these entries, by their files."""
        playing = _playing(entries)
        order = setlist.order(self._text, playing)
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
        )

    def _show(self, entries: dict[str, Entry]) -> None:
        """Write what there is so far; whether it can be written at all is said in the end."""
        with suppress(OSError):
            self._write(self._rack(entries))

    def _write(self, made: Rack) -> None:
        if made != self._written:
            rack.write(self._where.rack, made)
            self._written = made

    def _set_list(self) -> setlist.Found:
        found = setlist.read(self._where.setlist)
        if found.fault:
            self._complain(found.fault)
        return found

    def _extend(self, entries: dict[str, Entry]) -> None:
        """Put new models at the end of the set list, as it is now: the player may have edited it meanwhile."""
        found = self._set_list()
        self._text = found.text
        new = setlist.order(found.text, _playing(entries)).new
        if not (new and found.writable):
            return
        text = setlist.extended(found.text, new)
        path, left_out = self._where.setlist, f"{len(new)} new models stay at the end without a line in it"
        if len(text.encode()) > setlist.MOST_BYTES:
            self._log(f"{path} is full; {left_out}")
            return
        try:
            with replacing(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            self._log(f"{path} cannot be written: {error.strerror}; {left_out}")

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


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Wait until no other admission is at work on this folder."""
    state.mkdir(parents=True, exist_ok=True)
    with open(state / "admission.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Admit everything; gives the exit status: 0 done, models that were refused included; 1 not done."""
    parser = argparse.ArgumentParser(prog="python -m pedal.measure.admission", description=__doc__)
    parser.add_argument("--config", type=Path, metavar="FILE", help="pedal.toml (default: the one of this user)")
    parser.add_argument("--first", default="", metavar="NAME", help="the model to try before all others")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    os.nice(NICENESS)
    try:
        where = places()
        config = _config(options.config or where.config)
        kernels = library_path(where.kernels)
        if not kernels.is_file():
            _log(f"the kernel library {kernels} is missing; it has to be built first")
            return NO_LIBRARY
        admit(where, config, Library(kernels), _log, options.first)
    except (PedalError, OSError) as error:
        _log(" ".join(str(error).split()))
        return 1
    return 0


def _config(path: Path) -> Config:
    """What the file says; the defaults where it has faults, as those are what the engine plays with then."""
    try:
        return load(path) if path.exists() else Config()
    except ConfigError as error:
        _log(str(error))
        return Config()


def _end(number: int, _frame: object) -> None:
    """Leave nothing half written behind."""
    raise SystemExit(128 + number)


def _log(line: str) -> None:
    with suppress(OSError):  # nobody listens any more
        print(line if line.isprintable() else ascii(line), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
