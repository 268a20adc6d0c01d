"""Admission as a process: what it says, and how it ends."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.control import rack
from pedal.measure.admission import growing

if TYPE_CHECKING:
    from tests.conftest import WriteModel

ADMISSION = [sys.executable, "-m", "pedal.measure.admission"]
FULL = """
import resource
from pedal.measure.admission import main
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file may grow, which stands for a full disk
exit(main([]))
"""


def run(command: list[str], *options: str, **environment: str) -> tuple[int, list[str]]:
    """Exit status, and the lines that were said."""
    ran = subprocess.run([*command, *options], capture_output=True, text=True, env={**os.environ, **environment})
    assert ran.stdout == ""
    return ran.returncode, ran.stderr.splitlines()


def test_how_young_a_file_is_that_may_still_grow(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text("{")
    os.utime(path, (1_000.0, 1_000.0))
    assert [growing(path, now) for now in (999.9, 1_000.0, 1_001.9, 1_002.0)] == [False, True, True, False]
    assert not growing(tmp_path / "gone.json", 1_000.0)


@pytest.mark.usefixtures("kernels")
def test_as_a_process(places: Path, write_model: "WriteModel") -> None:
    (places / "state" / "models").mkdir(parents=True)
    model = write_model("Lead").rename(places / "state" / "models" / "Lead.json")
    (places / "mine.toml").write_text("[card]\nperiod_frames = 32\n")
    status, said = run(ADMISSION, "--config", str(places / "mine.toml"), "--first", "Lead")
    assert (status, len(said)) == (0, 1)
    assert said[0].startswith("Lead.json plays: ")
    found = rack.read(places / "state" / "rack.json").rack
    assert (found.period_frames, [entry.name for entry in found.entries]) == (32, ["Lead"])
    model.write_text("{}")
    os.utime(model, (1, 1))
    assert run(ADMISSION, "--config", str(places / "mine.toml"))[0] == 0


@pytest.mark.usefixtures("kernels")
def test_a_file_that_is_on_its_way_is_a_status_of_its_own(places: Path) -> None:
    (places / "state" / "models").mkdir(parents=True)
    model = places / "state" / "models" / "Lead.json"
    seen = []
    for ahead in (0, 1_000, -1_000):
        model.write_text("{")
        os.utime(model, (time.time() + ahead, time.time() + ahead))
        status, said = run(ADMISSION)
        seen.append((status, len(said)))
    assert seen == [(75, 0), (0, 1), (0, 0)]


@pytest.mark.usefixtures("kernels")
def test_a_full_disk_is_one_line(places: Path) -> None:
    (places / "state" / "models").mkdir(parents=True)
    status, said = run([sys.executable, "-c", FULL])
    assert (status, len(said)) == (1, 1)
    assert said == [f"{places / 'state' / 'rack.json'}: File too large"]


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("named", [False, True])
def test_the_players_own_configuration_is_the_engines(places: Path, named: bool) -> None:
    """Its faults are played over, also where control names it; the loads are measured for the period that is played."""
    own = places / "config" / "pedal" / "pedal.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[card]\nperiod_frames = 32\nperiods = 'x'\n")
    (places / "state" / "models").mkdir(parents=True)
    status, said = run(ADMISSION, *(["--config", str(own)] if named else []))
    assert status == 0
    assert said[0].startswith(f"configuration {own}: card.periods is 'x', expected")
    assert rack.read(places / "state" / "rack.json").rack.period_frames == 32


@pytest.mark.usefixtures("kernels")
def test_a_configuration_that_cannot_be_looked_for_is_said(places: Path) -> None:
    """A name that no file system takes, as root may read everything else."""
    (places / "state" / "models").mkdir(parents=True)
    status, said = run(ADMISSION, XDG_CONFIG_HOME=f"/{'x' * 300}")
    assert status == 0
    assert said[0].endswith("pedal.toml cannot be read: File name too long")


def test_what_is_missing_is_one_line(places: Path) -> None:
    status, said = run(ADMISSION, PEDAL_KERNELS=str(places / "none"))
    assert (status, len(said)) == (78, 1)
    assert "has to be built first" in said[0]
    status, said = run(ADMISSION, "--config", str(places / "absent.toml"))
    assert (status, len(said)) == (1, 1)
    assert "absent.toml cannot be read" in said[0]
