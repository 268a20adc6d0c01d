"""`pedal models install`, `remove`, `rollback` and `order`: changing which models there are."""

import argparse
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import host
from pedal.cli.notes import note, printable
from pedal.cli.service_user import as_service_user
from pedal.errors import ModelError

if TYPE_CHECKING:
    from typing import IO

    from pedal.config import Config
    from pedal.control.rack import Entry
    from pedal.kernel.library import Library
    from pedal.measure.installation import Installation, Installed

INPUT = "-"


def add(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register these commands of `models`."""
    install = group.add_parser(
        "install",
        help="try a model file here and put it into the models folder",
        description="Try a model file here, and put it into the models folder: its self-test is replayed by the "
        "compiled kernel, it is timed on this processor and brought to the loudness of the others. The version before "
        "is kept. What is refused leaves everything as it was, and a pedal that plays plays on.",
    )
    install.add_argument("file", metavar="FILE|-", help="the file; - takes it from standard input")
    install.add_argument("--name", metavar="NAME", help="what to call it (default: as the file)")
    install.add_argument("--now", action="store_true", help="play it as soon as it is there")
    install.add_argument("--sha256", metavar="HEX", help="refuse a file that is not the one with this digest")
    install.set_defaults(run=run_install)
    remove = group.add_parser(
        "remove",
        help="take a model away",
        description="Take a model away. Where it plays, the pedal goes on to the next of the set list; without one, "
        "the guitar passes dry. `pedal models rollback NAME` brings it back.",
    )
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=run_remove)
    rollback = group.add_parser(
        "rollback",
        help="bring the version before of a model back",
        description="Bring the version of a model back that was there before the last install; once more, and the "
        "newer one is there again. A model that was removed comes back.",
    )
    rollback.add_argument("name", metavar="NAME")
    rollback.set_defaults(run=run_rollback)
    order = group.add_parser(
        "order",
        help="put models to the front of the set list",
        description="Put these models to the front of the set list, in this order; the others follow as they were. "
        "Comments stay. A model that a # keeps out of the set is in it again.",
    )
    order.add_argument("names", nargs="+", metavar="NAME")
    order.set_defaults(run=run_order)
    for parser in (install, remove, rollback, order):
        host.add(parser)


def run_install(arguments: argparse.Namespace) -> int:
    """Say in a line what came of it."""
    from pedal.cli import flash
    from pedal.cli.taken import play
    from pedal.config import places
    from pedal.model.shelf import named, named_as

    if arguments.name is None and arguments.file == INPUT:
        raise ModelError("the model has no name; expected --name NAME, as its file comes from standard input")
    name = named_as(Path(arguments.file)) if arguments.name is None else named(arguments.name)
    with _opened(arguments.file) as file:
        if arguments.host:
            data = _read(file)
            _check_digest(data, arguments.sha256)
            return flash.send([flash.Packet(arguments.file, name, data)], arguments.host, arguments.now)
        digest = [f"--sha256={arguments.sha256}"] if arguments.sha256 else []
        now = ["--now"] if arguments.now else []
        as_service_user(["models", "install", f"--name={name}", *digest, *now, INPUT], file.fileno())
        data = _read(file)
    _check_digest(data, arguments.sha256)
    config, library = _prepared()
    installed = _installation(config, library).install(name, data)
    plays = ""
    try:
        plays = "; plays now" if arguments.now and play(installed.entry, places()) else ""
    finally:
        print(f"{_told(installed, config.card.rate_hz)}{plays}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Take it away, and have the pedal go on to another."""
    from pedal.cli.models import models_folder
    from pedal.cli.taken import leave
    from pedal.config import places
    from pedal.control import rack
    from pedal.measure.removal import remove
    from pedal.model.library import name_of
    from pedal.model.shelf import Shelf

    words = ["models", "remove", "--", arguments.name]
    if arguments.host:
        return host.run(arguments.host, words, b"")
    as_service_user(words)
    models_folder()
    where = places()
    file, before = Shelf(where.state).there(arguments.name), rack.look(where.rack).rack
    remove(arguments.name, where)
    print(f"{printable(name_of(file))}: removed; `pedal models rollback` brings it back")
    if gone := next((entry for entry in before.models if entry.file == file.name), None):
        leave(gone, before, where)
    return 0


def run_rollback(arguments: argparse.Namespace) -> int:
    """Say in a line what is there again."""
    from pedal.cli.models import models_folder

    words = ["models", "rollback", "--", arguments.name]
    if arguments.host:
        return host.run(arguments.host, words, b"")
    as_service_user(words)
    models_folder()
    config, library = _prepared()
    installed = _installation(config, library).roll_back(arguments.name)
    print(_told(installed, config.card.rate_hz, "the version before is back"))
    return 0


def run_order(arguments: argparse.Namespace) -> int:
    """Say the set."""
    from pedal.cli.models import models_folder
    from pedal.config import places
    from pedal.control import rack, setlist
    from pedal.model.library import files, name_of
    from pedal.model.turns import PATIENCE_S, turn

    words = ["models", "order", "--", *arguments.names]
    if arguments.host:
        return host.run(arguments.host, words, b"")
    as_service_user(words)
    folder, where = models_folder(), places()
    with turn(where.state, "`pedal models order`", PATIENCE_S):
        names = [name_of(path) for path in files(folder)]
        wanted = _known(arguments.names, folder)
        setlist.arrange(where.setlist, wanted, names)
        playing = setlist.order(setlist.look(where.setlist).text, names).playing
    refused = {entry.name: entry.reason for entry in rack.look(where.rack).rack.entries if entry.refused}
    for name in wanted:
        if name in refused:
            note(f"{name} is not played, wherever it stands: {refused[name]}")
    print(f"the set: {printable(', '.join(name for name in playing if name not in refused))}")
    return 0


def _known(wanted: list[str], folder: Path) -> list[str]:
    """The names as they are spelled on the files.

    Raises:
        ModelError: there is no such model, or one is named twice.
    """
    from pedal.model.library import name_of
    from pedal.model.shelf import Shelf

    found = [name_of(Shelf(folder.parent).there(name)) for name in wanted]
    if twice := next((name for name in found if found.count(name) > 1), None):
        raise ModelError(f"model {twice!r} is named twice; expected once")
    return found


def _opened(file: str) -> "IO[bytes]":
    """The file, or standard input.

    Raises:
        ModelError: it is a terminal, a folder or a device.
    """
    if file == INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise ModelError("- takes the file from standard input, which is a terminal; expected a file or a pipe")
        return os.fdopen(os.dup(0), "rb")
    path = Path(file)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ModelError(f"{printable(file)}: is a folder or a device; expected a model file")
        return path.open("rb")
    except OSError as error:
        raise ModelError(f"{printable(file)}: cannot be read: {error.strerror}; expected a model file") from error


def _read(file: "IO[bytes]") -> bytes:
    """All of it.

    Raises:
        ModelError: it is longer than a model can be; the rest is left unread.
    """
    from pedal.model.formats import MOST_BYTES

    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ModelError(f"the file has more than {MOST_BYTES / 1e6:.0f} MB; expected a model")
    return data


def _check_digest(data: bytes, expected: str | None) -> None:
    """Raise ModelError where the bytes are others than were sent: of a connection that was cut, there are fewer."""
    import hashlib

    if expected and hashlib.sha256(data).hexdigest() != expected.lower():
        raise ModelError(f"the file came damaged or in part, {len(data)} bytes of it; send it again")


def _prepared() -> "tuple[Config, Library]":
    """The configuration and the kernels; on an installed pedal, this process leaves time and core to the sound."""
    from pedal.cli.compiled import library
    from pedal.cli.configured import config
    from pedal.config import is_installed
    from pedal.control.cores import leave_core
    from pedal.measure.admission import NICENESS

    configured = config()
    if is_installed():
        os.nice(NICENESS)
        leave_core(configured.engine.cpu, lambda _line: None)
    return configured, library()


def _installation(config: "Config", library: "Library") -> "Installation":
    from pedal.cli.models import models_folder
    from pedal.config import places
    from pedal.measure.installation import Installation

    models_folder()
    return Installation(places(), config, library)


def _told(installed: "Installed", card_hz: int, done: str = "") -> str:
    """In a line."""
    entry = installed.entry
    done = done or ("there already" if installed.unchanged else "installed")
    kept = ["the version before is kept"] if installed.replaced and done == "installed" else []
    return "; ".join([f"{printable(entry.name)}: {done}", _figures(entry), *_differs(entry, card_hz), *kept])


def _figures(entry: "Entry") -> str:
    return f"takes {100 * entry.load:.1f} % of the period, trim {entry.trim_db:+.1f} dB"


def _differs(entry: "Entry", card_hz: int) -> list[str]:
    if entry.rate_hz == card_hz:
        return []
    return [f"plays as it is at the card's {card_hz} Hz, and sounds somewhat different there"]
