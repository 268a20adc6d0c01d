"""`pedal engine`: the audio process on a real card."""

import argparse
import os
import sys
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
    """Become the engine, which is started without this parser and what it imports."""
    command = [sys.executable, "-m", "pedal.engine"]
    if arguments.config:
        command += ["--config", str(arguments.config)]
    os.execv(sys.executable, command)  # noqa: S606 (the same interpreter, no shell)
