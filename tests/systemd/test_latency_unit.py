"""The measuring service's unit: confined as the engine's, and followed by the engine whatever it ends by."""

import subprocess
from pathlib import Path

import pytest

from pedal.measure.latency.unit import SYSTEMCTL, UNIT
from tests.systemd.test_units import UNITS, settings, with_systemd

SUDOERS = Path(__file__).parents[2] / "systemd" / "sudoers"


@with_systemd
def test_what_it_is_exposed_to() -> None:
    """At most 2.0 of 10 by `systemd-analyze security`."""
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(UNITS / UNIT)]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr


def test_it_has_what_the_engine_has_and_no_more() -> None:
    """The figures are to be the engine's; and the run folder is not to go with either of them."""
    mine, engine = settings(UNIT), settings("pedal-engine.service")
    shared = (
        "User",
        "UMask",
        "Limit",
        "Directory",
        "Device",
        "Protect",
        "Restrict",
        "System",
        "Memory",
        "Capab",
        "Priv",
    )
    keys = [key for key in {*mine, *engine} if any(word in key for word in shared) and not key.startswith("RestartP")]
    assert len(keys) > 25
    assert {key: mine.get(key) for key in keys} == {key: engine.get(key) for key in keys}


def test_the_engine_stops_first_and_is_back_afterwards() -> None:
    mine = settings(UNIT)
    assert mine["Conflicts"] == ["pedal-engine.service"]
    assert "pedal-engine.service" in " ".join(mine["After"]).split()
    assert mine["OnSuccess"] == mine["OnFailure"] == ["pedal-engine.service"]
    assert mine["Restart"] == ["no"]


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_sudo_permits_what_is_asked_of_it_and_nothing_else(verb: str) -> None:
    (rule,) = [line for line in SUDOERS.read_text().splitlines() if line.startswith("pedal ")]
    commands = rule.partition("NOPASSWD: ")[2].split(", ")
    assert f"{SYSTEMCTL} {verb} {UNIT}" in commands
    assert len(commands) == 2
