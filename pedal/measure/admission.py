"""Admission: every file of the models folder read, checked, auditioned and packed, and the rack written.

`python -m pedal.measure.admission [--config FILE] [--first NAME]`: a short-lived process that control starts whenever
the folder has changed. What was measured once is kept for as long as the library and the card's period are the same.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from pedal.config import Config, Places, load, places, playable
from pedal.control.rack import Entry
from pedal.errors import PedalError
from pedal.kernel.library import Library, library_path
from pedal.measure.inspection import Admitted, Inspection, Log
from pedal.model.turns import turn

NICENESS = 10
ADMISSION = "the pedal, which tries the files of its models folder"
"""Who is at work, as others are told who wait for it."""
NO_LIBRARY = 78
"""The status that says that the kernels have to be built first; the engine has the same."""
TRY_AGAIN = 75
"""The status that says that everything is done but for a file that is still on its way: look again in a moment."""
GROWING_S = 2.0
"""A damaged file that was written to so shortly ago may not be whole yet."""


def admit(
    where: Places,
    config: Config,
    library: Library,
    log: Log,
    first: str = "",
    may_grow: Callable[[Path], bool] = lambda _path: False,
) -> Admitted:
    """Bring the rack up to date; the model called `first` is tried before all others.

    The file is written again after every new model, so that whoever watches it sees them arrive. A file that cannot
    be read and may still grow is no news.

    Raises:
        OSError: the state folder cannot be written to.
    """
    with turn(where.state, ADMISSION):
        return Inspection(where, config.card, library, log).everything(first, may_grow)


def admit_one(path: Path, where: Places, config: Config, library: Library) -> Entry:
    """Bring the rack up to date for this one file of the models folder; gives its entry.

    Raises:
        OSError: the state folder cannot be written to.
    """
    with turn(where.state, ADMISSION):
        return Inspection(where, config.card, library, lambda _line: None).one(path)


def growing(path: Path, now: float) -> bool:
    """Whether more of the file may be on its way; what seems to come from the future does not, as clocks may stop."""
    try:
        return 0.0 <= now - path.stat().st_mtime < GROWING_S
    except OSError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Admit everything; gives the exit status: 0 done, refused models or not; 1 not done; NO_LIBRARY or TRY_AGAIN."""
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
            _log(f"the kernel library {kernels} is missing; it has to be built first, by `pedal kernel build`")
            return NO_LIBRARY
        log, first = _log, options.first
        admitted = admit(where, config, Library(kernels), log, first, lambda path: growing(path, time.time()))
    except PedalError as error:
        _log(" ".join(str(error).split()))
        return 1
    except OSError as error:
        _log(f"{error.filename or 'the disk'}: {error.strerror or error}")
        return 1
    return 0 if admitted.settled else TRY_AGAIN


def _config(path: Path) -> Config:
    """What the file says; with faults in the player's own, what the engine plays with then.

    Raises:
        ConfigError: there is a fault in another file.
    """
    if path != places().config:
        return load(path)
    config, faults = playable(path)
    for fault in faults:
        _log(fault)
    return config


def _end(number: int, _frame: object) -> None:
    """Leave nothing half written behind."""
    raise SystemExit(128 + number)


def _log(line: str) -> None:
    with suppress(OSError):  # nobody listens any more
        print(line if line.isprintable() else ascii(line), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
