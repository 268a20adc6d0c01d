"""`pedal config`: the configuration, pedal.toml."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli.notes import printable

if TYPE_CHECKING:
    from pedal.config import NotToml
    from pedal.control.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `config` and its commands."""
    parser = commands.add_parser("config", help="check the configuration", description="The configuration, pedal.toml.")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = group.add_parser(
        "check",
        help="say everything that is wrong in it, by line",
        description="Say everything that is wrong in a pedal.toml, by line; status 1 where anything is. Where nothing "
        "is, say what belongs on which pin, to be compared with the wires.",
    )
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the one of this user")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print one fault a line; where there is none, what is on which pin."""
    from pedal.config import NotToml, places
    from pedal.control.settings import read

    path: Path = arguments.file or places().config
    try:
        found = read(path, missing=None if arguments.file else "")
    except NotToml as error:
        return _refuse(path, error)
    for kind, all_said in (("", found.faults), ("note: ", found.notes)):
        for line, text in all_said:
            print(printable(f"{path}:{line}: {kind}{text}" if line else f"{path}: {kind}{text}"))
    if found.faults:
        return 1
    there = arguments.file is not None or path.is_file()
    print(f"{printable(str(path))}: {'no fault' if there else 'not there, so everything has its default'}")
    print()
    _list(found.settings)
    return 0


def _refuse(path: Path, error: "NotToml") -> int:
    """Say which line keeps all the others from being read."""
    from pedal.control.mistyped import advice

    said = "; ".join(filter(None, (error.reason, advice(error.line, error.reason))))
    print(printable(f"{path}:{error.number}: {error.line}: {said}"))
    print(printable(f"{path}: until that is mended, nothing in it is read, and everything has its default"))
    return 1


def _list(settings: "Settings") -> None:
    """What is on which pin, to be compared with the wires."""
    from pedal.control.connections import HEADINGS, connections

    rows = [HEADINGS, *connections(settings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
