"""pedal.toml and the models."""

import pytest

from pedal.measure.doctor.configuration import models, toml
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

RACK = "/var/lib/pedal/rack.json"
ENTRY = '{"name":"%s","title":"","file":"%s.json","word":1,"refused":"%s"}'


def test_toml(pi: Tree) -> None:
    assert toml(pi.machine) == fine("/etc/pedal/pedal.toml")
    assert toml(pi.remove("/etc/pedal").machine) == fine("no /etc/pedal/pedal.toml: everything has its default")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[card]\nperiod = 64\n", "line 2: card.period"),
        ("[card]\nrate_hz = 3\n[screen]\nbus = -1\n", "line 2: card.rate_hz"),
        ("[card\n", "configuration "),
        ("\n".join(f"[no{number}]" for number in range(5)), "and 2 more"),
    ],
)
def test_faults(pi: Tree, text: str, found: str) -> None:
    said = toml(pi.toml(text).machine)
    assert said.mark == Mark.WARNING
    assert found in said.found


def test_two_faults_are_both_told(pi: Tree) -> None:
    said = toml(pi.toml("[card]\nrate_hz = 3\n[screen]\nbus = -1\n").machine)
    assert "line 4: screen.bus" in said.found


def test_what_is_wrong_there_leaves_the_other_checks_their_defaults(pi: Tree) -> None:
    machine = pi.toml("[card\n").machine
    assert (machine.config.engine.cpu, machine.settings.screen.bus) == (3, 1)


def test_models(pi: Tree) -> None:
    assert models(pi.machine) == fine("2 to play, 0 not in the set list")
    pi.put(RACK, f'{{"entries":[{ENTRY % ("a", "a", "")},{ENTRY % ("b", "b", "52 % of a period")}]}}')
    found = models(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "refused: b: 52 % of a period")
    assert found.fix == "`pedal models list` says why"  # by name: `check` wants a file


def test_a_rack_with_a_fault(pi: Tree) -> None:
    found = models(pi.put(RACK, '{"fault":"the disk is full"}').machine)
    assert (found.found, found.fix) == ("the disk is full", "journalctl -u pedal-control -e says more")
    found = models(pi.put(RACK, '{"entries":[{}').machine)
    assert (found.mark, found.found.split(":")[0]) == (Mark.WARNING, "rack.json is damaged")
    assert (pi.root / RACK.lstrip("/")).exists(), "a doctor puts nothing aside"


def test_a_rack_of_many_models(pi: Tree) -> None:
    """More than a megabyte, as the pedal takes it."""
    entries = ",".join(ENTRY % (number, number, "") for number in range(20_000))
    assert models(pi.put(RACK, f'{{"entries":[{entries}]}}').machine).found == "20000 to play, 0 not in the set list"


def test_no_model_yet(pi: Tree) -> None:
    assert models(pi.remove(RACK).machine) == absent("no model has been tried yet")
