"""What one check has found: a fact, how it should be, and what to do."""

from enum import StrEnum
from typing import NamedTuple

AT_ONCE = "pedal doctor --fix; pedal-tune does it at every boot"
"""What a person can do where a finding has a remedy."""


class Mark(StrEnum):
    """How bad it is, worst first."""

    HEARD = "heard"
    """It is heard, or a foot is not."""
    WARNING = "warning"
    """It may be heard one day, or is in the way otherwise."""
    FINE = "fine"
    ABSENT = "absent"
    """It cannot be checked here."""


class Finding(NamedTuple):
    """What one check has found."""

    mark: Mark
    found: str
    expected: str = ""
    fix: str = ""
    """What a person can do."""
    remedy: tuple[str, ...] = ()
    """Lines of a shell that root can run now without harm, and that put it right until the next boot at least."""


def fine(found: str) -> Finding:
    """It is as it should be."""
    return Finding(Mark.FINE, found)


def warning(found: str, expected: str = "", fix: str = "", remedy: tuple[str, ...] = ()) -> Finding:
    """It may be heard."""
    return Finding(Mark.WARNING, found, expected, fix, remedy)


def heard(found: str, expected: str = "", fix: str = "", remedy: tuple[str, ...] = ()) -> Finding:
    """It is heard."""
    return Finding(Mark.HEARD, found, expected, fix, remedy)


def unchecked(why: str) -> Finding:
    """It may be here, but nothing tells how it is."""
    return Finding(Mark.ABSENT, f"could not be checked: {why}")


def absent(why: str = "") -> Finding:
    """There is nothing of the kind here."""
    return Finding(Mark.ABSENT, f"not on this machine{f': {why}' if why else ''}")
