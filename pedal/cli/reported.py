"""What `pedal latency` and `pedal soak` report from another process, presented by this one, which draws the picture."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from pedal.cli import host, service_user

Present = Callable[[bytes, bool, Path | None], None]
"""Says the report that was printed as JSON, as text or as JSON, and draws it where that is wanted."""


def elsewhere(arguments: argparse.Namespace, words: Sequence[str], present: Present) -> int:
    """Have that machine run `pedal WORDS`; a picture of it is drawn here. Gives the exit status.

    Raises:
        PedalError: it was not run there, the connection broke, or what it printed is no report.
    """
    if arguments.picture is None:
        return host.run(arguments.host, words)
    answer = host.ask(arguments.host, _asked(arguments, words), b"", told=host.pass_on)
    return _presented(answer.status, answer.out.encode(), arguments, present)


def by_service(arguments: argparse.Namespace, words: Sequence[str], present: Present) -> int | None:
    """Have the service's user run it, and draw the picture as whoever typed it; None where this is no other process.

    Raises:
        PedalError: this user may not, or what was printed is no report.
    """
    printed = service_user.printed(_asked(arguments, words))
    return None if printed is None else _presented(printed.status, printed.out, arguments, present)


def _asked(arguments: argparse.Namespace, words: Sequence[str]) -> list[str]:
    """The command that gives the report for a picture."""
    return [*words, *(() if arguments.json else ("--json",))]


def _presented(status: int, out: bytes, arguments: argparse.Namespace, present: Present) -> int:
    """Gives the status; one that failed may have printed nothing, and has said why."""
    if out or not status:
        present(out, arguments.json, arguments.picture)
    return status
