"""What opens the pins: the first that can, in a process of its own, which says why not another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.control.pins import open_factory

SCRIPT = """
import os, sys
from pathlib import Path
from pedal.control.pins import open_factory
print(open_factory(sys.argv[1], Path(sys.argv[2]), print), os.getcwd())
"""


def opening(name: str, folder: Path, path: Path | None = None) -> list[str]:
    """What a process of its own, in the root folder, says when it opens the factory of that name."""
    python_path = os.pathsep.join([str(path)] if path else []) + os.pathsep + os.getcwd()
    command = [sys.executable, "-c", SCRIPT, name, str(folder)]
    environment = {**os.environ, "PYTHONPATH": python_path}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", env=environment)
    return ran.stdout.splitlines()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
def test_a_machine_without_pins_says_why_not(tmp_path: Path) -> None:
    first, second, result = opening("auto", tmp_path)
    assert first.startswith("the pins cannot be opened by lgpio: ")
    assert second.startswith("the pins cannot be opened by rpigpio: ")
    assert result == "None /"
    assert {path.name[:8] for path in tmp_path.iterdir()} <= {".lgd-nfy"}
    assert len(opening("rpigpio", tmp_path)) == 2


def test_the_empty_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").touch()
    said = opening("lgpio", tmp_path, tmp_path)
    assert said[0].startswith(
        "the pins cannot be opened by lgpio: its module is an empty file, version 0.0.0.2; install"
    )
    assert said[1] == "None /"


def test_none_opens_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    assert open_factory("none", tmp_path, said.append) is None
    assert said == []
