"""Control's settings: their defaults, what a file may say, and that every fault is told with its line."""

import tomllib
from pathlib import Path

import pytest

from pedal.config import CONTROL_SECTIONS, CardConfig, Config, shipped
from pedal.control.settings import (
    ChordSettings,
    KnobSettings,
    ScreenSettings,
    Settings,
    SwitchSettings,
    load,
    read,
)
from pedal.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration to be written to."""
    return tmp_path / "pedal.toml"


def faults(file: Path, text: str) -> list[str]:
    """What is said of a file with this text, each fault with its line before it."""
    file.write_text(text)
    return [f"{fault.line}: {fault.text}" for fault in read(file).faults]


def test_the_engine_knows_the_sections_of_control() -> None:
    assert Settings._fields == CONTROL_SECTIONS


def test_shipped_file_says_every_default() -> None:
    path = shipped("pedal.toml")
    assert load(path) == (Config(), Settings())
    sections = tomllib.loads(path.read_text())
    assert tuple(sections) == (*Config._fields, *Settings._fields)
    for name in ("gpio", "led", "screen", "tuner", "models"):
        assert tuple(sections[name]) == getattr(Settings(), name)._fields
    for switch in sections["switch"].values():
        assert tuple(switch) == SwitchSettings._fields
    assert set().union(*sections["knob"].values()) | {"channel"} == set(KnobSettings._fields)


def test_the_examples_in_the_shipped_file_are_fine(file: Path) -> None:
    """A table that is commented out, its first line a header in brackets."""
    lines = shipped("pedal.toml").read_text().splitlines()
    start = lines.index("# [knob.level]")
    example = "\n".join(line.removeprefix("# ") for line in lines[start : start + 4])
    file.write_text(example)
    assert load(file)[1].knob == {"level": KnobSettings("potentiometer", "level", channel=0)}


def test_what_a_file_leaves_out_has_its_default(file: Path) -> None:
    file.write_text("[card]\nrate_hz = 48000\n[screen]\nsleep_s = 0\naddress = 0x3d\n")
    assert load(file) == (
        Config(CardConfig(rate_hz=48_000)),
        Settings(screen=ScreenSettings(sleep_s=0.0, address=61)),
    )


def test_any_switch_replaces_all_and_the_chords_that_need_others(file: Path) -> None:
    file.write_text("[switch]\nleft = { pin = 5, long = 'select 12' }\n[knob]\n")
    settings = load(file)[1]
    assert settings.switch == {"left": SwitchSettings(5, "none", "select 12")}
    assert settings.chord == ()
    assert settings.knob == {}


def test_switches_of_the_same_names_keep_the_default_chord(file: Path) -> None:
    file.write_text("[switch]\nB = { pin = 4 }\nC = { pin = 14 }\n")
    assert load(file)[1].chord == Settings().chord


def test_any_chord_replaces_all(file: Path) -> None:
    file.write_text("[chord]\n' A + C ' = 'mute'\nA+B = 'none'\n".replace("A+B", '"A+B"'))
    assert load(file)[1].chord == (ChordSettings(("A", "C"), "mute"), ChordSettings(("A", "B"), "none"))


def test_an_empty_section_is_none_of_them(file: Path) -> None:
    file.write_text("[switch]\n[chord]\n[knob]\n")
    settings = load(file)[1]
    assert (settings.switch, settings.chord, settings.knob) == ({}, (), {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[gpio]\nfactory = 'lgpoi'\n",
            "2: gpio.factory is 'lgpoi', expected one of auto, lgpio, rpigpio, none (did you",
        ),
        ("[switch]\nA = 3\n", "2: switch.A is 3, expected a section [switch.A] with pin = 3"),
        ("[switch]\nA = 'x'\n", "2: switch.A is 'x', expected a section [switch.A]"),
        ("[switch]\npin = 3\n", "2: switch.pin is 3, expected it in a section with a name, such as [switch.A]"),
        ("[knob]\nx = 3\n", "2: knob.x is 3, expected a section [knob.x]"),
        ("switch = 3\n", "1: switch is 3, expected sections [switch.NAME]"),
        ("[switch.A]\npress = 'next'\n", "1: switch.A.pin is missing, expected a BCM pin number from 0 to 27"),
        ("[switch.A]\npin = 28\n", "2: switch.A.pin is 28, expected a BCM pin number from 0 to 27"),
        ("[switch.A]\npin = true\n", "2: switch.A.pin is true, expected a BCM pin"),
        (
            "[switch.A]\npin = 40\n",
            "2: switch.A.pin is 40, expected a BCM pin number from 0 to 27 (header pin 40 is GPIO21)",
        ),
        ("[switch.A]\npin = 39\n", "(header pin 39 is GND)"),
        ("[switch.A]\npin = 41\n", "expected a BCM pin number from 0 to 27"),
        (
            "[switch.A]\npin = '17'\n",
            "2: switch.A.pin is '17', expected a BCM pin number from 0 to 27 (write 17, without quotes)",
        ),
        ("[switch.A]\npin = 'GPIO17'\n", "(write 17, without quotes)"),
        ("[switch.A]\npin = 'gpio 36'\n", "is 'gpio 36', expected a BCM pin number from 0 to 27"),
        ("[led]\nclip = 37\n", "or -1 for none (header pin 37 is GPIO26)"),
        ("[led]\nclip = '-1'\n", "(write -1, without quotes)"),
        ("[screen]\naddress = '0x3c'\n", "(write 0x3c, without quotes)"),
        ("[screen]\naddress = '3c'\n", "(write 0x3c, without quotes)"),
        ("[screen]\nsleep_s = '1.5'\n", "(write 1.5, without quotes)"),
        ("[engine]\nlock_memory = 'True'\n", "expected true or false (write true, without quotes)"),
        ("[switch.A]\npin = 4\npres = 'x'\n", "3: switch.A.pres is unknown, did you mean press?"),
        ("[switch.A]\npin = 4\npress = 'bypas'\n", "3: switch.A.press is 'bypas', expected one of bypass, next,"),
        ("[switch.A]\npin = 4\nlong = 'tunr'\n", "or select 1 to select 999 (did you mean tuner?)"),
        ("[switch.A]\npin = 4\nlong = 'select 0'\n", "3: switch.A.long is 'select 0', expected one of"),
        ("[switch.A]\npin = 4\nlong = 'select 1000'\n", "3: switch.A.long is 'select 1000', expected one of"),
        ("[switch.'A+B']\npin = 4\n", "1: switch.A+B has another name than expected: letters, digits, - and _"),
        (
            "[chord]\nB = 'next'\n",
            "2: chord.B is no chord, expected two of the switches A, B, C, joined by +; or delete",
        ),
        ("[chord]\n'B+D' = 'next'\n", "2: chord.B+D is no chord, expected two of the switches A, B, C,"),
        ("[chord]\n'B+B' = 'next'\n", "2: chord.B+B is no chord"),
        ("[chord]\n'A+B+C' = 'next'\n", "2: chord.A+B+C is no chord"),
        ("[chord]\n'A+B' = 'next'\n'B+A' = 'mute'\n", "3: chord.B+A is there twice, expected each pair once"),
        ("[chord]\n'A+B' = 'nxt'\n", "2: chord.A+B is 'nxt', expected one of"),
        ("chord = []\n", "1: chord is [], expected a section [chord]"),
        ("[knob.x]\nturns = 'gain'\n", "1: knob.x.kind is missing, expected one of encoder, potentiometer"),
        ("[knob.x]\nkind = 'encoder'\n", "1: knob.x.turns is missing, expected one of gain, level, knob_2, input"),
        ("[knob.x]\nkind = 'encoder'\npins = [5, 5]\n", "3: knob.x.pins is [5, 5], expected a list of two different"),
        ("[knob.x]\nkind = 'encoder'\npins = [5]\n", "3: knob.x.pins is [5], expected a list of two different BCM"),
        ("[knob.x]\nkind = 'encoder'\npins = [36, 38]\n", "(header pin 36 is GPIO16, header pin 38 is GPIO20)"),
        ("[knob.x]\nkind = 'encoder'\npins = ['GPIO5', '6']\n", "(write [5, 6], without quotes)"),
        ("[knob.x]\nkind = 'encoder'\npins = '[5, 6]'\n", "(write [5, 6], without quotes)"),
        ("[knob.x]\nkind = 'encoder'\nedges = 3\n", "3: knob.x.edges is 3, expected 4 or 2 edges a detent"),
        (
            "[knob.x]\nkind = 'encoder'\npush = -2\n",
            "3: knob.x.push is -2, expected a BCM pin number from 0 to 27, or -1",
        ),
        (
            "[knob.x]\nkind = 'encoder'\nchannel = 8\n",
            "3: knob.x.channel is 8, expected a channel of the MCP3008 from 0",
        ),
        ("led = 1\n", "1: led is 1, expected a section [led]"),
        ("[led]\nclip = 1.0\n", "2: led.clip is 1.0, expected a BCM pin number from 0 to 27, or -1 for none"),
        (
            "[screen]\naddress = 0x78\n",
            "2: screen.address is 120, expected an I²C address from 8 to 119 (0x08 to 0x77)",
        ),
        ("[screen]\nrotate = 90\n", "2: screen.rotate is 90, expected 0 or 180 degrees"),
        ("[screen]\nrotate = false\n", "2: screen.rotate is false, expected 0 or 180 degrees"),
        ("[screen]\nbrightness = 101\n", "2: screen.brightness is 101, expected a whole number from 0 to 100 percent"),
        ("[screen]\nsleep_s = nan\n", "2: screen.sleep_s is nan, expected a number from 0 to 86400 seconds"),
        ("[screen]\noverlay_s = inf\n", "2: screen.overlay_s is inf, expected a number from 0.2 to 10 seconds"),
        ("[screen]\noverlay_s = true\n", "2: screen.overlay_s is true, expected a number"),
        ("[tuner]\nreference_hz = 400\n", "2: tuner.reference_hz is 400, expected a number from 415 to 466 Hz"),
        ("[tuner]\nflat = 7\n", "2: tuner.flat is 7, expected a whole number from 0 to 6 semitones"),
        ("[tuner]\nsound = 'wet'\n", "2: tuner.sound is 'wet', expected one of mute, dry"),
        (
            "[models]\nfavourites = ['a']\n",
            "2: models.favourites is ['a'], expected a list of the names of two different",
        ),
        ("[models]\nfavourites = ['a', 'a']\n", "2: models.favourites is ['a', 'a'], expected a list of the names"),
        ("[models]\nfavourites = 'ab'\n", "2: models.favourites is 'ab', expected a list of the names of two"),
        (
            "[models]\nloudness = 'eve'\n",
            "2: models.loudness is 'eve', expected one of even, original (did you mean even?)",
        ),
        ("[models]\nboost_db = 20.5\n", "2: models.boost_db is 20.5, expected a number from 0 to 20 dB"),
    ],
)
def test_one_fault(file: Path, text: str, expected: str) -> None:
    assert any(expected in fault for fault in faults(file, text)), faults(file, text)


def test_each_fault_is_told_once(file: Path) -> None:
    """A key that is wrong is not missing as well, and a switch that is wrong is no unknown part of a chord."""
    text = "[knob.x]\nkind = 'encoder'\nturns = 'gain'\npins = [5]\n[switch.A]\npin = 99\n[switch.B]\npin = 4\n"
    said = faults(file, text + "[chord]\n'A+B' = 'next'\n")
    assert [fault.split()[0:2] for fault in said] == [["4:", "knob.x.pins"], ["6:", "switch.A.pin"]]


def test_every_fault_is_told_in_one_line_in_the_order_of_the_file(file: Path) -> None:
    file.write_text("[tuner]\nflat = 9\n[card]\nrate_hz = 1\n\n[gpoi]\n[models]\nboost_db = -1\n")
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert str(refused.value) == (
        f"configuration {file}: line 2: tuner.flat is 9, expected a whole number from 0 to 6 semitones; "
        "line 4: card.rate_hz is 1, expected a whole number from 8000 to 192000 Hz; "
        "line 6: gpoi is unknown, did you mean gpio?; "
        "line 8: models.boost_db is -1, expected a number from 0 to 20 dB"
    )


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("[switch.A]\npin = 8\n", ["2: switch.A.pin is pin 8: the SPI bus has it, which the installation switches on"]),
        (
            "[led]\nclip = 14\nbypass = 1\n",
            ["2: led.clip is pin 14: a serial console", "3: led.bypass is pin 1: boards"],
        ),
        ("[knob.x]\nkind = 'encoder'\nturns = 'gain'\npins = [12, 9]\n", ["4: knob.x.pins is pin 9: the SPI bus"]),
        ("[screen]\ndriver = 'none'\n[switch.A]\npin = 2\n", ["4: switch.A.pin is pin 2: the I²C bus has it"]),
        ("[knob.x]\nkind = 'potentiometer'\nturns = 'gain'\nchannel = 7\n", []),
        ("", []),
    ],
)
def test_a_pin_that_is_probably_not_free_is_used_and_noted(file: Path, text: str, notes: list[str]) -> None:
    file.write_text(text)
    found = read(file)
    assert found.faults == []
    assert load(file)[1] == found.settings
    assert len(found.notes) == len(notes)
    for note, beginning in zip(found.notes, notes, strict=True):
        assert f"{note.line}: {note.text}".startswith(beginning)
        assert note.text.endswith("; better take another")


@pytest.mark.parametrize("text", ["[card\n", "a = 1\na = 2\n"])
def test_not_toml(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"^configuration .* cannot be read: line \d, "):
        read(file)


def test_missing_file(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[switch.A]\npin = 4\n[switch.B]\npin = 4\n", ["4: switch.B.pin is pin 4, which switch.A.pin has; expected"]),
        ("[switch.A]\npin = 5\n", ["2: switch.A.pin is pin 5, which knob.gain.pins has; expected a pin of its own"]),
        ("[led]\nbypass = 17\n", ["2: led.bypass is pin 17, which switch.A.pin has"]),
        ("[led]\nbypass = 25\nclip = 25\n", ["3: led.clip is pin 25, which led.bypass has"]),
        ("[led]\nbypass = 2\n", ["2: led.bypass is pin 2, which the screen's I²C bus 1 has"]),
        ("[led]\nbypass = 2\n[screen]\nbus = 3\n", []),
        ("[led]\nbypass = 3\n[screen]\ndriver = 'none'\n", []),
        ("[led]\nbypass = 8\n", []),
        (
            "[knob.x]\nkind = 'potentiometer'\nturns = 'gain'\nchannel = 0\n[switch.A]\npin = 11\n",
            ["6: switch.A.pin is pin 11, which the potentiometers' SPI bus has"],
        ),
        (
            "[knob.x]\nkind = 'encoder'\nturns = 'gain'\npins = [5, 6]\npush = 6\n",
            ["5: knob.x.push is pin 6, which knob.x.pins has"],
        ),
        (
            "[knob.x]\nkind = 'encoder'\nturns = 'gain'\n",
            ["1: knob.x.pins is missing; a knob of the kind encoder"],
        ),
        (
            "[knob.x]\nkind = 'potentiometer'\nturns = 'gain'\npush = 4\n",
            ["1: knob.x.channel is missing", "4: knob.x.push is 4, expected none because its kind is potentiometer"],
        ),
        (
            "[knob.x]\nkind = 'potentiometer'\nturns = 'gain'\nchannel = 0\npins = [5, 6]\n",
            ["5: knob.x.pins is [5, 6], expected none because its kind is potentiometer"],
        ),
        (
            "[knob.x]\nkind = 'encoder'\nturns = 'gain'\npins = [5, 6]\nchannel = 2\n",
            ["5: knob.x.channel is 2, expected none because its kind is encoder"],
        ),
        (
            "[knob]\nx={kind='potentiometer',turns='gain',channel=1}\ny={kind='potentiometer',turns='input',channel=1}",
            ["3: knob.y.channel is channel 1, which knob.x.channel has; expected a channel of its own"],
        ),
    ],
)
def test_contradictions(file: Path, text: str, expected: list[str]) -> None:
    said = faults(file, text)
    assert len(said) == len(expected), said
    for fault, beginning in zip(said, expected, strict=True):
        assert fault.startswith(beginning)


@pytest.mark.parametrize("section", ["switch", "chord", "knob"])
def test_a_section_that_is_none_does_not_bring_the_default_ones_back(file: Path, section: str) -> None:
    file.write_text(f"{section} = 3\n")
    found = read(file)
    assert len(found.faults) == 1
    assert len(getattr(found.settings, section)) == 0
