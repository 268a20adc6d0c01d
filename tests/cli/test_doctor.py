"""`pedal doctor` as it is typed, on machines made of files."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pedal.cli.doctor import tell
from pedal.cli.main import main
from tests.cli.far import Far
from tests.measure.doctor import pi4
from tests.measure.doctor.trees import RELEASE, Tree

GOVERNOR = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor"


@pytest.fixture
def pi(tmp_path: Path) -> Tree:
    """A Raspberry Pi 4 as it should be."""
    return Tree(tmp_path, pi4.FILES, pi4.SAID).link("/opt/pedal/current", RELEASE).words(state=2)


def test_one_line_each_and_status_0_where_nothing_is_heard(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(lambda: pi.machine) == 0
    out = capsys.readouterr().out
    assert "✓ governor: performance\n" in out
    assert "– SPI: not on this machine: pedal.toml has no potentiometer\n" in out
    assert out.endswith("\n\n45 fine, 2 not here or not to be told.\n")


def test_what_is_heard_comes_first_with_what_to_do(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    pi.put(GOVERNOR, "ondemand").put("/sys/devices/system/cpu/isolated", "")
    assert tell(lambda: pi.machine) == 1
    first, second, *_, summary, offer = capsys.readouterr().out.splitlines()
    assert first == (
        "✗ governor: ondemand; expected performance: a period that begins at a low clock is late; pedal doctor --fix; "
        "pedal-tune does it at every boot"
    )
    assert second.startswith("! isolated core: none; expected core 3, for the engine alone; ./deploy.sh HOST --isolate")
    assert summary == "1 heard, 1 that may be, 43 fine, 2 not here or not to be told."
    assert offer == "`pedal doctor --fix` puts right: governor."


def test_json(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    pi.put(GOVERNOR, "ondemand")
    assert tell(lambda: pi.machine, as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["status"], said["done"], len(said["findings"])) == (1, [], 47)
    first = said["findings"][0]
    assert (first["name"], first["mark"], first["found"]) == ("governor", "heard", "ondemand")
    assert first["remedy"][0].startswith("echo performance | tee /sys/")
    assert {finding["mark"] for finding in said["findings"][1:]} == {"fine", "absent"}


class Root:
    """Stands for sudo and a shell: keeps what it was given, and does one thing."""

    def __init__(self, tree: Tree, status: int, governor: str) -> None:
        self.tree, self.status, self.governor = tree, status, governor
        self.given: list[Sequence[str]] = []

    def __call__(self, words: Sequence[str]) -> int:
        self.given.append(words)
        self.tree.put(GOVERNOR, self.governor)
        return self.status


def test_fix_shows_what_it_runs_and_checks_again(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    pi.put(GOVERNOR, "ondemand")
    root = Root(pi, 0, "performance")
    assert tell(lambda: pi.machine, start=root) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[:2] == [
        "pedal: to put right: governor; run as root:",
        "  systemctl restart pedal-tune",
    ]
    assert said.err.endswith("pedal: checked again:\n")
    assert "✓ governor: performance\n" in said.out
    assert "puts right" not in said.out
    assert len(root.given) == 1, "sudo asks once at most"
    assert ("sudo" in root.given[0]) == (os.geteuid() != 0)
    for line in said.err.splitlines()[1:3]:
        assert line.strip() in root.given[0][-1], "what is shown is what is run"


@pytest.mark.parametrize(("status", "why"), [(1, "status 1, see above"), (127, "sudo is missing")])
def test_a_fix_that_fails_is_told(pi: Tree, capsys: pytest.CaptureFixture[str], status: int, why: str) -> None:
    pi.put(GOVERNOR, "ondemand")
    assert tell(lambda: pi.machine, start=Root(pi, status, "ondemand"), as_json=True) == 1
    said = capsys.readouterr()
    assert f"pedal: not all of it was done: {why}\n" in said.err
    assert json.loads(said.out)["done"][0] == "systemctl restart pedal-tune"


def test_nothing_to_fix(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = Root(pi, 0, "performance")
    pi.put("/sys/devices/system/cpu/isolated", "")
    assert tell(lambda: pi.machine, start=root) == 0
    assert capsys.readouterr().err == "pedal: there is nothing that --fix can put right; what is left, each line says\n"
    assert root.given == []


def test_names_from_outside_cannot_steer_the_terminal(pi: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    pi.put("/proc/device-tree/model", b"Pi\x1b[2J\nX")
    tell(lambda: pi.machine)
    assert "✓ system: 64-bit, Pi\\x1b[2J\\nX\n" in capsys.readouterr().out


def test_folded_for_a_terminal_of_80_columns(pi: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a real terminal: every line fits, and what is folded goes on below where it began."""
    import pty

    pi.put(GOVERNOR, "ondemand")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    main_end, other_end = pty.openpty()
    with os.fdopen(other_end, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        assert tell(lambda: pi.machine) == 1
        terminal.flush()
        lines = os.read(main_end, 100_000).decode().splitlines()
    os.close(main_end)
    assert max(map(len, lines)) <= 80
    governor = next(number for number, text in enumerate(lines) if text.startswith("✗ governor "))
    assert [text.rstrip() for text in lines[governor + 1 : governor + 3]] == [
        " " * 18 + "clock is late",
        " " * 18 + "→ pedal doctor --fix; pedal-tune does it at every boot",
    ]


def test_this_machine(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real one, whatever it is: every check says something, and none crashes."""
    status = main(["doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == status
    assert len(said["findings"]) == 47
    assert [found["found"] for found in said["findings"] if "Error" in found["found"]] == []
    assert not (places / "run").exists(), "a doctor makes no link"


def test_another_machine(far: Far, capfd: pytest.CaptureFixture[str]) -> None:
    """There it runs as whoever logs in, so that what it says of this user is true; sudo is for --fix to ask."""
    status = main(["doctor", "--json", "--host", "pi@pedal.local"])
    said = json.loads(capfd.readouterr().out)
    assert (said["status"], len(said["findings"])) == (status, 47)
    assert far.host == "pi@pedal.local"
    assert not far.used_sudo


def test_all_options_go_there(far: Far) -> None:
    far.has("pedal", f'#!/bin/sh\necho "$@" > {far.seen}/words\n')
    assert main(["doctor", "--host", "pi", "--json", "--fix"]) == 0
    assert (far.seen / "words").read_text() == "doctor --fix --json\n"
