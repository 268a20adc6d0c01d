"""`pedal soak` on the emulated Pi: the service's own engine, loaded, killed and stopped meanwhile.

An emulated processor is late at times: what is asserted is that everything is counted and put back, never how often.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.device.machine import Machine
from tests.device.ssh import HOST

LOADS = "pgrep -u pedal -f '[p]edal.measure.load|stress-ng'"
LEFT = "ls -d /tmp/pedal-soak-* 2>/dev/null"


def set_by_hand(machine: Machine) -> dict[str, Any]:
    """Everything that the player has set."""
    said = json.loads(machine.ssh("pedal status --json", check=False).output)
    return {name: said[name] for name in ("model", "bypass", "knobs", "input_gain_db", "level_db")}


def soaked(machine: Machine, options: str) -> dict[str, Any]:
    """The report, as `pi` gets it."""
    said = machine.ssh(f"pedal soak --json {options}", check=False)
    found: dict[str, Any] = json.loads(said.output)
    assert said.status == bool(found["heard"]), said.errors
    return found


def nothing_left(machine: Machine) -> None:
    """No load runs any more, and none has left a file."""
    machine.until(f"! {LOADS}")
    machine.until(f"! {LEFT}")


def test_under_load_from_a_laptop_and_everything_put_back(bench: Machine, tmp_path: Path) -> None:
    before, path = set_by_hand(bench), tmp_path / "soak.png"
    command = [sys.executable, "-m", "pedal", "soak", "--minutes", "0.5", "--stress", "--json", "--picture", str(path)]
    done = subprocess.run(
        [*command, "--host", f"pi@{HOST}"], env=bench.way.environment(), capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    assert done.returncode == bool(found["heard"])
    assert (found["course"]["simulated"], found["restarts"], found["interrupted"]) == (False, 0, False)
    assert found["period_frames"] == 512
    assert found["periods"] == sum(found["load_histogram"]) > 300
    stress = found["course"]["stress"]
    assert stress.keys() == {"processor", "memory", "network", "disk", "display"}
    assert "/var/lib/pedal" in stress["disk"]
    assert " turned " in stress["display"]
    assert not [words for words in stress.values() if "ended early" in words or "does not run" in words]
    assert found["course"]["throttling_source"] == "not on this machine"
    assert path.stat().st_size > 10_000
    assert set_by_hand(bench) == before
    nothing_left(bench)


@pytest.mark.rare
def test_an_engine_that_is_killed_meanwhile_is_counted(bench: Machine) -> None:
    begun = "until pgrep -u pedal -f '[p]edal soak'; do sleep 1; done; sleep 20"
    bench.root(f'systemd-run sh -c "{begun}; systemctl kill --signal=SIGKILL pedal-engine"')
    found = soaked(bench, "--minutes 0.8")
    assert found["restarts"] == 1
    assert "the engine was started again once" in found["heard"]
    assert sum(found["history"]["restarts"]) == 1


@pytest.mark.rare
def test_a_connection_that_breaks_ends_it(bench: Machine) -> None:
    before = set_by_hand(bench)
    with subprocess.Popen(
        ["ssh", f"pi@{HOST}", "pedal soak --minutes 60 --stress --json"],
        env=bench.way.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    ) as connection:  # fmt: skip
        bench.until(LOADS, 120)
        connection.kill()
    nothing_left(bench)
    assert set_by_hand(bench) == before


@pytest.mark.rare
def test_an_engine_that_is_stopped_is_said_and_not_simulated(bench: Machine) -> None:
    bench.root("systemctl stop pedal-engine")
    said = bench.ssh("pedal soak --minutes 1", check=False)
    assert (said.status, said.output) == (1, "")
    assert "no engine runs on /run/pedal/link; start it with `sudo systemctl start pedal-engine`" in said.errors


@pytest.mark.rare
def test_a_user_who_is_not_in_the_group_learns_how(shared_bench: Machine) -> None:
    said = shared_bench.ssh("pedal soak --minutes 1", "fender", check=False)
    assert (said.status, said.output) == (1, "")
    assert "run `sudo usermod -aG pedal fender`" in said.errors
