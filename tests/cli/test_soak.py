"""`pedal soak` as a process: on an engine that the test stands for, on a simulated pedal, and on another machine."""

import argparse
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest

from pedal.cli import soak
from pedal.cli.main import main
from pedal.cli.watched import watched
from pedal.control.remote import Remote
from pedal.errors import LinkError
from pedal.link import RUNNING, Link
from pedal.measure.soak.report import Course, encoded, report
from pedal.measure.soak.tally import Tally
from tests.measure.soak.samples import sample

PATIENCE_S = 180.0
OWN_DB = 4.25
"""Where the player has the gain."""


@pytest.fixture
def link(places: Path) -> Iterator[Link]:
    """The link of an engine that runs: this process."""
    with closing(Link(places / "run" / "link")) as link:
        for name, value in (
            *(("state", RUNNING), ("process", os.getpid()), ("rate_hz", 44_100), ("period_frames", 64)),
            *(("input_gain_db", OWN_DB), ("xruns_capture", 3)),
        ):
            link.set(name, value)
        yield link


@pytest.fixture
def remote(link: Link, places: Path) -> Iterator[Remote]:
    """Control's socket, which the test answers."""
    assert link.path.exists()
    with closing(Remote(places / "run" / "control.sock")) as remote:
        yield remote


@contextmanager
def started(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """The command, which does not outlive the test."""
    command = [sys.executable, "-m", "pedal", "soak", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as soaking:
        try:
            yield soaking
        finally:
            soaking.kill()


def answer(remote: Remote, link: Link, soaking: "subprocess.Popen[str]") -> list[float]:
    """Do as control would for whoever turns the gain, until the process has ended; a signal is sent after three."""
    values: list[float] = []
    until = time.monotonic() + PATIENCE_S
    while soaking.poll() is None:
        assert time.monotonic() < until, "it has not ended"
        if not select.select([remote], [], [], 0.05)[0] or (request := remote.receive()) is None:
            continue
        ((name, value),) = request.values
        assert name == "input_gain_db"
        values.append(float(value))
        link.set(name, float(value))
        link.set("xruns_capture", 3 + len(values))
        remote.answer(request.sender, {"done": True})
        if len(values) == 3:
            soaking.send_signal(getattr(signal, os.environ["SOAK_SIGNAL"]))
    return values


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_with_a_report_and_the_knob_where_it_was(
    link: Link, remote: Remote, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("SOAK_SIGNAL", name)
    with started("--minutes", "10", "--stress", "--json") as soaking:
        values = answer(remote, link, soaking)
        said, complained = soaking.communicate(timeout=PATIENCE_S)
    assert len(values) >= 4
    assert values[0] != OWN_DB
    assert link.get("input_gain_db") == values[-1] == OWN_DB
    found = json.loads(said)
    assert (soaking.returncode, found["interrupted"]) == (1, True), complained
    assert found["xruns_capture"] == len(values) - 1  # the last came while the knob was put back
    assert found["course"]["stress"]["display"] == f"control: input_gain_db turned {len(values)} times"
    assert found["course"]["stress"].keys() == {"processor", "memory", "network", "disk", "display"}
    assert not any("ended early" in words for words in found["course"]["stress"].values())


def test_whoever_listens_no_more_has_ended_it(link: Link) -> None:
    """As when the connection of an ssh without a terminal breaks."""
    assert link.path.exists()
    with started("--minutes", "10", "--json") as soaking:
        assert soaking.stdout
        soaking.stdout.close()
        assert soaking.wait(PATIENCE_S) == 1


@pytest.mark.usefixtures("kernels", "places")
def test_a_simulated_pedal_under_load(tmp_path: Path) -> None:
    path = tmp_path / "soak.png"
    with started("--minutes", "0.05", "--sim", "--stress", "--json", "--picture", str(path)) as soaking:
        said, complained = soaking.communicate(timeout=PATIENCE_S)
    assert soaking.returncode in (0, 1), complained
    found: dict[str, Any] = json.loads(said)
    assert (soaking.returncode == 1) == bool(found["heard"])
    assert found["course"]["simulated"] is True
    assert found["seconds"] == pytest.approx(3.0, abs=1.5)
    assert found["periods"] == sum(found["load_histogram"]) > 500
    assert abs(sum(found["wake_histogram"]) - found["periods"]) < 500  # none for the first after a start or an xrun
    assert found["model_played"] is True
    assert (found["rate_hz"], found["period_frames"], found["restarts"]) == (44_100, 64, 0)
    assert " turned " in found["course"]["stress"]["display"]
    assert " 0 times" not in found["course"]["stress"]["display"]
    assert matplotlib.image.imread(path).shape[2] == 4


@pytest.mark.parametrize("minutes", ["0", "0.01", "1441", "nan", "-3", "two"])
def test_minutes_out_of_range(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["soak", "--minutes", minutes])
    assert ended.value.code == 2
    assert "--minutes" in capsys.readouterr().err


def test_a_link_that_may_not_be_looked_at(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """By nobody, where this is root, whom nothing is forbidden; everything that it needs is imported already."""
    monkeypatch.setenv("HOME", "/")
    folder, me = link.path.parent, os.geteuid()
    folder.chmod(0)
    try:
        if me == 0:
            os.seteuid(65_534)
        with (
            pytest.raises(LinkError, match="cannot be looked at: Permission denied"),
            watched(False),
        ):
            pass
    finally:
        os.seteuid(me)
        folder.chmod(0o700)


def test_an_installed_pedal_is_not_replaced_by_a_simulated_one(places: Path) -> None:
    script = (
        "import sys; sys.prefix = '/opt/pedal/releases/1'\n"
        "from pedal.cli.watched import watched\n"
        "with watched(False): pass"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    last = ran.stderr.splitlines()[-1]
    assert last.startswith(f"pedal.errors.LinkError: no engine runs on {places / 'run' / 'link'}; ")
    assert "sudo systemctl start pedal-engine" in last


@pytest.mark.parametrize("given", [[], ["--stress"], ["--minutes", "2.5", "--sim", "--json"]])
def test_the_words_for_another_machine_are_what_was_given(given: list[str]) -> None:
    parser = argparse.ArgumentParser()
    soak.add(parser.add_subparsers())
    first = parser.parse_args(["soak", *given])
    assert parser.parse_args(["soak", *soak.words(first)]) == first


def test_a_picture_of_another_machine_is_drawn_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    for at_s in range(4):
        tally.add(sample(at_s, xruns_capture=at_s))
    found = report(tally, Course(3.0, "Linux 6.6 aarch64", simulated=False))
    (tmp_path / "report").write_bytes(encoded(found))
    (tmp_path / "ssh").write_text(
        f'#!/bin/sh\nfor last; do :; done; echo "$last" > {tmp_path}/words; cat {tmp_path}/report; exit 1\n'
    )
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert main(["soak", "--minutes", "3", "--stress", "--host", "pi@there", "--picture", str(tmp_path / "a.png")]) == 1
    said = capsys.readouterr().out
    assert "verdict     it would be heard: 3 xruns (3 capture, 0 playback)" in said
    assert f"picture     {tmp_path / 'a.png'}" in said
    assert shlex.split((tmp_path / "words").read_text())[-5:] == ["soak", "--minutes", "3", "--stress", "--json"]
    assert matplotlib.image.imread(tmp_path / "a.png").shape[2] == 4


def test_another_machine_that_says_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ssh").write_text("#!/bin/sh\necho 'pedal: no engine runs on /run/pedal/link' >&2; exit 1\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert main(["soak", "--host", "pi@there", "--picture", str(tmp_path / "a.png")]) == 1
    assert "pedal: no engine runs on /run/pedal/link" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_picture_that_cannot_be_written_is_told_before_the_soak(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["soak", "--picture", str(tmp_path)]) == 1
    assert "it is a folder" in capsys.readouterr().err
    assert main(["soak", "--picture", str(tmp_path / "a.jpg")]) == 1
    assert f"{tmp_path / 'a.jpg'} is drawn as a PNG; expected a name that ends in .png" in capsys.readouterr().err
