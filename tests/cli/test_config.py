"""`pedal config check`: every fault on a line of its own, with the line of the file before it."""

from pathlib import Path

import pytest

from pedal.cli.main import main


def test_a_file_that_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    file.write_text("[card]\nrate_hz = 48000\n")
    assert main(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{file}: no fault\n\npart  ")


def test_what_is_on_which_pin_is_said_of_a_file_without_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pedal.toml"
    file.write_text("[switch.D]\npin = 8\n[knob.gain]\nkind = 'potentiometer'\nturns = 'gain'\nchannel = 1\n")
    file.write_text(file.read_text() + "[led]\nclip = -1\n[screen]\naddress = 0x3d\n[chord]\n")
    assert main(["config", "check", str(file)]) == 1
    assert "knob.gain" not in capsys.readouterr().out
    file.write_text(file.read_text().replace("pin = 8", "pin = 15"))
    assert main(["config", "check", str(file)]) == 0
    note, verdict, empty, *table = capsys.readouterr().out.splitlines()
    assert note.startswith(f"{file}:2: note: switch.D.pin is pin 15: a serial console has it")
    assert (verdict, empty) == (f"{file}: no fault", "")
    assert table == [
        "part            GPIO (BCM)  header pin  what it does",
        'switch D        15          10          nothing: it has no press = "bypass" or the like',
        "switch A, B, C  none        none        replaced by the file's own [switch]",
        "knob gain       MCP3008     channel 1   turns gain",
        "knob level      none        none        replaced by the file's own [knob]",
        "led bypass      23          16          on while the effect is heard",
        "screen          2, 3        3, 5        ssd1306 on I²C bus 1, address 0x3d",
    ]


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
    verdict, _, *table = capsys.readouterr().out.splitlines()
    assert verdict == f"{file}: not there, so everything has its default"
    assert table[1] == "switch A    17               11               press bypass, long tuner"
    assert table[4:6] == [
        "chord B+C                                     favourite",
        "knob gain   5, 6, push 13    29, 31, push 33  turns gain",
    ]
    file.parent.mkdir(parents=True)
    file.write_text("[tuner]\nflat = 8\n")
    assert main(["config", "check"]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:2: tuner.flat is 8")


def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    assert main(["config", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"pedal: configuration {file} cannot be read: ")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("pin = GPIO17", "invalid value; did you mean pin = 17?"),
        ("[switch A", "expected ']' at the end of a table declaration"),
        ("pin = 3", "cannot overwrite a value; this key is there already: keep one of the two"),
    ],
)
def test_a_line_that_is_no_toml(tmp_path: Path, line: str, advice: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pedal.toml"
    file.write_text(f"[switch.A]\npin = 4\n  {line}\n[led]\n")
    assert main(["config", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        f"{file}:3: {line}: {advice}",
        f"{file}: until that is mended, nothing in it is read, and everything has its default",
    ]
