"""control.sock, from the other end of a real socket."""

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedal.control.remote import LONGEST_PATH, MODE, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    opened = Remote(tmp_path / "control.sock")
    yield opened
    opened.close()


@pytest.fixture
def client(tmp_path: Path, remote: Remote) -> Iterator[socket.socket]:
    assert remote.fileno() >= 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(str(tmp_path / "client.sock"))
        opened.connect(str(tmp_path / "control.sock"))
        opened.settimeout(5)
        yield opened


def test_a_request_keeps_the_order_in_which_it_was_typed(remote: Remote, client: socket.socket) -> None:
    client.send(b'{"set": {"model": "TS9", "knob.drive": "0.5", "bypass": "on"}}')
    request = remote.receive()
    assert request is not None
    assert request.values == (("model", "TS9"), ("knob.drive", "0.5"), ("bypass", "on"))
    remote.answer(request.sender, {"done": True})
    assert json.loads(client.recv(1000)) == {"done": True}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"\xff", b"[]", b"3", b'{"set": 3}', b'{"set": ["bypass"]}', b'{"set": {"bypass": 1}}', b"{}"),
        b"[" * 60_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_no_request_is_refused(remote: Remote, client: socket.socket, data: bytes) -> None:
    client.send(data)
    assert remote.receive() is None
    assert "expected" in json.loads(client.recv(1000))["refused"]


def test_nothing_there_is_nothing(remote: Remote) -> None:
    assert remote.receive() is None


def test_a_sender_without_an_address_or_long_gone_is_no_trouble(remote: Remote, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nameless:
        nameless.connect(str(tmp_path / "control.sock"))
        nameless.send(b'{"set": {}}')
        nameless.send(b"nonsense")
    request = remote.receive()
    assert request is not None
    remote.answer(request.sender, {"done": True})
    assert remote.receive() is None
    remote.answer(str(tmp_path / "gone.sock"), {"done": True})


def test_a_sender_may_have_a_name_without_a_file(remote: Remote, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.bind("")
        client.connect(str(tmp_path / "control.sock"))
        client.settimeout(5)
        client.send(b'{"set": {"bypass": "on"}}')
        request = remote.receive()
        assert request is not None
        remote.answer(request.sender, {"done": True})
        assert json.loads(client.recv(1000)) == {"done": True}
        client.send(b"nonsense")
        assert remote.receive() is None
        assert "expected" in json.loads(client.recv(1000))["refused"]


def test_a_longer_path_than_the_longest_is_no_socket(tmp_path: Path) -> None:
    longest = tmp_path / ("y" * (LONGEST_PATH - len(os.fsencode(tmp_path)) - 1))
    Remote(longest).close()
    with pytest.raises(OSError, match="too long"):
        Remote(longest.with_name(longest.name + "y"))


def test_a_sender_that_never_reads_is_not_waited_for(remote: Remote, client: socket.socket, tmp_path: Path) -> None:
    for _ in range(5_000):
        remote.answer(str(tmp_path / "client.sock"), {"refused": "x" * 1000})
    client.send(b'{"set": {}}')
    assert remote.receive() is not None


def test_it_takes_the_place_of_what_was_left_there_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("left by a control that was killed")
    remote = Remote(path)
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == MODE == 0o660
    remote.close()
    assert not path.exists()
