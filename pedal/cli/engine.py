"""`pedal engine`: the audio process on a real card."""

import argparse
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `engine`."""
    parser = commands.add_parser(
        "engine",
        help="run the audio process on the configured card",
        description="Run the audio process on the configured card until it is interrupted; it waits for a card that is "
        "not there.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="pedal.toml (default: the one of this user)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become the engine; pedal/__main__.py does the same for the usual ways to write it, without this parser."""
    from pedal.engine.__main__ import start

    return start(["--config", str(arguments.config)] if arguments.config else [])
