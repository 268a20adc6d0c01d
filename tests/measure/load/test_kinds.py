"""Each kind of load by itself, on a clock of its own: how much it does, and what it leaves behind."""

import os
from pathlib import Path

import pytest

from pedal.measure.load import disk
from pedal.measure.load.burning import burn, copy
from pedal.measure.load.disk import MEBIBYTE, folder_for, write
from pedal.measure.load.going import Going
from pedal.measure.load.loopback import talk


class Time:
    """A clock that moves only when it is waited for; work that is done takes `work_s`."""

    def __init__(self, seconds: float, work_s: float = 0.0) -> None:
        self.now = 0.0
        self._until, self._work_s = seconds, work_s

    def going(self) -> Going:
        return Going(lambda: self.now, self._wait, self._on)

    def _wait(self, seconds: float) -> None:
        assert seconds >= 0.0
        self.now += seconds

    def _on(self) -> bool:
        self.now += self._work_s
        return self.now < self._until


def times(count: int) -> Going:
    left = iter(range(count))
    return Going(on=lambda: next(left, None) is not None)


def test_the_pace_is_kept() -> None:
    assert len(list(Time(10.0).going().paced(4.0))) in (40, 41)


def test_what_is_slow_is_not_made_up_for() -> None:
    time = Time(10.0, work_s=1.0)
    assert len(list(time.going().paced(100.0))) <= 10


def test_the_disk_is_written_to_no_faster_than_said_and_nothing_is_left(tmp_path: Path) -> None:
    time = Time(2.0)
    written = os.stat(tmp_path).st_mtime_ns
    write(tmp_path, time.going(), blocks=3)
    assert time.now == pytest.approx(2.0, abs=0.3)
    assert list(tmp_path.iterdir()) == []
    assert os.stat(tmp_path).st_mtime_ns >= written


def test_the_file_stays_as_large_as_its_blocks_and_has_no_name(tmp_path: Path) -> None:
    sizes: set[int] = set()
    names: set[str] = set()

    def look() -> bool:
        for descriptor in Path("/proc/self/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except OSError:
                continue
            if target.startswith(str(tmp_path)):
                sizes.add(descriptor.stat().st_size)
        names.update(path.name for path in tmp_path.iterdir())
        return len(sizes) < 3 or next(rounds, None) is not None

    rounds = iter(range(9))
    write(tmp_path, Going(clock=lambda: 0.0, wait=lambda _seconds: None, on=look), blocks=2)
    assert sizes == {0, MEBIBYTE, 2 * MEBIBYTE}
    assert names == set()


def test_a_folder_that_is_gone_is_an_error_of_the_systems(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "absent", times(3))


def test_the_first_folder_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_for([tmp_path / "absent", tmp_path]) == (tmp_path, "")
    assert folder_for([tmp_path / "absent"])[0] is None
    monkeypatch.setattr(disk, "LEFT_BYTES", 1 << 60)
    folder, why = folder_for([tmp_path])
    assert folder is None
    assert why.startswith(f"{tmp_path} has less than ")


def test_memory_is_no_disk(tmp_path: Path) -> None:
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("this machine has no /dev/shm to write to")
    assert folder_for([Path("/dev/shm"), tmp_path]) == (tmp_path, "")


def test_what_is_sent_comes_and_only_home() -> None:
    assert talk(times(20)) == 20 * 32


def test_arithmetic_goes_on_without_end_and_without_overflow() -> None:
    assert 0.0 < abs(burn(times(300))) <= 1.0


def test_memory_is_copied_half_onto_half() -> None:
    assert copy(4096, times(7)) == 7 * 2048
    assert copy(0, times(1)) == 1
