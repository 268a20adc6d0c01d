"""Having the control process do it, where it runs: one datagram to control.sock and one back."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pedal.errors import ConfigError, LinkError

PATIENCE_S = 2.0
MOST_BYTES = 65_536


def ask(run: Path, assignments: Sequence[tuple[str, str]], patience_s: float = PATIENCE_S) -> list[str] | None:
    """Have these set; gives what the control process notes. None where none runs.

    Raises:
        ConfigError: it refuses; the text says why.
        LinkError: it does not answer.
    """
    from pedal.control.assignments import repeated

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.settimeout(patience_s)
        try:
            asking.connect(str(run / "control.sock"))
        except (FileNotFoundError, ConnectionRefusedError):  # refused: it ended without tidying up
            return None
        except OSError as error:
            raise LinkError(f"the control process cannot be asked through {run}: {error}") from error
        if faults := repeated(assignments):
            raise ConfigError("; ".join(faults))  # a dictionary would hide them
        try:
            with _named(asking, run):
                asking.send(json.dumps({"set": dict(assignments)}).encode())
                answer = asking.recv(MOST_BYTES)
        except TimeoutError as error:
            raise LinkError(f"the control process has not answered for {patience_s:g} s; restart it") from error
        except OSError as error:
            raise LinkError(f"the control process cannot be asked through {run}: {error.strerror}") from error
    return _notes(answer)


@contextmanager
def _named(asking: socket.socket, run: Path) -> Iterator[None]:
    """Give the socket a name to be answered at, for as long as it takes."""
    path = run / f"set.{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    try:
        asking.bind(str(path))
        path.chmod(0o600)
        with suppress(PermissionError):  # only root can, and only root needs to: control may be another user's
            owner = run.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        yield
    finally:
        path.unlink(missing_ok=True)


def _notes(answer: bytes) -> list[str]:
    """What the answer says.

    Raises:
        ConfigError: it is a refusal.
        LinkError: it is no answer.
    """
    try:
        said = json.loads(answer)
        refused, done, notes = said.get("refused"), said.get("done"), said.get("notes", [])
    except (ValueError, AttributeError) as error:
        raise LinkError("the control process gave no answer that is known; is it of another version?") from error
    if not done:
        raise ConfigError(str(refused or "the control process refuses"))
    return [str(note) for note in notes]
