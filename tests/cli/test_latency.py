"""`pedal latency` in this process: simulated, on a simulated interface under real libasound, and by a stand-in ssh."""

import json
import os
import pty
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.image
import pytest

from pedal.cli import latency
from pedal.cli.main import _parser, main
from pedal.control import rack
from pedal.link import engine_lock
from tests.engine.conftest import interface, plugin
from tests.usbsim.interface import Interface

if TYPE_CHECKING:
    from tests.conftest import WriteModel

__all__ = ("interface", "plugin")

pytestmark = pytest.mark.usefixtures("kernels", "places")

QUICK = ["--periods", "64,128", "--counts", "2", "--restarts", "2", "--seconds", "0.2"]
ORDINARY = "[engine]\npriority = 0\ncpu = -1\nlock_memory = false\n"

SSH = """\
#!/bin/sh
# ssh OPTIONS -- HOST COMMAND
while [ "$1" != -- ]; do shift; done
printf '%s' "$3" > "$SEEN"
echo 'pedal: 0 of 2: finding the level' >&2
cat "$ANSWER"
"""


@pytest.fixture
def model(write_model: "WriteModel") -> list[str]:
    """The option that names a small model."""
    return ["--model", str(write_model("Plexi"))]


def simulated(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["latency", "--sim", *QUICK, "--json", *options]) in (0, 1)  # 1: this machine was too busy
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_simulated_interface_on_any_computer(capsys: pytest.CaptureFixture[str], model: list[str]) -> None:
    told = simulated(capsys, *model)
    assert told["simulated"] is True
    assert [one["setting"] for one in told["settings"]] == ["64 × 2", "128 × 2"]
    for one in told["settings"]:
        buffer = 2 * one["period_frames"]
        for half in (one["bypass"], one["model"]):
            assert [start["xruns"] for start in half["starts"]] == [0, 0]
            for start in half["starts"]:  # the cable takes 96 frames, less up to JITTER_FRAMES
                assert buffer + 96 - latency.JITTER_FRAMES - 0.1 <= start["round_trip_frames"] <= buffer + 96.1
        parts = one["parts_ms"]
        assert parts["buffer"] == pytest.approx(1000 * buffer / 44_100, abs=0.001)
        assert parts["buffer"] + parts["converters_and_usb"] == pytest.approx(one["median_ms"], abs=0.002)
    assert "lowest median round trip" in told["rule"]


def test_the_first_model_that_plays_is_taken(
    places: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    folder = places / "state" / "models"
    folder.mkdir(parents=True)
    (folder / "5150.nam").write_text('{"architecture": "WaveNet"}')
    assert main(["latency", "--sim", *QUICK]) == 1
    assert capsys.readouterr().err.endswith("; name a file with --model FILE\n")
    for name in ("Heavy", "Plexi"):
        write_model(name).rename(folder / f"{name}.json")
    heavy = rack.Entry("Heavy", "Heavy", "Heavy.json", 1, refused="takes 63 %")
    rack.write(places / "state" / "rack.json", rack.Rack("tag", entries=(heavy,)))
    assert simulated(capsys)["model_name"] == "Plexi"


def test_a_file_that_the_service_cannot_read_is_refused_before_anything_stops(
    model: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pedal.config.is_installed", lambda *_: True)
    assert main(["latency", *model]) == 1
    assert "where the service reads models; `pedal flash` it first" in capsys.readouterr().err


def test_what_a_person_reads_says_that_it_is_simulated(capsys: pytest.CaptureFixture[str], model: list[str]) -> None:
    main(["latency", "--sim", *QUICK, *model])
    said = capsys.readouterr()
    assert "SIMULATED: the simulated card, S32_LE, 44100 Hz" in said.out
    assert "recommended" in said.out
    assert "a simulated interface is measured" in said.err
    assert "0 of 8: finding the level" in said.err


def test_a_narrow_terminal_gets_every_figure_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, model: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    main(["latency", "--sim", *QUICK, *model])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["64", "×", "2", "without"] in lines
    assert sum(line[:1] == ["median"] for line in lines) == 4


def test_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str], model: list[str]) -> None:
    simulated(capsys, *model, "--picture", str(tmp_path / "a.png"))
    assert matplotlib.image.imread(tmp_path / "a.png").shape[1] == 1_320
    assert main(["latency", "--sim", "--picture", str(tmp_path / "a.png" / "b.png")]) == 1
    assert "not a folder" in capsys.readouterr().err


def card(tmp_path: Path, interface: Interface, **fields: str | int) -> list[str]:
    """The option that names a configuration with the simulated interface."""
    interface.describe(sim={"infile": "/nonexistent", "delay": 77, "channels": 2, **fields})
    path = tmp_path / "sim.toml"
    path.write_text(f'[card]\ncapture = "sim"\nplayback = "sim"\n{ORDINARY}')
    return ["--config", str(path)]


def test_a_card_is_measured_and_the_history_keeps_it(
    tmp_path: Path, interface: Interface, capsys: pytest.CaptureFixture[str], model: list[str]
) -> None:
    configured = card(tmp_path, interface)
    assert main(["latency", "--history"]) == 1
    assert "nothing was measured yet" in capsys.readouterr().err
    assert main(["latency", *QUICK, *configured, *model, "--json"]) in (0, 1)
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["card"], told["simulated"]) == ("card sim", False)
    assert "switch the speakers off, or unplug the amplifier" in said.err
    assert "put a cable from output 1 of the interface to its input 1" in said.err
    path = tmp_path / "state" / "latency" / "history.jsonl"
    with open(path, "ab") as file:
        file.write(b'{"at": "2026')
    assert main(["latency", "--history", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == [told]
    assert "has a line that cannot be read, as a pulled plug leaves them" in said.err
    assert main(["latency", "--history"]) == 0
    assert "card sim, 44100 Hz, Plexi; kernel " in capsys.readouterr().out


def test_a_history_that_cannot_be_written_costs_no_survey(
    tmp_path: Path, interface: Interface, capsys: pytest.CaptureFixture[str], model: list[str]
) -> None:
    configured = card(tmp_path, interface)
    path = tmp_path / "state" / "latency" / "history.jsonl"
    path.mkdir(parents=True)
    assert main(["latency", *QUICK, *configured, *model, "--json"]) in (0, 1)
    said = capsys.readouterr()
    assert json.loads(said.out)["card"] == "card sim"
    assert f"this is not kept in the history: [Errno 21] Is a directory: '{path}'" in said.err


def test_a_history_of_damaged_lines_alone_is_not_one_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state" / "latency" / "history.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"a": 1}\n{"at": "\xff"}\n')
    assert main(["latency", "--history"]) == 1
    said = capsys.readouterr().err
    assert said == f"pedal: {path} has 2 lines that cannot be read, as a pulled plug leaves them; there are no others\n"


def test_no_cable_is_said_and_nothing_is_kept(
    tmp_path: Path, interface: Interface, capsys: pytest.CaptureFixture[str], model: list[str]
) -> None:
    configured = card(tmp_path, interface, infile="/dev/null")
    assert main(["latency", *QUICK, *configured, *model]) == 1
    said = capsys.readouterr()
    assert "pedal: no cable: of a signal at -4.0 dBFS nothing comes back on channel 1" in said.err
    assert said.out == ""
    assert not (tmp_path / "state" / "latency").exists()


@pytest.mark.parametrize(("typed", "begins"), [(b"\x04", False), (b"\n", True)], ids=["ctrl-d", "enter"])
def test_at_a_terminal_it_waits_for_enter(
    tmp_path: Path,
    interface: Interface,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    model: list[str],
    typed: bytes,
    begins: bool,
) -> None:
    configured = card(tmp_path, interface)
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    with open(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        main(["latency", *QUICK, *configured, *model])
    os.close(ours)
    said = capsys.readouterr().err
    assert "Enter begins, Ctrl-C does not: " in said
    assert ("nothing was measured" in said) != begins
    assert (tmp_path / "state" / "latency").exists() == begins


def test_while_an_engine_has_the_card_nothing_is_measured(
    tmp_path: Path, interface: Interface, capsys: pytest.CaptureFixture[str], model: list[str]
) -> None:
    configured = card(tmp_path, interface)
    with engine_lock(tmp_path / "run"):
        assert main(["latency", *QUICK, *configured, *model]) == 1
    assert "another engine is running" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "text", "error"),
    [
        ("--periods", "64,7", "'7' was given; expected 8 to 4096 frames"),
        ("--periods", "", "'' was given"),
        ("--counts", "1", "'1' was given; expected 2 to 16 periods"),
        ("--restarts", "0", "expected 1 to 1000 starts"),
        ("--seconds", "0.1", "0.2"),
    ],
)
def test_options_are_checked(capsys: pytest.CaptureFixture[str], option: str, text: str, error: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["latency", option, text])
    assert ended.value.code == 2
    assert error in capsys.readouterr().err


def test_a_grid_has_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latency", "--sim", "--periods", ",".join(map(str, range(8, 28)))]) == 1
    assert "--periods and --counts make 40 settings; expected at most 32" in capsys.readouterr().err


def test_the_words_for_another_machine_mean_the_same_there() -> None:
    odd = ["--model=-odd name", "--config", "/etc/a b.toml"]
    parsed = _parser().parse_args(["latency", *QUICK, *odd, "--json", "--yes"])
    again = _parser().parse_args(["latency", *latency.words(parsed)])
    for name in ("periods", "counts", "restarts", "seconds", "model", "config", "json", "sim"):
        assert getattr(again, name) == getattr(parsed, name)


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What another machine prints; it is asked by an ssh that leaves the command in `seen`."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    for name, value in (("SEEN", tmp_path / "seen"), ("ANSWER", tmp_path / "answer")):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    return tmp_path / "answer"


def test_another_machine_s_survey_is_drawn_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Path, model: list[str]
) -> None:
    answer.write_text(json.dumps(simulated(capsys, *model)))
    picture = tmp_path / "there.png"
    assert main(["latency", "--host", "pi@pedal.local", "--periods", "64", "--picture", str(picture)]) == 0
    said = capsys.readouterr()
    assert picture.stat().st_size > 0
    assert "SIMULATED" in said.out
    assert "switch the speakers off" in said.err
    assert "from output 1 of the interface to its input 1, or between those that the pedal.toml there" in said.err
    assert "0 of 2: finding the level" in said.err
    asked = (tmp_path / "seen").read_text()
    assert asked.startswith("LC_ALL=C.UTF-8 sudo -n -u pedal -- /usr/local/bin/pedal latency --periods=64 --counts=2,3")
    assert asked.endswith("--yes --json")


@pytest.mark.parametrize("text", ['{"at": 3}', "Welcome", ""])
def test_what_is_no_survey_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Path, text: str
) -> None:
    answer.write_text(text)
    picture = tmp_path / "there.png"
    assert main(["latency", "--host", "pi@pedal.local", "--picture", str(picture)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("pedal: the survey cannot be read: ")
    assert last.endswith("; is the pedal there another version?")
    assert not picture.exists()
