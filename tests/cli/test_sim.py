"""`pedal sim` from end to end: the real engine as a child process, on a real clock."""

import json
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
def test_the_shipped_guitar_and_model_are_told_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
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
