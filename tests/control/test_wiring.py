"""A pedal whose pedal.toml has faults: what is good holds, and nothing is opened that may be wired otherwise."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal import config
from pedal.config import CardConfig, Config, EngineConfig
from pedal.control.settings import (
    KNOBS,
    SWITCHES,
    ChordSettings,
    KnobSettings,
    LedSettings,
    Settings,
    SwitchSettings,
    TunerSettings,
    load,
    playable,
)
from pedal.errors import ConfigError

GAIN = "[knob.x]\nkind = 'encoder'\nturns = 'gain'\npins = [5, 6]\n"
DARK = LedSettings(-1, -1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration to be written to."""
    return tmp_path / "pedal.toml"


def played(file: Path, text: str) -> Settings:
    """Control's part of what the pedal plays with; there is a fault, and whoever is strict refuses it."""
    file.write_text(text)
    _, settings, faults = playable(file)
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert str(refused.value) == f"configuration {file}: {'; '.join(faults).replace(f'configuration {file}: ', '')}"
    return settings


def test_one_fault_leaves_everything_else_as_it_is_written(file: Path) -> None:
    file.write_text(
        "[card]\nrate_hz = 48000\nperiods = 'x'\n[engine]\ncpu = 2\n[tuner]\nflat = 9\nsound = 'dry'\n"
        "[switch.left]\npin = 4\n[led]\nbypass = 25\n"
    )
    settings = Settings(
        switch={"left": SwitchSettings(4)}, chord=(), led=LedSettings(25, 24), tuner=TunerSettings(sound="dry")
    )
    assert playable(file) == (
        Config(CardConfig(rate_hz=48_000), EngineConfig(cpu=2)),
        settings,
        [
            f"configuration {file}: line 3: card.periods is 'x', expected a whole number from 2 to 16 periods",
            f"configuration {file}: line 7: tuner.flat is 9, expected a whole number from 0 to 6 semitones",
        ],
    )


@pytest.mark.parametrize(
    "fault", ["pin = 28", "pni = 4", "pin = 4\npress = 'bypas'", "pin = 4\nlong = 1", "pin = 4\npres = 'next'", ""]
)
def test_a_switch_with_a_fault_is_left_out_with_its_chord(file: Path, fault: str) -> None:
    text = f"[switch.B]\n{fault}\n[switch.C]\npin = 22\n[switch.D]\npin = 12\n"
    settings = played(file, text + "[chord]\n'B+C' = 'mute'\n'C+D' = 'boost'\n")
    assert settings.switch == {"C": SwitchSettings(22), "D": SwitchSettings(12)}
    assert settings.chord == (ChordSettings(("C", "D"), "boost"),)
    assert settings.knob == KNOBS
    assert played(file, text).chord == ()


def test_the_default_switches_and_knobs_do_not_come_back(file: Path) -> None:
    settings = played(file, "[switch.A]\npin = 'x'\n[knob.gain]\nkind = 'encoder'\n")
    assert (settings.switch, settings.chord, settings.knob, settings.led) == ({}, (), {}, DARK)


@pytest.mark.parametrize("fault", ["push = 28", "edges = 3", "channel = 2", "puhs = 4", "pins = [5, 5]"])
def test_a_knob_with_a_fault_is_left_out(file: Path, fault: str) -> None:
    text = GAIN.replace("pins = [5, 6]", "") if "pins" in fault else GAIN
    settings = played(file, f"{text}{fault}\n[knob.y]\nkind = 'potentiometer'\nturns = 'input'\nchannel = 1\n")
    assert settings.knob == {"y": KnobSettings("potentiometer", "input", channel=1)}
    assert settings.switch == SWITCHES


def test_a_chord_with_a_fault_is_left_out(file: Path) -> None:
    settings = played(file, "[chord]\n'A+B' = 'nxt'\n'A+C' = 'mute'\n")
    assert settings.chord == (ChordSettings(("A", "C"), "mute"),)
    assert (settings.switch, settings.led) == (SWITCHES, LedSettings())


@pytest.mark.parametrize(
    ("text", "lights"),
    [
        ("[led]\nbypass = 28\nclip = 25\n", LedSettings(-1, 25)),
        ("[led]\nbypass = 28\n", DARK),
        ("[led]\nbypas = 12\nclip = 25\n", LedSettings(-1, 25)),
        ("led = 3\n", DARK),
        ("[leds]\nbypass = 12\n", DARK),
        ("[swich.A]\npin = 23\n", DARK),
        ("[switch.A]\npin = '23'\n[led]\nclip = 25\n", LedSettings(-1, 25)),
        ("[screen]\nrotate = 90\n[gpio]\nfactory = 1\n", LedSettings()),
    ],
)
def test_no_light_comes_on_where_the_file_may_have_meant_something_else(
    file: Path, text: str, lights: LedSettings
) -> None:
    assert played(file, text).led == lights


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # Of two in the file the later one is left out.
        ("[switch.A]\npin = 4\n[switch.B]\npin = 4\n[switch.C]\npin = 4\n", {"A", "gain", "level"}),
        (f"{GAIN}[switch.A]\npin = 6\n", {"A"}),
        (f"{GAIN}push = 6\n", {"A", "B", "C"}),
        (f"{GAIN}[knob.y]\nkind = 'encoder'\nturns = 'level'\npins = [6, 12]\n", {"A", "B", "C", "x"}),
        (
            "[knob]\nx={kind='potentiometer',turns='gain',channel=1}\ny={kind='potentiometer',turns='input',channel=1}",
            {"A", "B", "C", "x"},
        ),
        # The pins of a bus are given.
        ("[switch.A]\npin = 2\n[switch.B]\npin = 4\n", {"B", "gain", "level"}),
        ("[led]\nclip = 3\n", {"A", "B", "C", "gain", "level"}),
        # A default one gives way to what the file says.
        ("[switch.A]\npin = 5\n", {"A", "level"}),
        ("[led]\nclip = 17\n", {"B", "C", "clip", "gain", "level"}),
        ("[switch.A]\npin = 23\n[switch.B]\npin = 24\n[knob]\n", {"A", "B"}),
        # What has a fault of its own takes no pin from another.
        ("[switch.A]\npin = 4\npress = 'x'\n[switch.B]\npin = 4\n[knob]\n", {"B"}),
    ],
)
def test_of_two_with_the_same_pin_one_is_left_out(file: Path, text: str, left: set[str]) -> None:
    settings = played(file, text)
    lights = {name for name, pin in settings.led._asdict().items() if pin >= 0}
    assert {*settings.switch, *settings.knob, *lights} == left


@pytest.mark.parametrize(
    "text",
    [
        "[card]\ncapture = 'hw:1'\nperiods = 4\n",
        "[card]\nplayback = 'hw:1'\nperiods = 4\n",
        "[card]\ncapture = 'hw:1'\nplayback = 3\nperiods = 4\n",
    ],
)
def test_one_direction_alone_is_none(file: Path, text: str) -> None:
    file.write_text(text)
    found, _, faults = playable(file)
    assert found == Config(CardConfig(periods=4))
    assert len(faults) == 1


@pytest.mark.parametrize("text", ["prefill_periods = 4", "prefill_periods = 16\nperiods = 8", "periods = 0"])
def test_a_prefill_that_does_not_fit_is_the_default_one(file: Path, text: str) -> None:
    file.write_text(f"[card]\nname = 'USB'\n{text}\n")
    found, _, faults = playable(file)
    assert found == Config(CardConfig("USB"))
    assert len(faults) == 1


def test_a_file_that_is_not_there_is_no_fault(file: Path) -> None:
    assert playable(file) == (Config(), Settings(), [])
    assert config.playable(file) == (Config(), [])


@pytest.mark.parametrize("data", [b"[card\n", b"\xff", b"x = " + b"[" * 5000, b"#" * 70_000])
def test_a_file_that_cannot_be_read_is_the_defaults_without_lights(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    found, settings, faults = playable(file)
    assert (found, settings) == (Config(), Settings(led=DARK))
    assert [fault[: 14 + len(str(file))] for fault in faults] == [f"configuration {file}"]
    assert config.playable(file) == (Config(), faults)


def test_a_folder_that_fails_is_a_fault(tmp_path: Path) -> None:
    """A name that no file system takes, as root may read everything else."""
    path = tmp_path / ("x" * 300) / "pedal.toml"
    assert playable(path)[2] == [f"configuration {path} cannot be read: File name too long"]
    assert config.playable(path) == (Config(), playable(path)[2])


LINES = st.sampled_from(
    [
        *("[card]", "[engine]", "[switch.A]", "[switch.B]", "[knob.x]", "[knob]", "[led]", "[chord]", "[zzz]"),
        *(
            "periods = 2",
            "periods = 9",
            "prefill_periods = 3",
            "capture = 'a'",
            "playback = 'b'",
            "cpu = 1",
            "cpu = 'x'",
        ),
        *(
            "pin = 4",
            "pin = 23",
            "pin = 99",
            "press = 'next'",
            "press = 3",
            "bypass = 4",
            "clip = 12",
            "'A+B' = 'mute'",
        ),
        *("kind = 'encoder'", "kind = 'potentiometer'", "turns = 'gain'", "pins = [4, 12]", "push = 4", "channel = 1"),
    ]
)


@given(st.lists(LINES, max_size=12, unique=True))
def test_whatever_it_says_the_engine_and_control_agree_and_no_pin_is_used_twice(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "pedal.toml"
    file.write_text("\n".join(chosen))
    found, settings, faults = playable(file)
    assert config.playable(file)[0] == found
    assert found.card.prefill_periods <= found.card.periods
    assert bool(found.card.capture) == bool(found.card.playback)
    pins = [switch.pin for switch in settings.switch.values()]
    for knob in settings.knob.values():
        assert bool(knob.pins) == (knob.kind == "encoder")
        assert (knob.channel >= 0) == (knob.kind == "potentiometer")
        pins += [*knob.pins, knob.push]
    pins = [pin for pin in (*pins, *settings.led) if pin >= 0]
    assert sorted(set(pins)) == sorted(pins)
    assert not set(pins) & {2, 3}
    assert {name for chord in settings.chord for name in chord.switches} <= settings.switch.keys()
    if not faults:
        assert load(file) == (found, settings)
