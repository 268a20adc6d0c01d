"""`pedal set`: gains, knobs, switches and the model, as feet and hands would set them."""

import argparse
from typing import TYPE_CHECKING

from pedal.cli import host, values
from pedal.cli.notes import note
from pedal.cli.service_user import as_service_user
from pedal.errors import ConfigError, LinkError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pedal.config import Places
    from pedal.control.rack import Entry
    from pedal.link import Link


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `set`."""
    parser = commands.add_parser(
        "set",
        help="set gains, knobs, switches and the model",
        description="Set what the pedal plays: model=NAME|none, a NAME that `pedal models list` gives, "
        "input_gain_db=DB, level_db=DB, knob.NAME=0..1, bypass=on|off, mute=on|off, boost=on|off. Nothing is set "
        "unless everything can be.",
        epilog="Where the control process runs, it does it, and remembers it. Where it does not, the engine is told: "
        "level_db is the whole level then, there is no boost, and models are as loud as their files are.",
    )
    parser.add_argument("assignments", type=values.assignment, nargs="+", metavar="NAME=VALUE")
    host.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Set everything, or nothing where one assignment is wrong."""
    from pedal.cli.asking import ask
    from pedal.cli.models import models_folder
    from pedal.config import places
    from pedal.control import rack
    from pedal.model.library import NONE, installed

    asked: list[tuple[str, str]] = arguments.assignments
    words = ["set", "--", *(f"{name}={text}" for name, text in asked)]
    if arguments.host:
        return host.run(arguments.host, words, b"")
    as_service_user(words)
    where, path = places(), None
    wanted = dict(asked).get("model", NONE)
    if wanted.casefold() != NONE:
        path = installed(wanted, models_folder())
        asked = [(name, path.name if name == "model" else text) for name, text in asked]
    try:
        done = ask(where.run, asked)
    except ConfigError as error:
        if path and all(entry.file != path.name for entry in rack.look(where.rack).rack.models):
            raise ModelError(f"{path} is new and is being tried out; set it again in a moment") from error
        raise
    if not done:
        tell_engine(asked, path, where)
    return 0


def tell_engine(asked: "Sequence[tuple[str, str]]", path: "Path | None", where: "Places") -> None:
    """Write the engine's words; path is the file of the model that is asked for."""
    from contextlib import closing

    from pedal.control import rack
    from pedal.control.assignments import values_for
    from pedal.control.rack import Rack
    from pedal.link import Link, control_lock

    entry = _admitted(path, where) if path else None  # before the lock, which a control that starts cannot wait for
    with closing(Link(where.link, where.words)) as link, control_lock(where.run):
        entry = entry or rack.look(where.rack).rack.with_word(int(link.get("model")))
        entries = (entry,) if entry else ()
        words, model = values_for(asked, Rack(entries=entries), entry)
        if "boost" in words:
            raise ConfigError("boost: it is the control process that boosts, and none runs; raise level_db")
        if model is not None:
            words = {"model": entry.word if entry and model else 0, **words}
        for name, value in words.items():
            link.set(name, value)
        if not link.engine_runs():
            _no_engine(where.run)
        elif path and entry:
            _note_rate(entry, link)


def _admitted(path: "Path", where: "Places") -> "Entry":
    """The model in that file of the models folder, ready before the engine is asked for it.

    Raises:
        ModelError: it is refused.
    """
    from pedal.cli.compiled import library
    from pedal.cli.configured import config
    from pedal.measure.admission import admit_one

    entry = admit_one(path, where, config(), library())
    if entry.refused:
        raise ModelError(f"{path}: {entry.reason}")
    return entry


def _note_rate(entry: "Entry", link: "Link") -> None:
    if entry.rate_hz != link.get("rate_hz"):
        note(
            f"{entry.file} was made for {entry.rate_hz} Hz and plays as it is at {link.get('rate_hz')} Hz: it sounds "
            "different"
        )


def _no_engine(run_folder: "Path") -> None:
    """Say that none listens.

    Raises:
        LinkError: one runs all the same, on a link that was deleted under it.
    """
    from pedal.link import engine_lock

    try:
        with engine_lock(run_folder):
            note("the engine is not running; it takes these when it starts")
    except LinkError as error:
        raise LinkError(f"the engine that runs has lost its link, as {run_folder} was emptied; restart it") from error
