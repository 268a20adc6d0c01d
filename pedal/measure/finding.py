"""What one check has found, of a machine or of recordings: a fact, how it should be, and what to do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

AT_ONCE = "pedal doctor --fix; pedal-tune does it at every boot"
"""What a person can do where a finding has a remedy."""


class Mark(StrEnum):
    """How bad it is, worst first."""

    REFUSED = "refused"
    """With these recordings nothing can be trained."""
    HEARD = "heard"
    """It is heard, or a foot is not."""
    WARNING = "warning"
    """It may be heard one day, or is in the way otherwise; a model is worse than it could be."""
    FINE = "fine"
    ABSENT = "absent"
    """It cannot be checked here, or be told from these recordings."""


class Finding(NamedTuple):
    """What one check has found."""

    mark: Mark
    found: str
    expected: str = ""
    fix: str = ""
    """What a person can do."""
    remedy: tuple[str, ...] = ()
    """Lines of a shell that root can run now without harm, and that put it right until the next boot at least."""


class Examined(NamedTuple):
    """A check's name, and what it has found."""

    name: str
    finding: Finding


def worst_first(found: Iterable[Examined]) -> list[Examined]:
    """By their marks; those of one mark keep their order."""
    order = list(Mark)
    return sorted(found, key=lambda examined: order.index(examined.finding.mark))


def fine(found: str) -> Finding:
    """It is as it should be."""
    return Finding(Mark.FINE, found)


def warning(found: str, expected: str = "", fix: str = "", remedy: tuple[str, ...] = ()) -> Finding:
    """It may be heard."""
    return Finding(Mark.WARNING, found, expected, fix, remedy)


def heard(found: str, expected: str = "", fix: str = "", remedy: tuple[str, ...] = ()) -> Finding:
    """It is heard."""
    return Finding(Mark.HEARD, found, expected, fix, remedy)


def refused(found: str, expected: str, fix: str) -> Finding:
    """Nothing can be made of it."""
    return Finding(Mark.REFUSED, found, expected, fix)


def unchecked(why: str) -> Finding:
    """It may be here, but nothing tells how it is."""
    return Finding(Mark.ABSENT, f"could not be checked: {why}")


def absent(why: str = "") -> Finding:
    """There is nothing of the kind here."""
    return Finding(Mark.ABSENT, f"not on this machine{f': {why}' if why else ''}")
