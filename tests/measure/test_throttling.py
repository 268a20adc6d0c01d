"""What a Pi's firmware says, from a folder that looks like /sys and from a program that stands for vcgencmd."""

import os
from pathlib import Path

import pytest

from pedal.measure.throttling import ABSENT, FIRMWARE, FLAGS, clock_hz, throttling, vcgencmd


def absent(*_: str) -> str:
    raise FileNotFoundError("vcgencmd")


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vcgencmd of one's own, empty, the only program on the path but for the shell's."""
    path = tmp_path / "bin" / "vcgencmd"
    put(path, "#!/bin/sh")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}/bin")
    return path


@pytest.mark.parametrize(
    ("flags", "now", "since_boot"),
    [
        (0x0, (), ()),
        (0x50005, ("undervoltage", "throttled"), ("undervoltage", "throttled")),
        (0x20002, ("clock capped",), ("clock capped",)),
        (0x80008, ("soft temperature limit",), ("soft temperature limit",)),
        (0xE0000, (), ("clock capped", "throttled", "soft temperature limit")),
        (0xF000F, FLAGS, FLAGS),
        (0xFFF0, (), ()),
    ],
)
def test_the_kernels_file_comes_first_and_its_bits_have_names(
    tmp_path: Path, flags: int, now: tuple[str, ...], since_boot: tuple[str, ...]
) -> None:
    put(tmp_path / FIRMWARE, f"{flags:x}")
    found = throttling(tmp_path, lambda *_: "throttled=0xbad")
    assert (found.flags, found.now, found.since_boot) == (flags, now, since_boot)
    assert found.source == str(tmp_path / FIRMWARE)


def test_the_program_is_asked_where_there_is_no_file(tmp_path: Path, program: Path) -> None:
    put(program, '#!/bin/sh\ntest "$*" = get_throttled && echo throttled=0x50000')
    found = throttling(tmp_path)
    assert (found.now, found.since_boot, found.source) == ((), ("undervoltage", "throttled"), "vcgencmd")


def test_a_user_who_may_not_ask_learns_how(tmp_path: Path, program: Path) -> None:
    put(program, "#!/bin/sh\necho 'Can not open device file: /dev/vcio' >&2; exit 255")
    found = throttling(tmp_path)
    assert found.flags is None
    assert found.source == "vcgencmd refuses: Can not open device file: /dev/vcio; is this user in group video?"
    assert (found.now, found.since_boot) == ((), ())
    with pytest.raises(PermissionError):
        vcgencmd("measure_clock", "arm")


def test_an_answer_that_is_none(tmp_path: Path) -> None:
    found = throttling(tmp_path, lambda *_: "error=1 error_msg=")
    assert found.flags is None
    assert "expected throttled=0x" in found.source


@pytest.mark.parametrize(("alarm", "now"), [("1", ("undervoltage",)), ("0", ())])
def test_a_sensor_knows_of_the_voltage(tmp_path: Path, alarm: str, now: tuple[str, ...]) -> None:
    put(tmp_path / "class/hwmon/hwmon0/name", "cpu_thermal")
    put(tmp_path / "class/hwmon/hwmon1/name", "rpi_volt")
    put(tmp_path / "class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    found = throttling(tmp_path, absent)
    assert (found.now, found.since_boot) == (now, ())
    assert found.source.endswith("hwmon1, of the voltage alone")


def test_another_machine(tmp_path: Path) -> None:
    assert throttling(tmp_path, absent) == (None, ABSENT)
    assert clock_hz(0, tmp_path, tmp_path / "cpuinfo") is None


def test_the_clock_is_the_cores_own(tmp_path: Path) -> None:
    for core, khz in ((0, 600_000), (3, 1_800_000)):
        put(tmp_path / f"devices/system/cpu/cpu{core}/cpufreq/scaling_cur_freq", str(khz))
    assert clock_hz(3, tmp_path) == 1.8e9
    assert clock_hz(0, tmp_path) == 0.6e9


def test_the_clock_from_cpuinfo(tmp_path: Path) -> None:
    put(tmp_path / "cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2445.426\n\nprocessor\t: 1\ncpu MHz\t\t: 800.0")
    assert clock_hz(1, tmp_path, tmp_path / "cpuinfo") == 8e8
    assert clock_hz(2, tmp_path, tmp_path / "cpuinfo") is None
