"""`--host HOST`: the same command on another machine, over plain ssh."""

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from subprocess import DEVNULL, PIPE
from typing import IO, NamedTuple

from pedal.cli.notes import printable
from pedal.cli.service_user import COMMAND, SUDO, writes
from pedal.errors import PedalError

HOST = re.compile(r"(?!-)[A-Za-z0-9._@:%/\[\]-]{1,300}")
"""pi@pedal.local, an address, or ssh://pi@pedal.local:2222; nothing that a shell or ssh would take for more."""
OPTIONS = (
    "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "RemoteCommand=none",
)  # fmt: skip
"""A pedal that was switched off is noticed within 15 s. Whether a host is the one it was is left to ssh, which asks."""
ENGLISH = "LC_ALL=C.UTF-8"
"""What sudo says is looked at; ssh hands this computer's language on."""
UNREACHED, NOT_FOUND = 255, 127
"""ssh's own status where there is no connection (any longer), and a shell's where there is no such command."""
LAST_LINES = 8
PIECE = 65_536
"""Bytes that are sent at a time."""

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
        Cut: it cannot be reached, or the connection broke.
        PedalError: it was not run there.
    """
    if stdin is None and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        status = _started([*ssh(name, "-t"), command(words)]).wait()
        check(name, status, ())
        return status
    process = _started([*ssh(name, "-T"), command(words)], stdin=PIPE, stderr=PIPE)
    assert process.stderr is not None
    with process, _fed(process, stdin or b"", lambda _count: None):
        said = _heard(process.stderr, pass_on)
    check(name, process.returncode, said)
    return process.returncode


def pass_on(line: str) -> None:
    """Say here what was said there."""
    print(printable(line), file=sys.stderr, flush=True)


class Cut(PedalError):
    """There is no connection to be had, or not any more; how far a command got is not known."""


class Answer(NamedTuple):
    """What a command said there, and how it ended."""

    status: int
    out: str
    """Its last line on standard output."""
    error: str
    """Its last line on standard error."""


def ask(
    name: str,
    words: Sequence[str],
    stdin: bytes,
    sent: Callable[[int], object] = lambda _count: None,
    options: Sequence[str] = (),
    told: Callable[[str], object] = lambda _line: None,
) -> Answer:
    """Run `pedal WORDS` there, with that input, and keep what it says; `sent` is told of every piece that is away.

    `told` hears each line of its standard error as it comes.

    Raises:
        Cut: it cannot be reached, or the connection broke.
        PedalError: it was not run there.
    """
    process = _started([*ssh(name, "-T", *options), command(words)], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert process.stderr is not None
    assert process.stdout is not None
    with process, _fed(process, stdin, sent), ThreadPoolExecutor(1) as reading:
        complaints = reading.submit(_heard, process.stderr, told)
        said = _lines(process.stdout.read())
        complained = complaints.result()
    check(name, process.returncode, complained)
    return Answer(process.returncode, said[-1], complained[-1])


@contextmanager
def shared(name: str) -> Iterator[tuple[str, ...]]:
    """Options with which ssh uses one connection again and again; whatever it asks, it asks now, and once.

    Raises:
        PedalError: there is no connection to be had.
    """
    with tempfile.TemporaryDirectory(prefix="pedal-") as folder, tempfile.TemporaryFile() as said:
        path = f"ControlPath={folder}/ssh"
        options = ("-o", "ControlMaster=auto", "-o", path, "-o", "ControlPersist=60")
        # To a file, because a connection that stays would never end a pipe.
        process = _started([*ssh(name, "-T", *options), "true"], stdin=DEVNULL, stdout=said, stderr=said)
        try:
            status = process.wait()
            said.seek(0)
            check(name, status, _lines(said.read()))
            yield options
        finally:
            subprocess.run(["ssh", "-o", path, "-O", "exit", "--", name], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


def ssh(name: str, *options: str) -> list[str]:
    """The command line up to the host."""
    return ["ssh", *OPTIONS, *options, "--", name]


def command(words: Sequence[str]) -> str:
    """What the shell there is given: `pedal WORDS`, by the service's user where it writes to what is the service's."""
    return shlex.join([*((ENGLISH, *SUDO) if writes(words) else ()), COMMAND, *words])


def check(name: str, status: int, said: Sequence[str]) -> None:
    """See that it was our command that ended with this status; `said` is what was on its standard error.

    Raises:
        Cut: it was ssh.
        PedalError: it was sudo or a shell.
    """
    text = "\n".join(said).casefold()
    if status == UNREACHED or status < 0:  # ssh itself may have been killed
        because = _meant(UNREACHED_BECAUSE, text) or "cannot be reached by ssh, or the connection broke; try again"
        raise Cut(f"{name} {because.format(host=name)}")
    if because := _meant(REFUSED_BECAUSE, text) if status else "":
        raise PedalError(f"{name}: {because.format(host=name)}")
    if status == NOT_FOUND and "sudo:" in text and COMMAND not in text:  # in whatever language that shell speaks
        raise PedalError(f"{name}: sudo is missing there; install it")
    if status == NOT_FOUND:
        raise PedalError(f"{name}: the pedal is not installed there; run ./deploy.sh {name}")


def _meant(table: Sequence[tuple[str, str]], text: str) -> str:
    return next((meaning for said, meaning in table if said in text), "")


def _started(
    command: Sequence[str],
    stdin: int | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr)
    except FileNotFoundError as error:
        raise PedalError("ssh is missing on this machine; install it (apt install openssh-client)") from error


@contextmanager
def _fed(process: "subprocess.Popen[bytes]", data: bytes, sent: Callable[[int], object]) -> Iterator[None]:
    """Give it its input meanwhile; one that ends without reading it says why by itself."""
    stdin = process.stdin
    assert stdin is not None

    def feed() -> None:
        with suppress(BrokenPipeError), stdin:
            for start in range(0, len(data), PIECE):
                stdin.write(data[start : start + PIECE])
                stdin.flush()
                sent(len(data[start : start + PIECE]))

    with ThreadPoolExecutor(1) as feeding:
        fed = feeding.submit(feed)
        yield
        fed.result()


def _heard(stream: IO[bytes], told: Callable[[str], object]) -> list[str]:
    """The last lines of it, at least one; each is told as it comes."""
    said = deque([""], maxlen=LAST_LINES)
    for line in stream:
        if text := line.decode("utf-8", "replace").rstrip():
            said.append(text)
            told(text)
    return list(said)


def _lines(said: bytes) -> list[str]:
    """At least one."""
    return said.decode("utf-8", "replace").rstrip().splitlines() or [""]
