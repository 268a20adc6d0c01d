"""Asking the control process, whose end of control.sock is the test's."""

import os
import select
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pedal.cli.asking import ask
from pedal.control.remote import Remote
from pedal.errors import LinkError, PedalError


def test_nothing_is_left_or_made_where_control_is_asked(places: Path) -> None:
    seen: list[set[str]] = []

    def answer(control: socket.socket) -> None:
        _, (sender,), _, _ = socket.recv_fds(control, 1_000, 1)
        seen.append({path.name for path in (places / "run").iterdir()})
        os.write(sender, b'{"done": true}')
        os.close(sender)

    (places / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        control.bind(str(places / "run" / "control.sock"))
        thread = threading.Thread(target=answer, args=(control,))
        thread.start()
        assert ask(places / "run", [("bypass", "on")])
        thread.join()
    assert seen == [{"control.sock"}]


def test_a_control_that_does_not_answer_is_waited_for_and_said(places: Path) -> None:
    (places / "run").mkdir()
    with (
        closing(Remote(places / "run" / "control.sock")),
        pytest.raises(LinkError, match=r"has not answered for 0\.01 s; restart it"),
    ):
        ask(places / "run", [("bypass", "on")], patience_s=0.01)
    assert list((places / "run").iterdir()) == []


@pytest.mark.parametrize("answer", [b"", b"[]", b"\xff", b"{}"])
def test_an_odd_answer_is_one_line(places: Path, answer: bytes) -> None:
    def odd(control: socket.socket) -> None:
        _, (sender,), _, _ = socket.recv_fds(control, 1_000, 1)
        os.write(sender, answer)
        os.close(sender)

    (places / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        control.bind(str(places / "run" / "control.sock"))
        thread = threading.Thread(target=odd, args=(control,))
        thread.start()
        with pytest.raises(PedalError, match="the control process"):
            ask(places / "run", [("bypass", "on")])
        thread.join()


def test_a_control_that_ends_meanwhile_is_not_waited_for(places: Path) -> None:
    def ended(control: socket.socket) -> None:
        select.select([control], [], [])
        control.close()

    (places / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        control.bind(str(places / "run" / "control.sock"))
        thread = threading.Thread(target=ended, args=(control,))
        thread.start()
        with pytest.raises(LinkError, match="ended without an answer; try again"):
            ask(places / "run", [("bypass", "on")], patience_s=60.0)
        thread.join()


ALONE = """
import os, select, sys
from pathlib import Path
from pedal.control.remote import Remote
remote = Remote(Path(sys.argv[1]))
print(os.readlink("/proc/self/ns/net"), flush=True)
select.select([remote], [], [])
remote.answer(remote.receive().sender, {"done": True})
remote.close()
"""
"""A control that answers once."""


def test_a_service_alone_in_its_network_answers(places: Path) -> None:
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
        pytest.skip("nobody but root makes a network namespace here")
    (places / "run").mkdir()
    command = ["unshare", "-n", sys.executable, "-c", ALONE, str(places / "run" / "control.sock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as control:
        assert control.stdout is not None
        assert control.stdout.readline().strip() != os.readlink("/proc/self/ns/net")
        assert ask(places / "run", [("bypass", "on")])
    assert control.returncode == 0
