"""`pedal pair check`, run in this process."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pedal.cli.main import main
from tests.train.recorded import delayed, plucks, written


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    guitar = plucks(12)
    clean = written(tmp_path / "clean.wav", guitar)
    return [str(clean), str(written(tmp_path / "amp.wav", delayed(np.tanh(4 * guitar), 96)))]


def test_lines_name_what_was_found(pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pair", "check", *pair]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("! length: 12.00 s of guitar")
    by = "(6.00 ms) after the guitar, by cross-correlation; learnt as 2 frames after, lest it come first"
    assert f"✓ delay: the amplifier comes 96 frames {by}" in lines


def test_figures_as_json_and_a_picture(pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "aligned.png"
    assert main(["pair", "check", *pair, "--json", "--picture", str(picture)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["alignment"]["taken_out_frames"] == 94
    assert (said["status"], said["alignment"]["delay_frames"], said["alignment"]["inverted"]) == (0, 96, False)
    assert {finding["mark"] for finding in said["findings"]} <= {"warning", "fine", "absent"}
    with Image.open(picture) as image:
        assert min(image.size) > 500


def test_a_rate_above_all_that_the_pedal_plays_at_is_said_and_has_its_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guitar = plucks(11, rate_hz=384_000)
    pair = [str(written(tmp_path / f"{name}.wav", guitar, 384_000)) for name in ("clean", "amp")]
    assert main(["pair", "check", *pair, "--picture", str(tmp_path / "aligned.png")]) == 1
    assert "guitar at 384000 Hz" in capsys.readouterr().out
    with Image.open(tmp_path / "aligned.png") as image:
        assert min(image.size) > 300


def test_what_cannot_be_trained_is_status_1(
    pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = written(tmp_path / "silent.wav", np.zeros(200_000))
    assert main(["pair", "check", pair[0], str(silent), "--picture", str(tmp_path / "p.png")]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("✗ level: guitar peaks at ")
    assert "was not drawn" in said.err
    assert not (tmp_path / "p.png").exists()


def test_a_file_of_an_unknown_kind_is_named(
    pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "song.wav").write_bytes(b"ID3\x04" + bytes(2_000))
    assert main(["pair", "check", pair[0], str(tmp_path / "song.wav")]) == 1
    assert "song.wav is an MP3; expected a WAV, AIFF or FLAC file" in capsys.readouterr().err
