"""The table of cards, from a /proc/asound made of files."""

from pathlib import Path

import pytest

from pedal.cli.devices import show

STREAM = "A card\n\nCapture:\n  Format: S32_LE\n  Channels: 2\n  Rates: 44100, 48000\n"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc/asound with one USB card that only captures; no configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("PEDAL_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "cards").write_text(" 1 [Guitar         ]: USB-Audio - Guitar In\n     Maker Guitar In\n")
    card = tmp_path / "card1"
    (card / "pcm0c").mkdir(parents=True)
    (card / "id").write_text("Guitar\n")
    (card / "usbid").write_text("1235:8210\n")
    (card / "stream0").write_text(STREAM)
    return tmp_path


def test_cards_are_listed_and_the_choice_is_explained(proc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(proc) == 1
    out = capsys.readouterr().out
    for word in ("Guitar In", "1235:8210", "44100, 48000", "S32_LE", "none"):
        assert word in out
    assert "The engine waits: a USB card with capture and playback is not attached; found Guitar (" in out


def test_card_that_the_engine_takes(proc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (proc / "card1" / "pcm0p").mkdir()
    assert show(proc) == 0
    assert "The engine takes Guitar." in capsys.readouterr().out


def test_no_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path) == 1
    assert "No sound card is attached. Plug in" in capsys.readouterr().out


def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A pedal.toml of that text; gives its path."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "pedal").mkdir()
    (tmp_path / "pedal" / "pedal.toml").write_text(text)
    return tmp_path / "pedal" / "pedal.toml"


def test_named_pcms_are_what_the_engine_uses_without_any_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configure(tmp_path, monkeypatch, "[card]\ncapture = 'hw:Loop,1'\nplayback = 'hw:Loop,0'\n")
    assert show(tmp_path) == 0
    assert capsys.readouterr().out == (f"The engine captures from hw:Loop,1 and plays to hw:Loop,0, as {path} says.\n")


def test_a_fault_of_the_configuration_is_said_and_the_rest_of_it_holds_as_for_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(tmp_path, monkeypatch, "[card]\nrate = 1\ncapture = 'hw:1'\nplayback = 'hw:2'\n")
    assert show(tmp_path) == 0
    said = capsys.readouterr()
    assert "did you mean rate_hz?" in said.err
    assert said.out.startswith("The engine captures from hw:1 and plays to hw:2")
