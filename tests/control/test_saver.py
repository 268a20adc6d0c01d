"""The thread that writes: newest wins, not too often, and a disk that does not want to is asked again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pedal.control.saver import Saver
from pedal.files import temporary_of


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.meanwhile: Callable[[], None] = lambda: None
        """Happens whenever the clock is looked at: before and after each write."""

    def __call__(self) -> float:
        self.meanwhile()
        return self.now


class Bench:
    """A saver whose thread is not started: each write is asked for."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.saver = Saver(self.told.append, self.clock)
        self.path = folder / "state.json"

    def at(self, now: float) -> float | None:
        """Write what is due at that second; gives when there is more."""
        self.clock.now = now
        return self.saver.write_due()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_first_is_written_at_once_and_the_next_two_seconds_later(bench: Bench) -> None:
    bench.saver.save(bench.path, b"1")
    assert bench.at(100.0) is None
    assert bench.path.read_bytes() == b"1"
    bench.saver.save(bench.path, b"2")
    assert bench.at(100.1) == 102.0
    bench.saver.save(bench.path, b"3")
    assert bench.at(101.9) == 102.0
    assert bench.path.read_bytes() == b"1"
    assert bench.at(102.0) is None
    assert bench.path.read_bytes() == b"3"


def test_each_file_for_itself(bench: Bench, tmp_path: Path) -> None:
    bench.saver.save(bench.path, b"1")
    bench.at(100.0)
    bench.saver.save(bench.path, b"2")
    bench.saver.save(tmp_path / "words.json", b"w")
    assert bench.at(101.0) == 102.0
    assert (tmp_path / "words.json").read_bytes() == b"w"


def test_what_is_there_already_is_not_written_again(bench: Bench) -> None:
    bench.saver.save(bench.path, b"1")
    bench.at(100.0)
    first = bench.path.stat().st_ino
    bench.saver.save(bench.path, b"2")
    bench.saver.save(bench.path, b"1")
    assert bench.at(110.0) is None
    assert bench.path.stat().st_ino == first


def test_what_is_wanted_while_another_is_written_is_written_next(bench: Bench) -> None:
    bench.clock.meanwhile = lambda: bench.saver.save(bench.path, b"2") if bench.path.exists() else None
    bench.saver.save(bench.path, b"1")
    assert bench.at(100.0) == 102.0
    assert bench.path.read_bytes() == b"1"
    assert bench.at(102.0) is None
    assert bench.path.read_bytes() == b"2"


def test_what_is_taken_back_while_it_is_written_is_taken_back(bench: Bench) -> None:
    """Bypass on and off again, on a slow card: the second thought is what lasts."""
    bench.saver.save(bench.path, b"off")
    bench.at(100.0)
    bench.saver.save(bench.path, b"on")
    bench.clock.meanwhile = lambda: bench.saver.save(bench.path, b"off") if bench.path.read_bytes() == b"on" else None
    bench.at(110.0)
    assert bench.path.read_bytes() == b"on"
    bench.at(120.0)
    assert bench.path.read_bytes() == b"off"


def test_a_folder_that_cannot_be_written_to_is_told_once_and_tried_ever_less_often(
    bench: Bench, tmp_path: Path
) -> None:
    bench.path = tmp_path / "file" / "state.json"
    bench.path.parent.write_text("in the way")
    bench.saver.save(bench.path, b"1")
    now, waits = 100.0, []
    for _ in range(8):
        due = bench.at(now)
        assert due is not None
        waits.append(due - now)
        now = due
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0, 64.0]
    assert len(bench.told) == 1
    assert bench.told[0].startswith(f"{bench.path} cannot be written: {tmp_path / 'file'} is not a folder")
    bench.saver.save(bench.path, b"2")
    assert bench.at(now - 1) == now
    bench.path.parent.unlink()
    assert bench.at(now) is None
    assert bench.path.read_bytes() == b"2"
    assert bench.told[1:] == [""]
    bench.saver.save(bench.path, b"3")
    assert bench.at(now + 1) == now + 2


def test_all_is_well_only_when_every_file_is(bench: Bench, tmp_path: Path) -> None:
    paths = [tmp_path / name / "a" for name in ("one", "two")]
    for path in paths:
        path.parent.write_text("in the way")
        bench.saver.save(path, b"1")
    now = 100.0
    for path in paths:
        bench.at(now)
        path.parent.unlink()
        now += 2.0
    bench.at(now + 100)
    assert [text.split(" ")[0] for text in bench.told] == [str(paths[0]), str(paths[1]), ""]


def test_the_old_file_stays_whole_on_a_full_disk(bench: Bench) -> None:
    """/dev/full is a disk without room; the temporary is made a link to it."""
    bench.path.write_bytes(b"old")
    temporary_of(bench.path).symlink_to("/dev/full")
    bench.saver.save(bench.path, b"new")
    bench.at(100.0)
    assert bench.told == [f"{bench.path} cannot be written: No space left on device; what you change is not remembered"]
    assert bench.path.read_bytes() == b"old"
    bench.at(102.0)
    assert bench.path.read_bytes() == b"new"
    assert bench.told[1:] == [""]


def test_closing_writes_what_still_waits(tmp_path: Path) -> None:
    saver = Saver(pytest.fail)
    saver.start()
    for number in range(100):
        saver.save(tmp_path / "a", b"%d" % number)
    assert saver.close()
    assert (tmp_path / "a").read_bytes() == b"99"


def test_a_saver_that_never_began_writes_too(tmp_path: Path) -> None:
    saver = Saver(pytest.fail)
    saver.save(tmp_path / "a", b"1")
    assert saver.close()
    assert (tmp_path / "a").read_bytes() == b"1"


def test_closing_does_not_wait_for_ever(tmp_path: Path) -> None:
    """A disk that hangs: a pipe without a reader is in the temporary's place."""
    path, pipe = tmp_path / "a", temporary_of(tmp_path / "a")
    os.mkfifo(pipe)
    told: list[str] = []
    saver = Saver(told.append)
    saver.save(path, b"1")
    saver.start()
    assert not saver.close(patience_s=0.01)
    reader = os.open(pipe, os.O_RDWR)
    assert saver.close(patience_s=10)
    os.close(reader)
    assert told == [f"{path} cannot be written: Invalid argument; what you change is not remembered", ""]
    assert path.read_bytes() == b"1"
