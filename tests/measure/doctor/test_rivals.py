"""Other real-time threads."""

import pytest

from pedal.measure.doctor.rivals import rivals
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.pi4 import STAT
from tests.measure.doctor.trees import Tree


def thread(tree: Tree, number: int, scheduling: str, cores: str, arguments: str = "/usr/bin/pipewire") -> Tree:
    """The second thread of a process, of this policy and priority."""
    tree.process(700, "pipewire", arguments)
    tree.put(f"/proc/700/task/{number}/stat", STAT.replace("-1 3 80 1 ", f"-1 3 {scheduling} "))
    return tree.put(f"/proc/700/task/{number}/status", f"Name:\tdata-loop\nCpus_allowed_list:\t{cores}")


def test_the_engine_is_no_rival_of_its_own(pi: Tree) -> None:
    assert rivals(pi.machine) == fine("none on core 3")


@pytest.mark.parametrize(
    ("scheduling", "cores", "found"),
    [
        ("88 1", "0-3", "pipewire (SCHED_FIFO 88) on core 3 too"),
        ("6 2", "3", "pipewire (SCHED_RR 6) on core 3 too"),
        ("5 1", "0-3", ""),
        ("88 1", "0-2", ""),
        ("0 0", "0-3", ""),
    ],
)
def test_a_thread_of_another_program(pi: Tree, scheduling: str, cores: str, found: str) -> None:
    said = rivals(thread(pi, 701, scheduling, cores).machine)
    assert (said.mark, said.found) == ((Mark.WARNING, found) if found else (Mark.FINE, "none on core 3"))


def test_each_is_told_once_and_the_kernels_own_are_not(pi: Tree) -> None:
    thread(thread(pi, 701, "88 1", "0-3"), 702, "88 1", "0-3")
    assert rivals(pi.machine).found == "pipewire (SCHED_FIFO 88) on core 3 too"
    assert rivals(pi.put("/proc/700/cmdline", b"").machine) == fine("none on core 3")


def test_an_engine_without_a_core(pi: Tree) -> None:
    assert rivals(pi.toml("[engine]\ncpu = -1\n").machine) == absent("the engine has no core of its own")
    assert rivals(pi.toml("[engine]\ncpu = 9\n").machine) == absent("no core 9, which is the engine's")
