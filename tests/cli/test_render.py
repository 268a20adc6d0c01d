"""`pedal render`, run in this process."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from pedal.cli.main import main

if TYPE_CHECKING:
    from tests.conftest import WriteModel

pytestmark = pytest.mark.usefixtures("kernels")

KEYS = {"samples", "sample_rate_hz", "seconds", "realtime_factor", "peak_dbfs", "model"}


@pytest.fixture
def guitar(tmp_path: Path) -> Path:
    """A tenth of a second of noise and then silence, two channels, 44.1 kHz."""
    noise = np.zeros((4_410, 2))
    noise[:2_000] = np.random.default_rng(3).uniform(-0.3, 0.3, (2_000, 2))
    soundfile.write(tmp_path / "guitar.wav", noise, 44_100, subtype="PCM_24")
    return tmp_path / "guitar.wav"


def test_figures_are_those_of_the_file_that_was_written(
    tmp_path: Path, guitar: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.wav"
    assert main(["render", str(guitar), str(out), "--model", str(write_model("Plexi")), "--json"]) == 0
    said = capsys.readouterr()
    figures = json.loads(said.out)
    sound, rate_hz = soundfile.read(out, dtype="float32")
    assert set(figures) == KEYS
    assert (figures["samples"], figures["sample_rate_hz"], figures["model"]) == (4_410, 44_100, "Plexi")
    assert (len(sound), rate_hz, sound.ndim) == (4_410, 44_100, 1)
    assert figures["seconds"] == pytest.approx(0.1)
    assert figures["realtime_factor"] > 0
    assert figures["peak_dbfs"] == pytest.approx(20 * np.log10(np.max(np.abs(sound))), abs=0.01)
    assert said.err == f"pedal: {guitar} has 2 channels; channel 1 was taken\n"


def test_another_rate_is_resampled_and_said(
    tmp_path: Path, guitar: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_model("m", rate_hz=48_000)
    assert main(["render", str(guitar), str(tmp_path / "out.wav"), "--model", str(model)]) == 0
    assert soundfile.info(tmp_path / "out.wav").samplerate == 48_000
    assert soundfile.info(tmp_path / "out.wav").frames == 4_800
    assert "has 44100 Hz; resampled to the model's 48000 Hz" in capsys.readouterr().err


def test_gains_knobs_channel_and_block(tmp_path: Path, guitar: Path, write_model: "WriteModel") -> None:
    model = write_model("m", knobs=("gain", "tone"))

    def sound(*options: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        assert main(["render", str(guitar), str(tmp_path / "out.wav"), "--model", str(model), *options]) == 0
        rendered: np.ndarray[tuple[int], np.dtype[np.float32]] = soundfile.read(tmp_path / "out.wav", dtype="float32")[
            0
        ]
        return rendered

    plain = sound()
    assert np.array_equal(sound("--block", "127"), plain)
    assert np.array_equal(sound("--knob", "GAIN=0.5", "--knob", "tone=0.5"), plain)
    assert np.max(np.abs(sound("--output-gain", "-20") - plain / 10)) < 1e-6
    assert not np.allclose(sound("--knob", "tone=1"), plain)
    assert not np.allclose(sound("--input-gain", "6"), plain)
    assert not np.allclose(sound("--channel", "2"), plain)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--knob", "gian=1"], "did you mean gain?"),
        (["--knob", "gain=1.5"], "expected 0 to 1"),
        (["--knob", "gain=loud"], "expected 0 to 1"),
        (["--channel", "3"], "expected 1 to 2"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    tmp_path: Path,
    guitar: Path,
    write_model: "WriteModel",
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    model = write_model("m", knobs=("gain",))
    assert main(["render", str(guitar), str(tmp_path / "out.wav"), "--model", str(model), *options]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--block", "0"), ("--input-gain", "nan"), ("--output-gain", "41"), ("--knob", "gain")]
)
def test_a_value_that_is_none_is_wrong_usage(guitar: Path, write_model: "WriteModel", option: str, value: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["render", str(guitar), "out.wav", "--model", str(write_model("m")), option, value])
    assert end.value.code == 2


def test_every_public_model_is_rendered_or_refused_as_its_folder_says(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, rate_hz = soundfile.read(reference / "di" / "fear.wav", frames=48_000)
    soundfile.write(tmp_path / "di.wav", sound, rate_hz, subtype="PCM_24")
    refused = set()
    for model in sorted((reference / "models").iterdir()):
        status = main(["render", str(tmp_path / "di.wav"), str(tmp_path / "out.wav"), "--model", str(model), "--json"])
        said = capsys.readouterr()
        if status:
            refused.add(model.name)
            assert len(said.err.splitlines()) == 1
        else:
            assert -60 < json.loads(said.out)["peak_dbfs"] <= 0
    assert refused == {
        "bad-html-page.json", "slimmable_container.nam", "unsupported-smartamppro.json", "wavenet-small.nam",
    }  # fmt: skip


@pytest.mark.usefixtures("places")
def test_a_model_is_named_as_everywhere_else(
    tmp_path: Path, guitar: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state" / "models").mkdir(parents=True)
    write_model("Plexi").rename(tmp_path / "state" / "models" / "Plexi.json")
    assert main(["render", str(guitar), str(tmp_path / "out.wav"), "--model", "plexi", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "Plexi"


def test_a_device_is_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "none.wav", "/dev/null", "--model", "none"]) == 1
    assert capsys.readouterr().err == (
        "pedal: recording /dev/null cannot be written: it is a device; expected the name of a file\n"
    )


def test_a_few_silent_frames_are_told_without_noughts(
    tmp_path: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(3), 44_100)
    out = tmp_path / "a\x1b[2J.wav"
    options = ["--model", str(write_model("m")), "--output-gain", "-60"]
    assert main(["render", str(tmp_path / "short.wav"), str(out), *options]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{tmp_path}/a\\x1b[2J.wav: 3 frames at 44100 Hz through m, peak -")
    assert " in 0." in told


def test_a_recording_of_less_than_a_frame_is_refused(
    tmp_path: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(1), 96_000)
    options = ["--model", str(write_model("m"))]
    assert main(["render", str(tmp_path / "short.wav"), str(tmp_path / "out.wav"), *options]) == 1
    assert "recording has 1 frames at 96000 Hz" in capsys.readouterr().err.splitlines()[-1]
