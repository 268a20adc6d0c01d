"""Commands that write what is the installed service's: they run as its user, `pedal`, whoever typed them."""

import os
import sys
from collections.abc import Sequence

from pedal.errors import PedalError

USER = "pedal"
COMMAND = "/usr/local/bin/pedal"
SUDO = ("sudo", "-n", "-u", USER, "--")
"""Without a question: the installer permits it to the group `pedal`."""
WRITING = (
    ("models", "install"),
    ("models", "remove"),
    ("models", "rollback"),
    ("models", "order"),
    ("set",),
    ("status",),
    ("latency",),
    ("soak",),
)
"""The commands that write to the service's folders or its link, or map that for writing, by their first words."""


def writes(words: Sequence[str]) -> bool:
    """Whether `pedal WORDS` writes what is the service's."""
    return any(tuple(words[: len(first)]) == first for first in WRITING)


def as_service_user(argv: Sequence[str], stdin: int | None = None) -> None:
    """Go on as the service's user, with `pedal ARGV`, where this is an installed pedal and somebody else's process.

    Then it does not return: this process becomes sudo. Its input is the file descriptor `stdin`, where one is given.

    Raises:
        PedalError: this user may not.
    """
    from pedal.config import current_user, is_installed

    if not is_installed() or current_user() == USER:
        return
    _check_permitted()
    if stdin is not None:
        os.dup2(stdin, sys.__stdin__.fileno() if sys.__stdin__ else 0)
    try:
        os.execvp(SUDO[0], [*SUDO, COMMAND, *argv])  # noqa: S606 (no shell)
    except OSError as error:
        raise PedalError(f"sudo cannot be run: {error.strerror}; install it") from error


def _check_permitted() -> None:
    """See that sudo will not refuse for the usual reason, which it says less well."""
    import grp

    from pedal.cli.membership import advice

    try:
        group = grp.getgrnam(USER).gr_gid
    except KeyError as error:
        raise PedalError(f"the group {USER} is missing; run ./deploy.sh again") from error
    if os.getuid() != 0 and (refused := advice(group, os.getgroups())):
        raise PedalError(refused)
