"""The command `pedal`: its parser, and the one place where an error becomes a line on stderr."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

import pedal
from pedal.cli.membership import remedy
from pedal.cli.notes import note
from pedal.cli.parser import Parser
from pedal.errors import PedalError

GROUPS = (
    *("engine", "control", "config", "devices", "set", "status", "models", "flash", "render", "sim"),
    *("bench", "latency", "soak", "kernel", "doctor", "pair", "train"),
)
"""The commands in the order of `pedal --help`: each is a module here whose `add` registers it, and what follows it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status: 0, 1 refused or unhealthy, 2 usage, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that this terminal lacks is no reason to say nothing
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(*words[:1]).parse_args(words)
    try:
        status: int = arguments.run(arguments)
        if sys.stdout is not None:  # closed by whoever started us
            sys.stdout.flush()
    except PedalError as error:
        note("; ".join(filter(None, (" ".join(str(error).splitlines()), remedy(error)))))
        return 1
    except BrokenPipeError:
        _drop_output()  # whoever read it has gone (`pedal status | head`)
        return 1
    except OSError as error:
        if error.filename is None:
            _drop_output()
        refused = f"{error.filename or 'the output'}: {error.strerror or error}"
        note("; ".join(filter(None, (refused, remedy(error)))))
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _drop_output() -> None:
    """Keep the interpreter's last flush from complaining once more."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(command: str = "") -> argparse.ArgumentParser:
    """The parser, of that command alone where it is one: to import all of them takes twice as long."""
    parser: argparse.ArgumentParser = Parser(prog="pedal", description=pedal.__doc__)
    parser.add_argument("--version", action="version", version=f"pedal {pedal.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in [command] if command in GROUPS else GROUPS:
        importlib.import_module(f"pedal.cli.{group}").add(commands)
    return parser
