"""The command `pedal`: its parser, and the one place where an error becomes a line on stderr."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

import pedal
from pedal.errors import PedalError

GROUPS: tuple[Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None], ...] = ()
"""What registers each group's commands, in the order of `pedal --help`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status: 0, 1 refused or unhealthy, 2 usage, 130 interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except PedalError as error:
        print(f"pedal: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has gone (`pedal status | head`): the interpreter's last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pedal", description=pedal.__doc__)
    parser.add_argument("--version", action="version", version=f"pedal {pedal.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in GROUPS:
        add(commands)
    return parser
