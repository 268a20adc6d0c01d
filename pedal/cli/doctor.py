"""`pedal doctor`: whether this machine is set up so that the pedal is heard as it should be."""

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from pedal.cli import host
from pedal.cli.findings import figures, show
from pedal.cli.notes import note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pedal.measure.doctor.machine import Machine
    from pedal.measure.doctor.remedies import Start
    from pedal.measure.finding import Examined

COUNTED = {"heard": "heard", "warning": "that may be", "fine": "fine", "absent": "not here or not to be told"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `doctor`."""
    parser = commands.add_parser(
        "doctor",
        help="check this machine: what would be heard, and how to put it right",
        description="Check this machine: one line for each fact, what would be heard first. Status 1 where anything "
        "would be: crackling, silence, or a foot that is not answered.",
    )
    parser.add_argument(
        "--fix", action="store_true", help="put right what can be without harm, by sudo; what is run is shown first"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    host.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check here, or there."""
    if arguments.host:
        return host.run(
            arguments.host, ["doctor", *(f"--{name}" for name in ("fix", "json") if arguments.__dict__[name])]
        )
    from pedal.measure.doctor.machine import Machine
    from pedal.measure.doctor.remedies import started

    return tell(Machine, as_json=arguments.json, start=started if arguments.fix else None)


def tell(look: "Callable[[], Machine]", *, as_json: bool = False, start: "Start | None" = None) -> int:
    """Print what is found on the machine that `look` gives; with `start`, put right first what can be."""
    from pedal.measure.doctor.examination import examine

    machine = look()
    found = examine(machine)
    done: list[str] = []
    if start is not None:
        done = _fixed(machine, found, start)
        found = examine(look()) if done else found
    if as_json:
        print(json.dumps({"status": _status(found), "done": done, "findings": figures(found)}))
    else:
        show(found)
        _summary(found, offer=start is None)
    return _status(found)


def _fixed(machine: "Machine", found: "Sequence[Examined]", start: "Start") -> list[str]:
    """Run the remedies, shown first; gives the lines that were run."""
    from pedal.measure.doctor.remedies import command, remedies
    from pedal.measure.doctor.service import has_tune

    lines = remedies(found, has_tune(machine))
    if not lines:
        note("there is nothing that --fix can put right; what is left, each line says")
        return []
    names = ", ".join(examined.name for examined in found if examined.finding.remedy)
    note(f"to put right: {names}; run as root:")
    for shell in lines:
        print(f"  {shell}", file=sys.stderr, flush=True)
    status = start(command(lines, os.geteuid() == 0))
    if status:
        note(f"not all of it was done: {'sudo is missing' if status == 127 else f'status {status}, see above'}")
    note("checked again:")
    return lines


def _summary(found: "Sequence[Examined]", offer: bool) -> None:
    from rich.console import Console

    marks: list[str] = [examined.finding.mark for examined in found]
    counts = [f"{marks.count(mark)} {text}" for mark, text in COUNTED.items() if mark in marks]
    fixable = [examined.name for examined in found if examined.finding.remedy]
    console = Console(highlight=False)
    console.print(f"\n{', '.join(counts)}.", markup=False)
    if fixable and offer:
        console.print(f"`pedal doctor --fix` puts right: {', '.join(fixable)}.", markup=False)


def _status(found: "Sequence[Examined]") -> int:
    return int(any(examined.finding.mark == "heard" for examined in found))
