"""The engine as it runs: rights, core, memory, and what it has missed."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pedal.measure.doctor import engine
from pedal.measure.doctor.machine import Machine, Process
from pedal.measure.finding import Finding, Mark, absent, fine, unchecked
from tests.measure.doctor.trees import Tree

STAT, STATUS, LIMITS = ("/proc/812/stat", "/proc/812/status", "/proc/812/limits")


def test_as_it_should_be(pi: Tree) -> None:
    machine = pi.machine
    assert engine.priority(machine) == fine("SCHED_FIFO 80")
    assert engine.core(machine) == fine("core 3 alone")
    assert engine.memory(machine) == fine("51 MB locked")
    assert engine.limits(machine) == fine("rtprio 95, memlock unlimited")
    assert engine.dropouts(machine) == fine("0 xruns, 1 late periods, load 31%, at most 38%")
    assert engine.boot(machine) == fine("up for 90 minutes; first sound 8.4 s after Linux")


def test_without_an_engine_nothing_can_be_said(pi: Tree) -> None:
    machine = pi.remove("/proc/812").machine
    found = {check(machine) for check in (engine.priority, engine.core, engine.memory, engine.limits)}
    assert found == {unchecked("the engine does not run")}
    assert engine.dropouts(machine) == unchecked("the engine does not play")


def short(finding: Finding) -> tuple[Mark, str, str]:
    return finding.mark, finding.found, finding.expected


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("-1 3 80 1 ", "-1 3 0 0 ", (Mark.HEARD, "an ordinary process", "SCHED_FIFO 80")),
        ("-1 3 80 1 ", "-1 3 80 2 ", (Mark.HEARD, "SCHED_RR 80", "SCHED_FIFO 80")),
        ("-1 3 80 1 ", "-1 3 20 1 ", (Mark.WARNING, "SCHED_FIFO 20", "SCHED_FIFO 80, as pedal.toml asks")),
        ("(python)", "(a b) c)", (Mark.FINE, "SCHED_FIFO 80", "")),
    ],
)
def test_priority(pi: Tree, old: str, new: str, found: tuple[Mark, str, str]) -> None:
    assert short(engine.priority(pi.replace(STAT, old, new).machine)) == found


@pytest.mark.parametrize(
    ("asked", "stat", "mark", "found"),
    [
        (0, "-1 3 0 0 ", Mark.HEARD, "an ordinary process"),
        (79, "-1 3 79 1 ", Mark.WARNING, "SCHED_FIFO 79"),
        (91, "-1 3 91 1 ", Mark.WARNING, "SCHED_FIFO 91"),
        (90, "-1 3 90 1 ", Mark.FINE, "SCHED_FIFO 90"),
    ],
)
def test_a_priority_that_was_asked_for_is_a_services_too(
    pi: Tree, asked: int, stat: str, mark: Mark, found: str
) -> None:
    finding = engine.priority(pi.replace(STAT, "-1 3 80 1 ", stat).toml(f"[engine]\npriority = {asked}\n").machine)
    assert finding.mark == mark
    if mark != Mark.FINE:
        assert finding[1:4] == (
            f"{found}, as pedal.toml asks",
            "SCHED_FIFO 80 to 90",
            "[engine] priority = 80, and restart the engine",
        )
        finding = engine.priority(pi.remove("/opt/pedal/current").machine)
        assert finding == fine(f"{found}, as pedal.toml asks"), "which is the player's, where no service is"


def test_core(pi: Tree) -> None:
    pi.replace(STATUS, "Cpus_allowed_list:\t3", "Cpus_allowed_list:\t0-2")
    assert short(engine.core(pi.machine)) == (Mark.WARNING, "it may use cores 0, 1, 2", "core 3 alone")
    assert engine.core(pi.toml("[engine]\ncpu = -1\n").machine) == fine("cores 0, 1, 2, as pedal.toml asks")
    found = engine.core(pi.toml("[engine]\ncpu = 5\n").machine)
    assert short(found) == (Mark.WARNING, "pedal.toml asks for core 5; here are cores 0, 1, 2, 3", "one that is there")
    assert found.fix == "[engine] cpu = 3, or -1 for any"


def test_memory(pi: Tree) -> None:
    pi.replace(STATUS, "VmSwap:\t       0 kB", "VmSwap:\t     412 kB")
    assert short(engine.memory(pi.machine)) == (Mark.WARNING, "412 kB of it are swapped out", "none")
    pi.replace(STATUS, "   52344 kB", "       0 kB")
    assert short(engine.memory(pi.machine))[:2] == (Mark.WARNING, "not locked")
    pi.toml("[engine]\nlock_memory = false\n")
    assert engine.memory(pi.machine) == fine("not locked, as pedal.toml asks")


@pytest.mark.parametrize(
    ("name", "soft", "found"),
    [
        ("Max realtime priority     ", "95", "rtprio 40, memlock unlimited"),
        ("Max locked memory         ", "unlimited", "rtprio 95, memlock 40"),
    ],
)
def test_limits(pi: Tree, name: str, soft: str, found: str) -> None:
    pi.replace(LIMITS, f"{name}{soft:20}", f"{name}{40:<20}")
    assert short(engine.limits(pi.machine)) == (Mark.WARNING, found, "rtprio 95, memlock unlimited")
    pi.toml("[engine]\npriority = 40\nlock_memory = false\n")
    assert engine.limits(pi.machine) == fine(found)


def test_dropouts(pi: Tree) -> None:
    pi.words(xruns_capture=2, xruns_playback=1)
    assert short(engine.dropouts(pi.machine))[:2] == (
        Mark.WARNING,
        "3 xruns, 1 late periods, load 31%, at most 38%",
    )
    assert engine.dropouts(pi.words(load_peak=0.93).machine).mark == Mark.HEARD
    assert engine.dropouts(pi.words(state=3).machine) == unchecked("the engine does not play")


def test_a_link_of_another_release_is_none(pi: Tree) -> None:
    link = pi.root / "run/pedal/link"
    link.write_bytes(link.read_bytes()[:8] + b"\x01" + link.read_bytes()[9:])
    assert engine.dropouts(pi.machine) == unchecked("the engine does not play")
    assert engine.boot(pi.machine) == fine("up for 90 minutes")


def test_a_boot_that_takes_long(pi: Tree) -> None:
    assert engine.boot(pi.words(boot_to_sound_ms=10_000).machine).mark == Mark.FINE
    found = engine.boot(pi.words(boot_to_sound_ms=31_300).machine)
    assert short(found) == (Mark.WARNING, "up for 90 minutes; first sound 31.3 s after Linux", "10 s at most")
    assert found.fix.startswith("restart with the interface plugged in; where it is as late again, `systemd-analyze ")
    assert engine.boot(pi.remove("/opt/pedal/current").machine).mark == Mark.FINE, "where no service begins with it"


def test_how_long_it_is_up(pi: Tree) -> None:
    assert engine.boot(pi.put("/proc/uptime", "81234.5 0").machine).found.startswith("up for 23 hours; ")
    assert engine.boot(pi.remove("/proc/uptime").machine) == absent()


@pytest.fixture
def child() -> Iterator[int]:
    """A process of one's own, that waits."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with process:
        yield process.pid
        process.kill()


def test_a_real_process_is_read_as_the_system_says(child: int) -> None:
    machine = Machine()
    machine.engine = Process(child, "python", ())
    core = max(os.sched_getaffinity(child))
    os.sched_setaffinity(child, {core})
    os.sched_setscheduler(child, os.SCHED_BATCH, os.sched_param(0))
    assert short(engine.priority(machine))[:2] == (Mark.HEARD, "an ordinary process")
    found = engine.core(machine)
    assert found.found in (f"core {core} alone", f"it may use core {core}") or "asks for core" in found.found
    assert short(engine.memory(machine))[:2] == (Mark.WARNING, "not locked")
    limit = resource.prlimit(child, resource.RLIMIT_RTPRIO)[0]
    resource.prlimit(child, resource.RLIMIT_MEMLOCK, (4096, 4096))
    assert engine.limits(machine).found == f"rtprio {'unlimited' if limit < 0 else limit}, memlock 4096"
    try:
        os.sched_setscheduler(child, os.SCHED_FIFO, os.sched_param(7))
    except PermissionError:
        pytest.skip("this user may not give a process real-time priority")
    assert engine.priority(machine).found == "SCHED_FIFO 7"
