"""Commands that write what is the installed service's: they run as its user, `pedal`, whoever typed them."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

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
    ("latency",),
    ("soak",),
)
"""The commands that write to the service's folders or its socket, or have its units started, by their first words.

What only reads is permitted to the group; systemd/sudoers permits these, and no others."""


def writes(words: Sequence[str]) -> bool:
    """Whether `pedal WORDS` writes what is the service's."""
    return any(tuple(words[: len(first)]) == first for first in WRITING)


class Printed(NamedTuple):
    """What a command printed, and how it ended."""

    status: int
    out: bytes
    """All of it."""


def as_service_user(argv: Sequence[str], stdin: int | None = None) -> None:
    """Go on as the service's user, with `pedal ARGV`, where this is an installed pedal and somebody else's process.

    Then it does not return: this process becomes sudo. Its input is the file descriptor `stdin`, where one is given.

    Raises:
        PedalError: this user may not.
    """
    if not _is_anothers():
        return
    if stdin is not None:
        os.dup2(stdin, sys.__stdin__.fileno() if sys.__stdin__ else 0)
    try:
        os.execvp(SUDO[0], [*SUDO, COMMAND, *argv])  # noqa: S606 (no shell)
    except OSError as error:
        raise _no_sudo(error) from error


def printed(argv: Sequence[str]) -> Printed | None:
    """What `pedal ARGV` prints as the service's user, where `as_service_user` would go on as that one; else None.

    For what is to be done with it as whoever typed it. Ctrl-C is the command's, which is waited for.

    Raises:
        PedalError: this user may not.
    """
    if not _is_anothers():
        return None
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        ran = subprocess.run([*SUDO, COMMAND, *argv], stdout=subprocess.PIPE)
    except OSError as error:
        raise _no_sudo(error) from error
    finally:
        signal.signal(signal.SIGINT, before)
    return Printed(ran.returncode, ran.stdout)


def _is_anothers() -> bool:
    """Whether this is an installed pedal and somebody else's process.

    Raises:
        PedalError: and they may not become its user.
    """
    from pedal.config import current_user, is_installed

    if not is_installed() or current_user() == USER:
        return False
    _check_permitted()
    return True


def _no_sudo(error: OSError) -> PedalError:
    return PedalError(f"sudo cannot be run: {error.strerror}; install it")


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
