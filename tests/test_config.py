"""The configuration: its defaults, and that every fault in a file is told at once."""

import os
import tomllib
from pathlib import Path

import pytest

from pedal.config import CardConfig, Config, EngineConfig, Places, load, places, playable, shipped
from pedal.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration to be written to."""
    return tmp_path / "pedal.toml"


def test_shipped_file_says_every_default() -> None:
    path = shipped("pedal.toml")
    assert load(path) == Config()
    sections = tomllib.loads(path.read_text())
    written = [(section, key) for section in Config._fields for key in sections[section]]
    assert written == [(name, key) for name, group in Config()._asdict().items() for key in group._fields]


def test_what_a_file_leaves_out_has_its_default(file: Path) -> None:
    file.write_text("[card]\nname = 'USB'\noutputs = [1, 2]\n")
    assert load(file) == Config(CardConfig(name="USB", outputs=(1, 2)), EngineConfig())


def test_the_sections_of_control_are_not_read(file: Path) -> None:
    file.write_text("gpio = 3\n[switch]\nA = 'nonsense'\n[screen]\nwidth = nan\n")
    assert load(file) == Config()


def test_the_mark_that_some_editors_put_before_it_is_no_part_of_it(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[card]\nname = 'USB'\n")
    assert load(file) == Config(CardConfig(name="USB"))


def test_empty_file_is_the_default(file: Path) -> None:
    file.write_text("")
    assert load(file) == Config()


def test_every_fault_is_told_in_one_line(file: Path) -> None:
    file.write_text(
        "[card]\nperiod_frame = 32\nrate_hz = 'fast'\nperiods = true\noutputs = [0]\nformat = 'S8'\n"
        "[engine]\npriority = 100\nlock_memory = 1\n[engin]\n"
    )
    with pytest.raises(ConfigError) as refused:
        load(file)
    text = str(refused.value)
    assert "\n" not in text
    for part in (
        str(file),
        "card.period_frame is unknown, did you mean period_frames?",
        "card.rate_hz is 'fast', expected a whole number from 8000 to 192000",
        "card.periods is true, expected a whole number from 2 to 16",
        "card.outputs is [0], expected a list of channel numbers from 1 to 32",
        "card.format is 'S8', expected one of auto, S32_LE",
        "engine.priority is 100, expected a whole number from 0 to 99",
        "engine.lock_memory is 1, expected true or false",
        "engin is unknown, did you mean engine?",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[card]\nprefill_periods = 4\n", "card.prefill_periods is 4, expected at most card.periods, 3"),
        ("[card]\ncapture = 'hw:1'\n", "card.playback is empty"),
        ("[card]\nplayback = 'hw:1'\n", "card.capture is empty"),
        ("card = 3\n", "card is 3, expected a section [card]"),
        ("[zzz]\n", "zzz is unknown, expected one of card, engine, gpio"),
        ("[card\n", "cannot be read: line 1, '[card': expected ']' at the end of a table declaration"),
        ("[card]\r\n\r\n rate_hz = x # y\r\n", "cannot be read: line 3, 'rate_hz = x # y': invalid value"),
        ("[card]\nrate_hz =", "cannot be read: line 2, 'rate_hz =': invalid value"),
        ("[card]\noutputs = [1\n\n", "cannot be read: line 2, 'outputs = [1': unclosed array"),
        ("[card]\nname = 1\n", "card.name is 1, expected a printable name in quotes"),
        ('[card]\nname = "\\u001b[31m"\n', r"card.name is '\x1b[31m', expected a printable name in quotes"),
        (
            '[card]\ncapture = "hw:\\u0000x"\nplayback = "hw:1"\n',
            r"card.capture is 'hw:\x00x', expected printable text in quotes",
        ),
        ("[card]\nformat = ['S8']\n", "card.format is ['S8'], expected one of"),
        ("[card]\noutputs = 1\n", "card.outputs is 1, expected a list"),
        ("[card]\nperiod_frames = 4\n", "expected a whole number from 8 to 4096 frames"),
        ("[card]\nformat = 'S32LE'\n", "(did you mean S32_LE?)"),
        ("[scren]\n", "scren is unknown, did you mean screen?"),
    ],
)
def test_one_fault(file: Path, text: str, expected: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"^configuration ") as refused:
        load(file)
    assert expected in str(refused.value)


def test_the_players_own_plays_whatever_it_says(file: Path) -> None:
    file.write_text("[card]\nname = 'USB'\nperiods = 2\nprefill_periods = 3\ncapture = 'hw:1'\n[engine]\ncpu = 'x'\n")
    config, faults = playable(file)
    assert config == Config(CardConfig("USB"))
    assert [fault.removeprefix(f"configuration {file}: ").split(", ")[0] for fault in faults] == [
        "engine.cpu is 'x'",
        "card.prefill_periods is 3",
        "card.playback is empty",
    ]


def test_a_key_that_is_wrong_is_not_empty_as_well(file: Path) -> None:
    file.write_text("[card]\ncapture = 'hw:1'\nplayback = 1\n")
    assert playable(file) == (
        Config(),
        [f"configuration {file}: card.playback is 1, expected printable text in quotes"],
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xfe", "is not UTF-8 text, in line 1; save it as UTF-8"),
        (b"[card]\n# M\xfcller\n", "is not UTF-8 text, in line 2"),
        (b"\0", "cannot be read"),
        (b"x = " + b"[" * 5000, "is nested too deeply"),
        (b"#" * 65_537, "is 65537 bytes; expected a file of at most 65536 bytes"),
    ],
)
def test_not_a_configuration(file: Path, data: bytes, reason: str) -> None:
    file.write_bytes(data)
    with pytest.raises(ConfigError, match=reason):
        load(file)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (Path("/dev/zero"), tmp_path, tmp_path / "fifo"):
        with pytest.raises(ConfigError, match="is a folder or a device; expected a file"):
            load(path)


def test_a_long_value_is_shown_in_part(file: Path) -> None:
    file.write_text(f"[card]\nrate_hz = '{'4' * 10_000}'\n{'x' * 10_000} = 1\n")
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert len(str(refused.value)) < 1000


def test_missing_file(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(file)


def test_places_of_the_service() -> None:
    found = places({}, user="pedal")
    assert found.config == Path("/etc/pedal/pedal.toml")
    assert found.state == Path("/var/lib/pedal")
    assert found.link == Path("/run/pedal/link")


def test_places_of_anyone_who_runs_what_is_installed() -> None:
    for prefix in ("/opt/pedal/releases/1+ab", "/opt/pedal/current"):
        found = places({"HOME": "/home/eva"}, user="eva", prefix=prefix)
        assert found == places({}, user="pedal", prefix=prefix)
        assert found.kernels == Path(prefix) / "kernels"
    assert places({"HOME": "/home/eva"}, user="eva", prefix="/opt/pedals").state == Path("/home/eva/.local/share/pedal")


def test_places_of_anyone_else() -> None:
    found = places({"HOME": "/home/eva", "XDG_RUNTIME_DIR": "/run/user/1000", "XDG_DATA_HOME": "/data"}, user="eva")
    assert found.config == Path("/home/eva/.config/pedal/pedal.toml")
    assert found.state == Path("/data/pedal")
    assert found.kernels == Path("/home/eva/.cache/pedal")
    assert found.run == Path("/run/user/1000/pedal")


def test_places_by_override() -> None:
    found = places({"PEDAL_STATE": "/s", "PEDAL_KERNELS": "/k", "PEDAL_RUN": "/r"}, user="pedal")
    assert (found.state, found.kernels, found.run) == (Path("/s"), Path("/k"), Path("/r"))


def test_run_folder_of_ones_own(tmp_path: Path) -> None:
    environment = {"HOME": "/home/eva", "TMPDIR": str(tmp_path)}
    assert places(environment, user="eva").run == tmp_path / f"pedal-{os.getuid()}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder that belongs to another user")
def test_run_folder_that_another_user_made_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pedal-0"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(ConfigError, match="belongs to another user"):
        places({"HOME": "/", "TMPDIR": str(tmp_path)}, user="eva")


def test_shipped_models_are_found() -> None:
    assert shipped("models").is_dir()


def test_a_child_finds_the_same_places(tmp_path: Path) -> None:
    here = Places(tmp_path / "pedal.toml", tmp_path / "state", tmp_path / "kernels", tmp_path / "run")
    assert places(here.environment, "somebody")._replace(config=here.config) == here
