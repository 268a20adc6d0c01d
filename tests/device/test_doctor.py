"""`pedal doctor` on the emulated Pi: what is there is found, and what emulation has not is said to be absent."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

import pedal as package
from tests.device.machine import Machine
from tests.device.ssh import HOST
from tests.device.states import pedal
from tests.device.words import words

SITE = "/home/pi/examined"
TOML = """\
[card]
capture = "hw:Loopback,1,0"
playback = "hw:Loopback,0,1"
[engine]
cpu = 1
"""
NOT_EMULATED = ("governor", "temperature", "supply", "throttling", "Wi-Fi", "Bluetooth", "USB port", "HDMI")
BUS = "could not be checked: bus 1 is on, but does not tell its speed"
"""A simulated one has no node in the device tree."""


class Examined(NamedTuple):
    """What the doctor said."""

    status: int
    marks: dict[str, str]
    found: dict[str, str]


def examined(machine: Machine, command: str = "pedal doctor") -> Examined:
    """As `pi`, who has just logged in."""
    said = machine.ssh(f"{command} --json", check=False)
    assert said.errors == ""
    return told_by(said.status, said.output)


def told_by(status: int, output: str) -> Examined:
    """What the doctor's JSON says, when it is what every emulated Pi's is."""
    findings = json.loads(output)["findings"]
    told = Examined(
        status,
        {finding["name"]: finding["mark"] for finding in findings},
        {finding["name"]: finding["found"] for finding in findings},
    )
    assert told.status == ("heard" in told.marks.values())
    for name in NOT_EMULATED:
        assert told.found[name].startswith("not on this machine"), f"{name}: {told.found[name]}"
    assert not [found for found in told.found.values() if "Error" in found or "Errno" in found]
    assert told.found["system"].startswith("64-bit, Raspberry Pi 4 Model B")
    return told


def test_a_pi_without_a_pedal(machine: Machine, tmp_path: Path) -> None:
    """By our sources alone: the doctor needs no package, as it is asked when they are missing too."""
    unsent = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(Path(package.__file__).parent, tmp_path / "pedal", ignore=unsent)
    (tmp_path / "pedal" / "pedal.toml").write_text(TOML)
    machine.push(tmp_path, SITE, "pi")
    told = examined(machine, f"cd {SITE} && XDG_CONFIG_HOME={SITE} python3 -m pedal doctor")
    assert told.marks["card"] == "fine", told.found["card"]
    assert told.found["engine"] == "not on this machine: the service is not installed"
    assert (told.marks["isolated core"], told.found["isolated core"]) == ("warning", "none")
    assert (told.marks["Linux"], told.found["Linux"].rpartition(", ")[2]) == ("warning", "not preemptible")
    assert told.marks["pins"] == "absent"
    assert told.found["pedal.toml"] == f"{SITE}/pedal/pedal.toml"


def test_the_pedal_as_it_was_installed(shared_bench: Machine) -> None:
    """From a laptop, by ssh. What may be heard is that an emulated processor is late at times, and nothing else."""
    said = pedal(shared_bench, "doctor", "--json", "--host", f"pi@{HOST}")
    told = told_by(said.returncode, said.stdout)
    assert {name for name, mark in told.marks.items() if mark == "heard"} <= {"dropouts"}
    assert told.found["priority"] == "SCHED_FIFO 80"
    assert told.found["engine's core"] == "core 1 alone"
    assert told.found["engine's memory"].endswith(" MB locked")
    assert told.found["limits"] == "rtprio 95, memlock unlimited"
    assert told.found["engine"].startswith("active (running)")
    assert told.found["control"].startswith("active (running)")
    assert told.found["pins"] == "lgpio"
    assert told.found["display bus"] == BUS
    assert told.found["display"] == "answers at 0x3c"
    assert told.found["your groups"] == "pi is in group pedal"
    assert told.found["boot"].rpartition("; ")[2].startswith("first sound ")
    fine = ("kernel library", "card", "units", "release", "pedal's groups", "pedal.toml")
    assert {name: told.found[name] for name in fine if told.marks[name] != "fine"} == {}


def test_status_from_a_laptop(shared_bench: Machine) -> None:
    status = json.loads(pedal(shared_bench, "status", "--json", "--host", f"pi@{HOST}").stdout)
    assert status["process"] == words(shared_bench)["process"]


@pytest.mark.rare
def test_fix(bench: Machine) -> None:
    """The display's module is missing; afterwards it is there, and what was run as root had been shown."""
    bench.root("systemctl stop pedal-control && modprobe -r i2c-dev")
    told = examined(bench)
    assert (told.marks["display bus"], told.found["display bus"]) == ("warning", "no /dev/i2c-1")
    said = bench.ssh("pedal doctor --fix --json", check=False)
    lines = said.errors.splitlines()
    assert lines[0].endswith("; run as root:")
    assert {"  systemctl restart pedal-tune", "  modprobe i2c-dev"} < set(lines)
    findings = {finding["name"]: finding for finding in json.loads(said.output)["findings"]}
    assert findings["display bus"]["found"] == BUS
    assert findings["control"]["mark"] == "heard", "which nobody has asked it to start"
    assert bench.root("ls /dev/i2c-1") == "/dev/i2c-1\n"
