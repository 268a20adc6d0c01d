"""`pedal control`: footswitches, knobs, screen and tuner."""

import argparse
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `control`."""
    parser = commands.add_parser(
        "control",
        help="run the control process: footswitches, knobs, screen, tuner",
        description="Run the control process until it is interrupted. It needs no engine to begin with, and says on "
        "the screen what is missing.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="pedal.toml (default: the one of this user)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become control; pedal/__main__.py does the same for the usual ways to write it, without this parser."""
    from pedal.control.service import main

    return main(["--config", str(arguments.config)] if arguments.config else [])
