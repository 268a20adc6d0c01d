"""Pulling the plug while the pedal saves: the program is killed at every system call, and the disk forgets."""

import os
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pedal.files import sweep
from tests.control import save_once
from tests.control.disk import Disk, Image
from tests.control.save_once import BEGIN, CARELESS, END, KEPT, Kind
from tests.control.traced import Call, Traced, calls

SAVES = 2
"""Of a file that is not there yet, and of one that is."""
MEMORY = {"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "futex", "rt_sigaction", "rt_sigprocmask"}
"""They come when the allocator pleases, and concern no disk: killed at one is killed at the next of the others."""


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """The program that saves, under strace where this machine has it and lets it."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: apt install strace")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("strace may not trace: this machine forbids ptrace")
    return Traced(Path(save_once.__file__), tmp_path_factory.mktemp("tree"))


def arguments(kind: Kind, path: Path) -> list[str | Path]:
    return [kind.name, path, str(SAVES)]


def recorded(traced: Traced, kind: Kind, folder: Path) -> list[Call]:
    """All system calls of a program that saves."""
    folder.mkdir()
    assert traced.run(folder.with_suffix(".log"), arguments(kind, folder / kind.name)) == 0
    found = calls(folder.with_suffix(".log"))
    assert [call.mark for call in found if call.mark] == [BEGIN, END] * SAVES
    return found


def restarted(kind: Kind, path: Path, begun: int, returned: int) -> None:
    """What is there is the newest that was saved, or the one being saved; and the pedal goes on from it."""
    sweep(path.parent)
    number = kind.read(path)
    assert returned <= number <= begun, f"number {number} after {returned} of {begun}"
    assert os.listdir(path.parent) == ([path.name] if number else [])
    kind.save(path, 9)
    assert kind.read(path) == 9
    assert os.listdir(path.parent) == [path.name]


def during_saves(found: list[Call]) -> list[list[tuple[str, int]]]:
    """For each save its calls and the mark after it: name, and how many of that name it is."""
    times: Counter[str] = Counter()
    saves: list[list[tuple[str, int]]] = []
    within = False
    for call in found:
        times[call.name] += 1
        if within and call.name not in MEMORY:
            saves[-1].append((call.name, times[call.name]))
        if call.mark == BEGIN:
            saves.append([])
        within = call.mark == BEGIN or (within and call.mark != END)
    return saves


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.name)
def test_killed_at_every_system_call_of_a_save(traced: Traced, kind: Kind, tmp_path: Path) -> None:
    """The first save of all is killed for one kind only: they all go the same way, and each death takes a while."""
    saves = during_saves(recorded(traced, kind, tmp_path / "rec"))
    deaths = [death for save in (saves if kind is KEPT[0] else saves[1:]) for death in save]
    assert {name for name, _ in deaths} >= {"openat", "write", "fsync", "close"}

    def die(number: int) -> None:
        killed(traced, kind, tmp_path / f"{number:03}" / kind.name, *deaths[number])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(die, range(len(deaths))))


def killed(traced: Traced, kind: Kind, path: Path, name: str, ordinal: int) -> None:
    """Kill the program that saves at this call, and start again."""
    path.parent.mkdir()
    marks = traced.killed_at(name, ordinal, path.parent.with_suffix(".log"), arguments(kind, path))
    assert BEGIN in marks
    restarted(kind, path, marks.count(BEGIN), marks.count(END))


def test_killing_catches_who_saves_in_place(traced: Traced, tmp_path: Path) -> None:
    kind = CARELESS[-1]
    at_write = next(death for death in during_saves(recorded(traced, kind, tmp_path / "rec"))[1] if death[0] == "write")
    with pytest.raises(ValueError, match="0 bytes; expected 100"):
        killed(traced, kind, tmp_path / "now" / kind.name, *at_write)


def forgotten(kind: Kind, found: list[Call], folder: Path, mounts: Path) -> None:
    """Pull the plug after each call, and start again with everything that the disk may then hold."""
    disk, begun, returned = Disk(str(folder)), 0, 0
    seen: dict[Image, tuple[int, int]] = {}
    for call in found:
        begun, returned = begun + (call.mark == BEGIN), returned + (call.mark == END)
        disk.apply(call)
        for image in disk.crashes():
            # The narrowest that is asked of one picture.
            before = seen.get(image, (begun, returned))
            seen[image] = min(before[0], begun), max(before[1], returned)
    for number, (image, (most, least)) in enumerate(seen.items()):
        path = mounts / str(number) / kind.name
        path.parent.mkdir(parents=True)
        for name, content in image:
            path.with_name(name).write_bytes(content)
        restarted(kind, path, most, least)


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.name)
def test_a_disk_that_forgets_keeps_the_newest(traced: Traced, kind: Kind, tmp_path: Path) -> None:
    found = recorded(traced, kind, tmp_path / "rec")
    forgotten(kind, found, tmp_path / "rec", tmp_path / "mounts")


@pytest.mark.parametrize("kind", CARELESS, ids=lambda kind: kind.name)
def test_the_disk_catches_who_saves_carelessly(traced: Traced, kind: Kind, tmp_path: Path) -> None:
    found = recorded(traced, kind, tmp_path / "rec")
    lost = "number 0 after 2" if kind.name == "unsynced-folder" else "bytes; expected 100"
    with pytest.raises((AssertionError, ValueError), match=lost):
        forgotten(kind, found, tmp_path / "rec", tmp_path / "mounts")


def call(name: str, arguments: str, *strings: str, result: int = 0) -> Call:
    return Call(name, arguments, [text.encode() for text in strings], result)


def test_what_a_disk_may_forget() -> None:
    """Step by step, by hand."""
    disk = Disk("/f")

    def images() -> set[Image]:
        return set(disk.crashes())

    def found(**contents: bytes) -> Image:
        return frozenset(contents.items())

    disk.apply(call("openat", "AT_FDCWD, S, O_WRONLY|O_CREAT|O_TRUNC, 0666", "/f/a", result=3))
    assert images() == {found(), found(a=b"")}
    disk.apply(call("write", "3, S, 4", "1234", result=4))
    assert images() == {found(), found(a=b""), found(a=b"12"), found(a=bytes(4)), found(a=b"1234")}
    disk.apply(call("fsync", "3"))
    assert images() == {found(), found(a=b"1234")}
    disk.apply(call("rename", "S, S", "/f/a", "/f/b"))
    assert images() == {found(), found(a=b"1234"), found(b=b"1234"), found(a=b"1234", b=b"1234")}
    disk.apply(call("openat", "AT_FDCWD, S, O_RDONLY", "/f", result=4))
    disk.apply(call("fsync", "4"))
    assert images() == {found(b=b"1234")}
    disk.apply(call("openat", "AT_FDCWD, S, O_WRONLY|O_CREAT|O_TRUNC, 0666", "/f/b", result=5))
    assert images() == {found(b=b"1234"), found(b=b"")}
    disk.apply(call("write", "5, S, 2", "xy", result=2))
    assert found(b=b"xy34") in images()
    disk.apply(call("unlink", "S", "/f/b"))
    assert found() in images()
    with pytest.raises(AssertionError, match="does not know truncate"):
        disk.apply(call("truncate", "S, 0", "/f/b"))
