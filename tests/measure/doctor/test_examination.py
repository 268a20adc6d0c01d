"""Whole machines: a Pi as it should be, one as it should not, a Debian PC, and nothing at all."""

import pytest

from pedal.measure.doctor.examination import CHECKS, examine
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Examined, Finding, Mark, absent, fine, heard, unchecked, warning
from tests.measure.doctor.trees import NOT_FOUND, SHOW, Tree, unit, units


def marked(tree: Tree, *marks: Mark) -> set[str]:
    """The names of the checks with these marks."""
    return {name for name, finding in examine(tree.machine) if finding.mark in marks}


def test_a_pi_as_it_should_be(pi: Tree) -> None:
    found = dict(examine(pi.machine))
    assert found.keys() == CHECKS.keys()
    assert {name: finding for name, finding in found.items() if finding.mark != Mark.FINE} == {
        "SPI": absent("pedal.toml has no potentiometer"),
        "SD card": unchecked("SC32G does not tell how worn it is"),
    }
    assert all(not finding.fix and not finding.remedy for finding in found.values())


def test_an_empty_root_says_nothing_bad_but_that_there_is_no_card(nothing: Tree) -> None:
    found = dict(examine(nothing.machine))
    assert [name for name, finding in found.items() if finding.mark == Mark.HEARD] == ["card"]
    assert [name for name, finding in found.items() if finding.mark == Mark.WARNING] == ["kernel library"]
    assert {name for name, finding in found.items() if finding.mark == Mark.FINE} == {
        *("sound servers", "desktop"),  # of which none runs
        "pedal.toml",  # of which there is none
    }
    assert {name for name, finding in found.items() if finding.found.startswith("could not be checked")} == {
        *("dropouts", "priority", "engine's core", "engine's memory", "limits"),  # as the engine does not run
        "free space",
    }


def test_a_bad_pi(pi: Tree) -> None:
    pi.put("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "ondemand")
    pi.put("/sys/devices/platform/soc/soc:firmware/get_throttled", "50005")
    pi.put("/sys/class/thermal/thermal_zone0/temp", "82300")
    pi.put("/sys/devices/system/cpu/isolated", "")
    pi.put("/proc/cmdline", "console=tty1 root=/dev/mmcblk0p2 rootwait")
    pi.remove("/sys/devices/system/cpu/nohz_full")
    pi.put("/sys/bus/i2c/devices/i2c-1/of_node/clock-frequency", (100_000).to_bytes(4, "big"))
    pi.process(701, "pipewire", "/usr/bin/pipewire").process(702, "labwc", "/usr/bin/labwc")
    pi.says("iw dev wlan0 get power_save", "Power save: on\n")
    pi.says("python -P -m pedal.measure.doctor.drivers", '{"lgpio": "empty", "RPi.GPIO": "real"}')
    pi.says(SHOW, units(control=unit("pedal-control", "failed", "failed", Result="exit-code")))
    pi.toml("[card]\nperiod = 64\n")
    assert marked(pi, Mark.HEARD) == {"supply", "throttling", "temperature", "governor", "control", "pins"}
    assert marked(pi, Mark.WARNING) == {
        *("isolated core", "RCU", "sound servers", "desktop", "display bus", "pedal.toml", "Wi-Fi"),
    }


@pytest.fixture
def pc(pi: Tree) -> Tree:
    """A Debian PC with the interface, and no service."""
    pi.remove("/proc/device-tree", "/proc/812", "/dev", "/opt", "/run", "/var", "/etc", "/sys/bus/i2c", "/sys/block")
    pi.remove("/sys/class/thermal", "/sys/devices/platform", "/proc/asound/card0")
    pi.put("/etc/group", "root:x:0:\naudio:x:29:me\n").put("/etc/passwd", "root:x:0:0:root:/root:/bin/bash")
    pi.put("/proc/asound/card1/pcm0c/sub0/status", "closed").put("/proc/asound/card1/pcm0p/sub0/status", "closed")
    pi.put("/proc/sys/kernel/osrelease", "6.1.0-28-amd64").put("/sys/devices/system/cpu/isolated", "")
    pi.put("/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)")
    pi.put("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave")
    return pi.says(SHOW, NOT_FOUND).says("id -un", "me\n").says("id -Gn", "me audio\n")


def test_a_pc_plays_and_is_told_what_it_could_do_better(pc: Tree) -> None:
    assert marked(pc, Mark.HEARD) == set()
    assert marked(pc, Mark.WARNING) == {"governor", "Linux", "isolated core", "kernel library"}
    assert marked(pc, Mark.FINE) >= {"card", "rate and format", "card in use", "USB port", "system", "pedal.toml"}
    absent_there = {"engine", "control", "units", "release", "supply", "throttling", "temperature", "pins", "display"}
    assert marked(pc, Mark.ABSENT) >= absent_there | {
        "display bus",
        "pedal's groups",
        "your groups",
        "priority",
        "limits",
    }


def test_a_check_that_crashes_is_a_line_among_the_others(pi: Tree) -> None:
    def broken(_: Machine) -> Finding:
        raise ValueError("no\nnumber")

    def silent(_: Machine) -> Finding:
        raise KeyError

    found = examine(pi.machine, {"one": broken, "two": lambda _: fine("it is"), "three": silent})
    assert found == [
        Examined("two", fine("it is")),
        Examined("one", unchecked("no number")),
        Examined("three", unchecked("KeyError")),
    ]


def test_what_is_heard_comes_first_and_each_kind_keeps_its_order(pi: Tree) -> None:
    kinds = {"a": absent(), "b": fine(""), "c": warning(""), "d": heard(""), "e": warning(""), "f": heard("")}
    found = examine(pi.machine, {name: lambda _, finding=finding: finding for name, finding in kinds.items()})  # type: ignore[misc]
    assert [name for name, _ in found] == ["d", "f", "c", "e", "b", "a"]


@pytest.mark.parametrize("path", sorted({"/proc/812/stat", "/proc/812/status", "/proc/interrupts", "/proc/mounts"}))
def test_half_a_file_is_no_traceback(pi: Tree, path: str) -> None:
    text = (pi.root / path.lstrip("/")).read_bytes()
    for end in range(0, len(text), 37):
        pi.put(path, text[:end])
        assert {name for name, _ in examine(pi.machine)} == CHECKS.keys()
