"""`pedal devices`: the sound cards of this machine and what they can do."""

import argparse
from typing import TYPE_CHECKING

from pedal.cli.notes import printable
from pedal.errors import CardError

if TYPE_CHECKING:
    from pathlib import Path

    from pedal.engine.attached import Attached


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `devices`."""
    parser = commands.add_parser(
        "devices",
        help="list the sound cards, their rates, formats and channels",
        description="List the sound cards, their rates, formats and channels, and say which one the engine takes.",
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print the table; status 1 where the engine would find no card to take."""
    from pedal.engine.attached import PROC

    return show(PROC)


def show(proc: "Path") -> int:
    """Print the cards listed under proc, and the configured choice among them."""
    from rich.console import Console

    from pedal.cli.configured import config as configured
    from pedal.config import places
    from pedal.engine.attached import attached, choose

    path, config = places().config, configured().card
    console = Console(highlight=False)
    cards = attached(proc)
    if cards:
        console.print(_table(cards, proc))
    if config.capture:
        told = f"The engine captures from {config.capture} and plays to {config.playback}, as {path} says."
        console.print(printable(told), markup=False, soft_wrap=True)
        return 0
    if not cards:
        told = "No sound card is attached. Plug in a USB interface that has both capture and playback."
        console.print(told, soft_wrap=True)
        return 1
    try:
        taken = choose(config.name, proc)
    except CardError as error:
        console.print(f"The engine waits: {error}.", markup=False, soft_wrap=True)
        return 1
    console.print(f"The engine takes {taken.id}.", markup=False)
    return 0


def _table(cards: "list[Attached]", proc: "Path") -> object:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for heading in ("Card", "Name", "USB", "Direction", "Rates in Hz", "Formats", "Channels"):
        table.add_column(heading, overflow="fold")
    for card in cards:
        first = (escape(card.id), escape(card.name), card.usb_id or "no")
        for direction in ("capture", "playback"):
            table.add_row(*first, direction, *_abilities(card, direction, proc))
            first = ("", "", "")
    return table


def _abilities(card: "Attached", direction: str, proc: "Path") -> tuple[str, str, str]:
    from pedal.engine.offered import offered

    try:
        found = offered(card, direction, proc)
    except CardError as error:
        return (f"not known: {error}", "", "")
    if found is None:
        return ("none", "", "")
    return (found.rates, ", ".join(found.formats), ", ".join(map(str, found.channels)))
