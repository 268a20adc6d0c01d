"""`pedal sim` as it is called: what it refuses before it plays, what it says afterwards, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.image
import numpy as np
import pytest
import soundfile

from pedal.cli.main import main
from pedal.link import Link

if TYPE_CHECKING:
    from tests.conftest import WriteModel

pytestmark = pytest.mark.usefixtures("places")

SIM = [sys.executable, "-m", "pedal", "sim"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that it says instead of playing."""
    assert main(["sim", "--headless", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, said.err
    return said.err


def test_a_guitar_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--guitar", "none.wav")
    assert said == "pedal: recording none.wav is missing or not a file; give the path of a WAV file\n"


@pytest.mark.usefixtures("kernels")
def test_a_model_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--model", "simulated-overdrve")
    assert "model 'simulated-overdrve' is neither a file nor in " in said
    assert "did you mean simulated-overdrive" in said


@pytest.mark.usefixtures("kernels")
def test_a_model_that_cannot_be_played_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{}")
    said = refused(capsys, "--model", str(tmp_path / "broken.json"))
    assert said.startswith("pedal: broken is refused: ")


def test_every_fault_of_a_script_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--press", "1:X 9:A", "--seconds", "2")
    assert "1:X: switch X is unknown" in said
    assert "9:A: it would be after the end, 2 s" in said


def test_a_script_is_for_the_pedal_that_is_configured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "pedal.toml").write_text('[switch.left]\npin = 4\npress = "bypass"\n')
    said = refused(capsys, "--press", "1:A", "--config", str(tmp_path / "pedal.toml"))
    assert "switch A is unknown, expected one of left" in said


def test_a_configuration_with_faults_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "pedal.toml").write_text("[card]\nperiod_frames = 'many'\n")
    assert "card.period_frames is 'many'" in refused(capsys, "--config", str(tmp_path / "pedal.toml"))


def test_faults_of_ones_own_configuration_are_said_and_played_over(
    capsys: pytest.CaptureFixture[str], places: Path
) -> None:
    own = places / "config" / "pedal" / "pedal.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[tuner]\nflat = 9\n[switch.left]\npin = 4\n")
    assert main(["sim", "--headless", "--press", "1:A"]) == 1
    fault, script = capsys.readouterr().err.splitlines()
    assert fault.startswith(f"pedal: configuration {own}: line 2: tuner.flat is 9, expected")
    assert "switch A is unknown, expected one of left" in script


def test_ears_are_for_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--capture and --playback are for ears" in refused(capsys, "--capture", "hw:1")


@pytest.mark.parametrize("option", ["--out", "--picture", "--screens"])
@pytest.mark.parametrize(("name", "kind"), [("pipe", "a pipe|not a folder"), ("file/out", "not a folder")])
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    name: str,
    kind: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("file").write_text("")
    said = refused(capsys, "--guitar", "none.wav", option, name)
    assert any(words in said for words in kind.split("|"))


@pytest.mark.usefixtures("kernels")
def test_how_it_went_is_told_in_plain_lines_with_a_picture(tmp_path: Path, write_model: "WriteModel") -> None:
    soundfile.write(tmp_path / "two.wav", np.random.default_rng(2).uniform(-0.2, 0.2, (44_100, 2)), 44_100)
    model, picture = write_model("Plexi", rate_hz=48_000), tmp_path / "new" / "out.png"
    options = ["--guitar", str(tmp_path / "two.wav"), "--model", str(model), "--picture", str(picture)]
    ran = subprocess.run([*SIM, "--seconds", "1", *options], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert ran.returncode == 0, ran.stderr
    lines = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert list(lines) == [
        "played", "pressed", "models", "latency", "load", "xruns", "input", "output", "written",
    ]  # fmt: skip
    assert lines["pressed"] == "0 s A   0.28 s A   0.52 s C   0.76 s A~"
    assert "Plexi" in lines["models"]
    assert lines["latency"].endswith("the buffers hold 128 frames")
    assert lines["output"].count("dBFS") == 2
    assert ran.stderr.splitlines() == [
        f"pedal: {tmp_path / 'two.wav'} has 2 channels; channel 1 was taken",
        "pedal: Plexi.json was made for 48000 Hz and plays as it is at 44100 Hz: it sounds different",
    ]
    assert matplotlib.image.imread(picture).ndim == 3


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    link, process = started(tmp_path)
    engine = int(link.get("process"))
    process.send_signal(number)
    process.communicate()
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert list(tmp_path.glob("pedal-sim-*")) == []
    assert not Path(f"/proc/{engine}").exists()
    link.close()


@pytest.mark.usefixtures("kernels")
def test_an_engine_that_dies_is_an_error(tmp_path: Path) -> None:
    link, process = started(tmp_path)
    os.kill(int(link.get("process")), signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 1
    assert out == ""
    assert err.splitlines()[-1].startswith("pedal: the engine ended by SIGKILL: pedal engine: ")
    link.close()


@pytest.mark.usefixtures("kernels")
def test_a_state_folder_that_is_given_is_kept_and_its_model_played(tmp_path: Path) -> None:
    state, titles = tmp_path / "mine", []
    for options in (["--press", "0.1:C"], ["--press", ""]):
        command = [*SIM, "--seconds", "1", "--state", str(state), "--json", *options]
        ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert ran.returncode == 0, ran.stderr
        titles.append([title for _, title in json.loads(ran.stdout)["models"] if title])
    assert len(titles[0]) == 2
    assert titles[1] == titles[0][1:]


@pytest.mark.usefixtures("kernels")
def test_potentiometers_can_be_turned(tmp_path: Path) -> None:
    state, toml = tmp_path / "mine", tmp_path / "pedal.toml"
    toml.write_text('[knob.volume]\nkind = "potentiometer"\nturns = "level"\nchannel = 3\n')
    command = [*SIM, "--seconds", "3", "--state", str(state), "--config", str(toml), "--press", "0.1:volume+16"]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stderr) == (0, "")
    settings = json.loads((state / "state.json").read_text())["settings"]
    assert [setting["level_db"] for setting in settings.values()] == [12.0]  # from the middle past 0 dB to the end


def started(folder: Path) -> "tuple[Link, subprocess.Popen[str]]":
    """A simulator that plays, its temporary folder in this one, and its link."""
    process = subprocess.Popen(
        [*SIM, "--headless", "--seconds", "60"], env=os.environ | {"TMPDIR": str(folder)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (found := list(folder.glob("pedal-sim-*/run/link"))):
        assert process.poll() is None
        os.sched_yield()
    link = Link(found[0])
    while link.get("ring_frames") < 2_000:
        assert process.poll() is None
        os.sched_yield()
    return link, process
