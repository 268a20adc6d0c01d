"""Having the control process do it, where it runs: one datagram to control.sock, and one back by the socket in it."""

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from pedal.errors import ConfigError, LinkError

PATIENCE_S = 2.0
MOST_BYTES = 65_536


def ask(run: Path, assignments: Sequence[tuple[str, str]], patience_s: float = PATIENCE_S) -> bool:
    """Have these set; gives whether a control process runs, which has done it.

    Raises:
        ConfigError: it refuses; the text says why.
        LinkError: it does not answer.
    """
    from pedal.control.assignments import repeated
    from pedal.control.remote import LONGEST_PATH

    path = run / "control.sock"
    if len(os.fsencode(path)) > LONGEST_PATH:
        return False  # nobody can have bound it
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.settimeout(patience_s)
        try:
            asking.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):  # refused: it ended without tidying up
            return False
        except OSError as error:
            error.filename = str(path)  # a socket does not name it, and cli.membership goes by it
            raise LinkError(f"the control process cannot be asked through {run}: {error.strerror}") from error
        if faults := repeated(assignments):
            raise ConfigError("; ".join(faults))  # a dictionary would hide them
        try:
            answer = _answer(asking, json.dumps({"set": dict(assignments)}).encode(), patience_s)
        except TimeoutError as error:
            raise LinkError(f"the control process has not answered for {patience_s:g} s; restart it") from error
        except OSError as error:
            raise LinkError(f"the control process cannot be asked through {run}: {error.strerror}") from error
    _understand(answer)
    return True


def _answer(asking: socket.socket, question: bytes, patience_s: float) -> bytes:
    """What comes back; nothing where control ends without an answer.

    The socket for it goes along with the question: a name of ours would not be found from the network namespace in
    which the service is alone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            socket.send_fds(asking, [question], [theirs.fileno()])
        ours.settimeout(patience_s)
        return ours.recv(MOST_BYTES)


def _understand(answer: bytes) -> None:
    """See that the answer says that it has been done.

    Raises:
        ConfigError: it is a refusal.
        LinkError: it is no answer.
    """
    if not answer:
        raise LinkError("the control process has ended without an answer; try again")
    try:
        said = json.loads(answer)
        refused, done = said.get("refused"), said.get("done")
    except (ValueError, AttributeError) as error:
        raise LinkError("the control process gave no answer that is known; is it of another version?") from error
    if not done:
        raise ConfigError(str(refused or "the control process refuses"))
