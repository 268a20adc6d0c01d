"""`--host HOST`: the same command on another machine, over plain ssh."""

import argparse
import re
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Sequence

from pedal.cli.notes import note, printable
from pedal.cli.service_user import COMMAND, SUDO, writes
from pedal.errors import PedalError

HOST = re.compile(r"(?!-)[A-Za-z0-9._@:%/\[\]-]{1,300}")
"""pi@pedal.local, an address, or ssh://pi@pedal.local:2222; nothing that a shell or ssh would take for more."""
OPTIONS = (
    "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "RemoteCommand=none",
)  # fmt: skip
"""A pedal that was switched off is noticed within 15 s. Whether a host is the one it was is left to ssh, which asks."""
UNREACHED, NOT_FOUND = 255, 127
"""ssh's own status where there is no connection (any longer), and a shell's where there is no such command."""
LAST_LINES = 8

UNREACHED_BECAUSE = (
    ("could not resolve", "is not known on this network; is it switched on, and its name spelled right?"),
    ("host key verification failed", "is not the machine it was, or not known yet; see what ssh says of its key"),
    ("permission denied", "refuses this user or key; try `ssh {host}` by itself"),
    ("connection refused", "answers, but runs no ssh; enable it there"),
    ("timed out", "does not answer; is it switched on?"),
    ("no route to host", "does not answer; is it switched on?"),
)
"""What ssh says in the line that counts, and what it means."""
REFUSED_BECAUSE = (
    (f"{COMMAND}: command not found", "the pedal is not installed there; run ./deploy.sh {host}"),
    (f"{COMMAND}: no such file", "the pedal is not installed there; run ./deploy.sh {host}"),
    ("sudo: unknown user", "the pedal is not installed there; run ./deploy.sh {host}"),
    ("sudo: a password is required", "this user may not act for the pedal there; run ./deploy.sh {host} again"),
    ("sudo: sorry, user", "this user may not act for the pedal there; run ./deploy.sh {host} again"),
    ("is not in the sudoers file", "this user may not act for the pedal there; run ./deploy.sh {host} again"),
    ("sudo: command not found", "sudo is missing there; install it"),
    ("sudo: not found", "sudo is missing there; install it"),
)


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its `--host`."""
    parser.add_argument("--host", type=host, metavar="HOST", help="do it on that machine, over ssh")


def host(text: str) -> str:
    """An argparse type: a host as ssh takes it."""
    if not HOST.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{printable(text)!r} is no host; expected a name or USER@NAME, such as pi@pedal.local"
        )
    return text


def run(name: str, words: Sequence[str], stdin: bytes | None = None) -> int:
    """Run `pedal WORDS` there, and give its exit status; what it says is said here.

    Where a person sits at both ends of it, it has a terminal there. Otherwise its input is `stdin`, or nothing.

    Raises:
        PedalError: it was not run there, or the connection broke.
    """
    if stdin is None and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        status = _started([*ssh(name, "-t"), command(words)]).wait()
        check(name, status, ())
        return status
    process = _started([*ssh(name, "-T"), command(words)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    with process:
        _send(process, stdin or b"")
        said: deque[str] = deque(maxlen=LAST_LINES)
        for line in process.stderr:
            said.append(line.decode("utf-8", "replace").rstrip())
            print(printable(said[-1]), file=sys.stderr, flush=True)
    check(name, process.returncode, said)
    return process.returncode


def ssh(name: str, *options: str) -> list[str]:
    """The command line up to the host."""
    return ["ssh", *OPTIONS, *options, "--", name]


def command(words: Sequence[str]) -> str:
    """What the shell there is given: `pedal WORDS`, by the service's user where it writes to what is the service's."""
    return shlex.join([*(SUDO if writes(words) else ()), COMMAND, *words])


def check(name: str, status: int, said: Sequence[str]) -> None:
    """See that it was our command that ended with this status; `said` is what was on its standard error.

    Raises:
        PedalError: it was ssh, sudo or a shell.
    """
    text = "\n".join(said).casefold()
    if status == UNREACHED:
        because = _meant(UNREACHED_BECAUSE, text) or "cannot be reached by ssh, or the connection broke; try again"
        raise PedalError(f"{name} {because.format(host=name)}")
    if because := _meant(REFUSED_BECAUSE, text) if status else "":
        raise PedalError(f"{name}: {because.format(host=name)}")
    if status == NOT_FOUND:
        raise PedalError(f"{name}: the pedal is not installed there; run ./deploy.sh {name}")


def _meant(table: Sequence[tuple[str, str]], text: str) -> str:
    return next((meaning for said, meaning in table if said in text), "")


def _started(command: Sequence[str], stdin: int | None = None, stderr: int | None = None) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, stdin=stdin, stderr=stderr)
    except FileNotFoundError as error:
        raise PedalError("ssh is missing on this machine; install it (apt install openssh-client)") from error


def _send(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """Give it its input; one that ends without reading it says why by itself."""
    assert process.stdin is not None
    try:
        process.stdin.write(data)
        process.stdin.close()
    except BrokenPipeError:
        note("the connection was closed before everything was sent")
