"""Pulling the plug while a model is stored: killed at every system call, and on a disk that forgets."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pedal.model.shelf import Shelf
from tests.control.disk import Disk, Image
from tests.control.traced import Call, Traced, calls
from tests.model import shelve_once
from tests.model.shelve_once import BEGIN, CHANGES, END, NEW, OLD, Change

MEMORY = {"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "futex", "rt_sigaction", "rt_sigprocmask"}
"""They come when the allocator pleases, and concern no disk: killed at one is killed at the next of the others."""


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """The program that changes the folder, under strace where this machine has it and lets it."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: apt install strace")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("strace may not trace: this machine forbids ptrace")
    return Traced(Path(shelve_once.__file__), tmp_path_factory.mktemp("tree"))


def lay(state: Path, contents: Mapping[str, bytes]) -> Path:
    """A state folder that holds these files."""
    for name, data in contents.items():
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_bytes(data)
    return state


def found(state: Path) -> dict[str, bytes]:
    return {str(path.relative_to(state)): path.read_bytes() for path in state.rglob("*") if path.is_file()}


def recorded(traced: Traced, name: str, state: Path) -> list[Call]:
    """All system calls of a program that makes the change."""
    lay(state, CHANGES[name].before)
    assert traced.run(state.with_suffix(".log"), [name, state]) == 0
    assert found(state) == CHANGES[name].after
    return calls(state.with_suffix(".log"))


def restarted(change: Change, state: Path, begun: bool, ended: bool) -> None:
    """When the next one looks, everything is as before or as after, with no rest of anything."""
    Shelf(state).settle()
    left = found(state)
    assert left in ([change.after] if ended else [change.before, change.after] if begun else [change.before])
    Shelf(state).settle()
    assert found(state) == left
    Shelf(state).put(state / "models" / "Clean.nam", NEW)
    assert found(state) == left | {"models/Clean.nam": NEW, "previous/Clean.nam": OLD}


def deaths(of: list[Call]) -> list[tuple[str, int]]:
    """The calls of the change: name, and how many of that name it is."""
    times: Counter[str] = Counter()
    during, within = [], False
    for call in of:
        times[call.name] += 1
        if within and call.name not in MEMORY:
            during.append((call.name, times[call.name]))
        within = call.mark == BEGIN or (within and call.mark != END)
    return during


@pytest.mark.parametrize("name", ["other ending", "take"])
def test_killed_at_every_system_call(traced: Traced, name: str, tmp_path: Path) -> None:
    change, calls_ = CHANGES[name], deaths(recorded(traced, name, tmp_path / "rec"))
    assert {call for call, _ in calls_} >= {"openat", "fsync", "link", "close"}

    def die(number: int) -> None:
        state = lay(tmp_path / f"{number:03}", change.before)
        marks = traced.killed_at(*calls_[number], state.with_suffix(".log"), [name, state])
        restarted(change, state, begun=BEGIN in marks, ended=END in marks)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(die, range(len(calls_))))


def forgotten(change: Change, of: list[Call], folder: Path, mounts: Path) -> int:
    """Pull the plug after each call, and start again with everything that the disk may then hold; gives how often."""
    disk, begun, ended = Disk(str(folder), change.before), False, False
    seen: dict[Image, tuple[bool, bool]] = {}
    for call in of:
        begun, ended = begun or call.mark == BEGIN, ended or call.mark == END
        disk.apply(call)
        for image in disk.crashes():
            before = seen.get(image, (begun, ended))
            seen[image] = before[0] and begun, before[1] or ended
    for number, (image, (most, least)) in enumerate(seen.items()):
        state = lay(mounts / str(number), dict(image))
        restarted(change, state, begun=most, ended=least)
    return len(seen)


@pytest.mark.parametrize("name", CHANGES)
def test_a_disk_that_forgets(traced: Traced, name: str, tmp_path: Path) -> None:
    of = recorded(traced, name, tmp_path / "rec")
    assert forgotten(CHANGES[name], of, tmp_path / "rec", tmp_path / "mounts") > 3


def test_the_disk_catches_a_shelf_that_does_not_keep_the_old_one_first(traced: Traced, tmp_path: Path) -> None:
    """The same calls without the syncs of folders: then the old one may be gone, or half a rest be left."""
    of = [call for call in recorded(traced, "third", tmp_path / "rec") if call.name != "fsync"]
    with pytest.raises((AssertionError, FileNotFoundError)):
        forgotten(CHANGES["third"], of, tmp_path / "rec", tmp_path / "mounts")
