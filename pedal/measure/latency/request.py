"""What a person asks of the measuring service, and what it answers: two files in the run folder.

Whoever asks holds a lock on the request for as long as it is meant: the kernel lets go of it, whatever they die of.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pedal.errors import LinkError
from pedal.measure.latency.findings import Survey
from pedal.measure.latency.survey import Plan, Progress

REQUEST, REPORT = "latency.request", "latency.report"


class Request(msgspec.Struct, frozen=True):
    """What is to be measured, and with what."""

    plan: Plan
    model: str
    """The model's file."""
    config: str = ""
    """Another pedal.toml than the service's."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the report: one of these."""

    progress: Progress | None = None
    note: str = ""
    refused: str = ""
    """Why there is nothing to be measured: the last line."""
    survey: Survey | None = None
    """The last line."""


@contextmanager
def asked(run: Path, request: Request) -> Iterator[None]:
    """Ask for it, and mean it for as long as the block lasts; the report is empty then.

    Raises:
        LinkError: somebody else is measuring, or nothing may be written to the run folder.
    """
    try:
        file = open(run / REQUEST, "a+b")  # noqa: SIM115 (closed below, which also unlocks)
    except OSError as error:
        raise LinkError(f"nothing can be asked through {run}: {error.strerror}") from error
    with file:
        _lock(file.fileno())
        file.truncate(0)
        file.write(msgspec.json.encode(request))
        file.flush()
        (run / REPORT).write_bytes(b"")
        yield


def taken(run: Path) -> Request:
    """What is asked for.

    Raises:
        LinkError: nothing is.
    """
    try:
        return msgspec.json.decode((run / REQUEST).read_bytes(), type=Request)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LinkError(f"there is no request in {run}; run `pedal latency`, which makes one ({error})") from error


def is_meant(run: Path) -> bool:
    """Whether whoever asked is still there."""
    try:
        with open(run / REQUEST, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class Reporter:
    """Writes the report, line by line."""

    def __init__(self, run: Path) -> None:
        self._file = os.open(run / REPORT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def say(self, line: Line) -> None:
        """Add a line."""
        data = msgspec.json.encode(line) + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def close(self) -> None:
        """Say nothing more."""
        os.close(self._file)


class Reader:
    """Reads the report while it is written."""

    def __init__(self, run: Path) -> None:
        self._path = run / REPORT
        self._at = 0

    def news(self) -> list[Line]:
        """The lines that have been finished since the last time.

        Raises:
            LinkError: they are of another version of the pedal.
        """
        with open(self._path, "rb") as file:
            file.seek(self._at)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        try:
            return [msgspec.json.decode(line, type=Line) for line in whole.splitlines()]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LinkError(
                f"the measuring service's answer is not understood ({error}); is it another version?"
            ) from error


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LinkError("another `pedal latency` is measuring; wait for it, or end it") from error
