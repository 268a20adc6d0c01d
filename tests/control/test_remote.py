"""control.sock, from the other end of a real socket."""

import json
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pedal.control.remote import LONGEST_PATH, MODE, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    opened = Remote(tmp_path / "control.sock")
    yield opened
    opened.close()


@pytest.fixture
def asking(tmp_path: Path, remote: Remote) -> Iterator[socket.socket]:
    """What a request is sent by."""
    assert remote.fileno() >= 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.connect(str(tmp_path / "control.sock"))
        yield opened


class Client:
    """Sends a request with one end of a pair of sockets, and listens at the other."""

    def __init__(self, asking: socket.socket) -> None:
        self._asking = asking
        self.ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.settimeout(5)

    def send(self, data: bytes) -> None:
        """One request."""
        socket.send_fds(self._asking, [data], [self._theirs.fileno()])

    def answer(self) -> object:
        """What came back."""
        return json.loads(self.ours.recv(1000))

    def close(self) -> None:
        """Both ends."""
        self.ours.close()
        self._theirs.close()


@pytest.fixture
def client(asking: socket.socket) -> Iterator[Client]:
    with closing(Client(asking)) as opened:
        yield opened


def descriptors() -> list[str]:
    """What this process has open."""
    return sorted(os.listdir("/proc/self/fd"))


def test_a_request_keeps_the_order_in_which_it_was_typed(remote: Remote, client: Client) -> None:
    client.send(b'{"set": {"model": "TS9", "knob.drive": "0.5", "bypass": "on"}}')
    request = remote.receive()
    assert request is not None
    assert request.values == (("model", "TS9"), ("knob.drive", "0.5"), ("bypass", "on"))
    assert request.sender is not None
    assert not os.get_inheritable(request.sender.fileno())
    remote.answer(request.sender, {"done": True})
    assert client.answer() == {"done": True}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"\xff", b"[]", b"3", b'{"set": 3}', b'{"set": ["bypass"]}', b'{"set": {"bypass": 1}}', b"{}"),
        b"[" * 60_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_no_request_is_refused(remote: Remote, client: Client, data: bytes) -> None:
    before = descriptors()
    client.send(data)
    assert remote.receive() is None
    assert "expected" in str(client.answer())
    assert descriptors() == before


def test_nothing_there_is_nothing(remote: Remote) -> None:
    assert remote.receive() is None


def test_nobody_waits_for_an_answer(remote: Remote, asking: socket.socket) -> None:
    asking.send(b'{"set": {}}')
    asking.send(b"nonsense")
    request = remote.receive()
    assert request is not None
    assert request.sender is None
    remote.answer(request.sender, {"done": True})
    assert remote.receive() is None


def lingering() -> int:
    """A connection whose closing waits for an hour, as nobody reads what was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connected = socket.create_connection(listening.getsockname())
        connected.setblocking(False)
        accepted = listening.accept()[0]
    with suppress(BlockingIOError):
        while True:
            connected.send(bytes(65_536))
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3_600))
    accepted.detach()  # open until this process ends
    return connected.detach()


def peerless() -> int:
    """A socket that nobody is at the other end of."""
    closed, left = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    closed.close()
    return left.detach()


def file() -> int:
    """A file that can be written to."""
    return os.memfd_create("odd")


def listener() -> int:
    """A socket that nobody has connected to."""
    return socket.create_server(("127.0.0.1", 0)).detach()


@pytest.mark.parametrize("count", [1, 200])
@pytest.mark.parametrize("odd", [file, lingering, listener, peerless])
def test_an_odd_descriptor_is_closed_and_the_request_done(
    remote: Remote, asking: socket.socket, odd: Callable[[], int], count: int
) -> None:
    descriptor = odd()
    before = len(descriptors())
    socket.send_fds(asking, [b'{"set": {"bypass": "on"}}'], [descriptor] * count)
    os.close(descriptor)  # control's is the last one
    request = remote.receive()
    assert request is not None
    assert request.values == (("bypass", "on"),)
    remote.answer(request.sender, {"done": True})
    assert len(descriptors()) == before - 1


def test_a_longer_path_than_the_longest_is_no_socket(tmp_path: Path) -> None:
    longest = tmp_path / ("y" * (LONGEST_PATH - len(os.fsencode(tmp_path)) - 1))
    Remote(longest).close()
    with pytest.raises(OSError, match="too long"):
        Remote(longest.with_name(longest.name + "y"))


def test_a_sender_that_never_reads_is_not_waited_for(remote: Remote, client: Client) -> None:
    for _ in range(5_000):
        client.send(b"nonsense")
        assert remote.receive() is None
    client.send(b'{"set": {}}')
    request = remote.receive()
    assert request is not None
    remote.answer(request.sender, {"done": True})


def test_it_takes_the_place_of_what_was_left_there_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("left by a control that was killed")
    remote = Remote(path)
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == MODE == 0o660
    remote.close()
    assert not path.exists()
