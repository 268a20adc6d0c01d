"""`pedal sim` from end to end: the real engine as a child process, on a real clock."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.image
import numpy as np
import pytest
import soundfile

from pedal.cli.main import main

if TYPE_CHECKING:
    from tests.conftest import WriteModel


@pytest.mark.usefixtures("kernels", "places")
def test_a_guitar_is_bypassed_and_then_goes_through_the_model(
    tmp_path: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(2).uniform(-0.2, 0.2, 30_000)
    soundfile.write(tmp_path / "guitar.wav", noise, 44_100, subtype="PCM_24")
    options = ["--guitar", str(tmp_path / "guitar.wav"), "--model", str(write_model("Plexi"))]
    options += ["--out", str(tmp_path / "out.wav"), "--picture", str(tmp_path / "out.png")]
    assert main(["sim", "--seconds", "2", "--json", *options]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["model"], figures["seconds"], figures["resets"]) == ("Plexi", 2.0, 0)
    assert 0.0 < figures["load_mean"] <= figures["load_peak"]

    # Bypassed: the guitar itself, that many frames later. A busy machine may have lost some of it, hence not all.
    sound, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    stomp, later = round(figures["stomp_seconds"] * 44_100), figures["latency_frames"]
    assert 0 < stomp < 88_200
    assert later == figures["buffer_frames"] == 128
    guitar = np.resize(soundfile.read(tmp_path / "guitar.wav", dtype="float32")[0], 88_200)
    same = sound[later : later + len(guitar)] == guitar[: len(sound) - later]
    assert np.mean(same[2_205:stomp]) > 0.5
    assert np.mean(same[stomp + 4_410 :]) < 0.01
    assert matplotlib.image.imread(tmp_path / "out.png").ndim == 3


@pytest.mark.usefixtures("kernels", "places")
def test_the_shipped_guitar_and_model_are_told_in_plain_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The player's own configuration is about another card, and broken at that.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "pedal").mkdir()
    (tmp_path / "pedal" / "pedal.toml").write_text("[card]\nperiod_frames = 'many'\n")
    assert main(["sim", "--seconds", "1"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == ["played", "latency", "load", "xruns", "input", "output"]
    assert lines["played"].startswith("1.0 s of guitar, from ")
    assert lines["latency"].endswith("the buffers hold 128 frames")
    assert lines["output"].count("dBFS") == 2


@pytest.mark.usefixtures("places")
def test_a_guitar_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str], write_model: "WriteModel") -> None:
    assert main(["sim", "--guitar", "none.wav", "--model", str(write_model("m"))]) == 1
    assert (
        capsys.readouterr().err == "pedal: recording none.wav is missing or not a file; give the path of a WAV file\n"
    )


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("option", ["--out", "--picture"])
@pytest.mark.parametrize(("name", "kind"), [("", "a folder"), ("pipe", "a pipe"), ("file/out", "not a folder")])
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
    assert main(["sim", "--model", "none", "--guitar", "none.wav", option, name]) == 1
    said = capsys.readouterr().err
    assert kind in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("kernels", "places")
def test_a_models_rate_and_a_guitars_channels_are_said(
    tmp_path: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "two.wav", np.zeros((44_100, 2)), 44_100)
    model = write_model("m", rate_hz=48_000)
    assert main(["sim", "--seconds", "1", "--guitar", str(tmp_path / "two.wav"), "--model", str(model)]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"pedal: {model} was made for 48000 Hz and plays as it is at 44100 Hz: it sounds different",
        f"pedal: {tmp_path / 'two.wav'} has 2 channels; channel 1 was taken",
    ]
    assert "input      silence" in said.out.splitlines()
