"""What the checks ask the machine, and how commands are run."""

import os
import sys
from pathlib import Path

import pytest

from pedal.measure.doctor.machine import Machine, command
from tests.measure.doctor.trees import Tree


def test_what_is_absent_is_none_and_what_cannot_be_read_is_an_error(nothing: Tree) -> None:
    machine = nothing.put("/etc/one", "1").machine
    assert machine.text("/etc/one") == "1"
    assert [machine.text(path) for path in ("/etc/two", "/etc", "/etc/one/two")] == [None, None, None]
    nothing.link("/etc/circle", "circle")
    with pytest.raises(OSError, match="symbolic links"):
        machine.text("/etc/circle")


@pytest.mark.parametrize(
    ("arguments", "is_engine"),
    [
        (("/opt/pedal/current/bin/python", "-m", "pedal.engine"), True),
        (("python3", "-m", "pedal.engine", "--config", "x"), True),
        (("/usr/bin/python", "/usr/local/bin/pedal", "engine"), True),
        (("pedal", "engine", "--help"), True),
        (("vim", "pedal.engine"), False),
        (("python", "-m", "pedal.control"), False),
        (("grep", "pedal", "-m", "engine"), False),
        (("pedal", "set", "engine"), False),
        ((), False),
    ],
)
def test_which_process_is_the_engine(nothing: Tree, arguments: tuple[str, ...], is_engine: bool) -> None:
    machine = nothing.process(40, "python", *arguments).machine
    assert bool(machine.engine) == is_engine


def test_a_process_that_ends_meanwhile_is_left_out(nothing: Tree) -> None:
    nothing.process(40, "python", "python")
    (nothing.root / "proc/41").mkdir()
    assert [process.number for process in nothing.machine.processes] == [40]


def test_a_process_without_arguments_is_a_kernel_thread(nothing: Tree) -> None:
    assert nothing.process(7, "kworker/0:0").machine.processes[0].name == "kworker/0:0"


@pytest.mark.parametrize(
    ("text", "release"), [("6.6.51+rpt-rpi-v8", (6, 6)), ("6.12-rc1", (6, 12)), ("6", (0, 0)), ("x.y", (0, 0))]
)
def test_release(nothing: Tree, text: str, release: tuple[int, int]) -> None:
    assert nothing.put("/proc/sys/kernel/osrelease", text).machine.release == release


def test_commands() -> None:
    assert command([sys.executable, "-c", "print('it is', end='')"]) == "it is"
    assert command([sys.executable, "-c", "print('no'); raise SystemExit(3)"]) is None
    assert command(["there-is-no-such-command"]) is None


def test_commands_for_the_system_are_found_by_ordinary_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert command(["sh", "-c", "echo $PATH"]) == "/usr/bin:/bin:/usr/sbin:/sbin\n"


def test_commands_speak_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert command(["sh", "-c", "echo $LC_ALL"]) == "C\n"


def test_this_machine_by_itself() -> None:
    machine = Machine()
    assert os.getpid() in {process.number for process in machine.processes}
    assert machine.cores >= os.sched_getaffinity(0)
    assert ".".join(map(str, machine.release)) in os.uname().release
    assert machine.path("/proc/version") == Path("/proc/version")
