"""Which library opens the pins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.measure.doctor.pins import factory
from pedal.measure.finding import Mark, absent, fine, unchecked
from tests.measure.doctor.trees import Tree

ASK = "python -P -m pedal.measure.doctor.drivers"
BLIND = "RPi.GPIO, which sees no switch in the service, nor on Linux 6.6 and later"


def having(tree: Tree, lgpio: str, rpigpio: str, toml: str = "auto") -> Tree:
    tree.toml(f"[gpio]\nfactory = '{toml}'\n")
    return tree.says(ASK, json.dumps({"lgpio": lgpio, "RPi.GPIO": rpigpio}))


@pytest.mark.parametrize(
    ("lgpio", "rpigpio", "toml", "mark", "found"),
    [
        ("real", "real", "auto", Mark.FINE, "lgpio"),
        ("real", "missing", "lgpio", Mark.FINE, "lgpio"),
        ("empty", "replaced", "auto", Mark.FINE, "rpi-lgpio, in the place of RPi.GPIO"),
        ("real", "real", "rpigpio", Mark.HEARD, BLIND),
        ("missing", "real", "auto", Mark.HEARD, BLIND),
        ("empty", "missing", "auto", Mark.HEARD, "lgpio is an empty file, version 0.0.0.2"),
        ("missing", "missing", "auto", Mark.HEARD, "no lgpio"),
        ("missing", "real", "lgpio", Mark.HEARD, "no lgpio"),
    ],
)
def test_factory(pi: Tree, lgpio: str, rpigpio: str, toml: str, mark: Mark, found: str) -> None:
    said = factory(having(pi, lgpio, rpigpio, toml).machine)
    assert (said.mark, said.found) == (mark, found)


def test_no_pins(pi: Tree) -> None:
    assert factory(pi.says(ASK, None).machine) == unchecked("the pedal's Python does not say what is installed")
    found = factory(pi.remove("/dev/gpiochip0").machine)
    assert (found.mark, found.found) == (Mark.HEARD, "no /dev/gpiochip0")
    assert factory(pi.remove("/proc/device-tree/model").machine) == absent("no pins")
    assert factory(pi.toml("[gpio]\nfactory = 'none'\n").machine) == fine("none, as pedal.toml asks")


def drivers(folder: Path) -> dict[str, str]:
    """What the real probe says of an interpreter that has these modules before its own."""
    words = [sys.executable, "-m", "pedal.measure.doctor.drivers"]
    ran = subprocess.run(words, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, check=True)
    said: dict[str, str] = json.loads(ran.stdout)
    return said


def test_the_probe_tells_an_empty_lgpio_from_a_real_one(tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").write_text("")
    assert drivers(tmp_path)["lgpio"] == "empty"
    (tmp_path / "lgpio.py").write_text("raise SystemExit('imported')\ndef gpiochip_open(): ...\n")
    assert drivers(tmp_path)["lgpio"] == "real"


def test_the_probe_tells_rpi_lgpio_from_rpi_gpio(tmp_path: Path) -> None:
    (tmp_path / "RPi").mkdir()
    (tmp_path / "RPi" / "__init__.py").write_text("")
    assert drivers(tmp_path)["RPi.GPIO"] == "missing"
    (tmp_path / "RPi" / "GPIO").mkdir()
    (tmp_path / "RPi" / "GPIO" / "__init__.py").write_text("raise SystemExit('imported')\n")
    assert drivers(tmp_path)["RPi.GPIO"] == "real"
    (tmp_path / "rpi_lgpio-0.6.dist-info").mkdir()
    (tmp_path / "rpi_lgpio-0.6.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: rpi-lgpio\nVersion: 0.6\n"
    )
    assert drivers(tmp_path)["RPi.GPIO"] == "replaced"
