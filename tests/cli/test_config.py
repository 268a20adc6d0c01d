"""`pedal config check`: every fault on a line of its own, with the line of the file before it."""

from pathlib import Path

import pytest

from pedal.cli.main import main


def test_a_file_that_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    file.write_text("[card]\nrate_hz = 48000\n")
    assert main(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: fine\n"


def test_each_fault_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    file.write_text("[card]\nrate_hz = 4\n\n[led]\n'a\\u001bb' = 3\n".replace("'", '"'))
    assert main(["config", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    first, second = said.out.splitlines()
    assert first == f"{file}:2: card.rate_hz is 4, expected a whole number from 8000 to 192000 Hz"
    assert second.startswith(f"{file}:5: led.a\\x1bb is unknown")


def test_the_users_own_file(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = places / "config" / "pedal" / "pedal.toml"
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"{file}: not there, so everything has its default\n"
    file.parent.mkdir(parents=True)
    file.write_text("[tuner]\nflat = 8\n")
    assert main(["config", "check"]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:2: tuner.flat is 8")


@pytest.mark.parametrize("text", [None, "[card\n"])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    if text:
        file.write_text(text)
    assert main(["config", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"pedal: configuration {file} cannot be read: ")
    assert len(said.err.splitlines()) == 1
