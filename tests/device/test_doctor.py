"""`pedal doctor` on the emulated Pi: what is there is found, and what emulation has not is said to be absent."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

import pedal
from tests.device.machine import Machine

SITE = "/home/pi/examined"
TOML = """\
[card]
capture = "hw:Loopback,1,0"
playback = "hw:Loopback,0,1"
[engine]
cpu = 1
"""


class Examined(NamedTuple):
    """What the doctor said."""

    status: int
    marks: dict[str, str]
    found: dict[str, str]


def examined(machine: Machine) -> Examined:
    """By the machine's own Python, of which the doctor needs nothing else."""
    said = machine.ssh(f"cd {SITE} && XDG_CONFIG_HOME={SITE} python3 -m pedal doctor --json", check=False)
    assert said.errors == ""
    findings = json.loads(said.output)["findings"]
    return Examined(
        said.status,
        {finding["name"]: finding["mark"] for finding in findings},
        {finding["name"]: finding["found"] for finding in findings},
    )


@pytest.fixture(scope="module")
def unpacked(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The machine with our sources in a folder of the user's, and a configuration beside them."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(Path(pedal.__file__).parent, folder / "pedal", ignore=shutil.ignore_patterns("__pycache__", "data"))
    (folder / "pedal" / "pedal.toml").write_text(TOML)
    machine.push(folder, SITE, "pi")
    return machine


def test_a_pi_without_a_pedal(unpacked: Machine) -> None:
    told = examined(unpacked)
    assert told.found["system"].startswith("64-bit, Raspberry Pi 4 Model B")
    assert told.marks["card"] == "fine", told.found["card"]
    for name in ("governor", "temperature", "supply", "throttling", "Wi-Fi", "SD card", "USB port", "HDMI", "engine"):
        assert told.marks[name] == "absent", f"{name}: {told.found[name]}"
        assert told.found[name].startswith("not on this machine"), f"{name}: {told.found[name]}"
    assert (told.marks["isolated core"], told.found["isolated core"]) == ("warning", "none")
    assert (told.marks["Linux"], told.found["Linux"].rpartition(", ")[2]) == ("warning", "not preemptible")
    assert (told.marks["pins"], told.found["pins"]) == ("heard", "no lgpio")
    assert told.status == 1
    assert not [found for found in told.found.values() if "Error" in found or "Errno" in found]
