"""`pedal config`: the configuration, pedal.toml."""

import argparse
from pathlib import Path

from pedal.cli.notes import printable


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `config` and its commands."""
    parser = commands.add_parser("config", help="check the configuration", description="The configuration, pedal.toml.")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = group.add_parser(
        "check",
        help="say everything that is wrong in it, by line",
        description="Say everything that is wrong in a pedal.toml, by line; status 1 where anything is.",
    )
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the one of this user")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print one fault a line, or that there is none."""
    from pedal.config import places
    from pedal.control.settings import read

    path: Path = arguments.file or places().config
    faults = read(path, missing=None if arguments.file else "").faults
    for fault in faults:
        place = f"{path}:{fault.line}" if fault.line else str(path)
        print(printable(f"{place}: {fault.text}"))
    if not faults:
        there = arguments.file is not None or path.is_file()
        print(f"{printable(str(path))}: {'fine' if there else 'not there, so everything has its default'}")
    return 1 if faults else 0
