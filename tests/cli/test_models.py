"""`pedal models`, as it is typed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pedal.cli.main import main
from pedal.control import rack
from pedal.control.rack import Entry, Rack
from pedal.model import formats, reference
from tests.model.written import encoded, keras_lstm, nam, native, weights

Written = Callable[[str, bytes], Path]


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a configuration of one's own would be; there is none yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "pedal").mkdir(parents=True)
    return tmp_path / "config" / "pedal" / "pedal.toml"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_check_says_one_line_a_file(written: Written, capsys: pytest.CaptureFixture[str], places: Path) -> None:
    good = written("good.json", encoded(native(weights(3, 2), name="Good")))
    faster = written("faster.nam", encoded(nam(weights(2))))
    bad = written("bad.json", b"<html>")
    assert main(["models", "check", str(good), str(faster)]) == 0
    plain, noted = capsys.readouterr().out.splitlines()
    assert plain == f"accepted  {good}: NeuralPi/Proteus LSTM 3, 2 inputs (guitar, gain), 44100 Hz"
    assert noted.startswith(
        f"accepted  {faster}: NAM LSTM 2, 1 input (guitar), 48000 Hz, -18.5 dBFS, plays as it is at the card's 44100"
    )
    assert main(["models", "check", str(bad), str(good), str(places / "absent")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["refused", "accepted", "refused"]
    assert lines[0].startswith(f"refused   {bad}: is a web page (HTML)")
    assert lines[2].startswith(f"refused   {places / 'absent'}: cannot be read: No such file")


@pytest.mark.usefixtures("places")
def test_check_says_what_the_file_knows_of_itself(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    path = written("m.json", encoded(native(weights(3), loudness_dbfs=-20.25, esr=0.01234567, licence="CC0-1.0")))
    assert main(["models", "check", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        ": NeuralPi/Proteus LSTM 3, 1 input (guitar), 44100 Hz, -20.2 dBFS, ESR 0.01235, licence CC0-1.0\n"
    )


@pytest.mark.usefixtures("places")
def test_the_rate_is_held_against_the_configured_card(
    written: Written, configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow, fast = written("slow.json", encoded(native(weights()))), written("fast.nam", encoded(nam(weights())))
    configuration.write_text("[card]\nrate_hz = 48000\n")
    assert main(["models", "check", str(slow), str(fast)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "plays as it is at the card's 48000 Hz" in first
    assert "plays as it is" not in second
    assert main(["models", "show", str(slow)]) == 0
    assert "the card's 48000 Hz" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("places")
def test_a_broken_configuration_is_said_and_does_not_stop_the_check(
    written: Written, configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.write_text("[card]\nrate_hz = 5\n")
    assert main(["models", "check", str(written("fast.nam", encoded(nam(weights()))))]) == 0
    said = capsys.readouterr()
    assert "plays as it is at the card's 44100 Hz" in said.out
    assert "card.rate_hz is 5" in said.err


@pytest.mark.usefixtures("places")
def test_check_says_once_that_no_kernel_replayed_the_selftests(
    written: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = np.linspace(-0.5, 0.5, 64)
    document = native(weights(2))
    pair = {"input": sound.tolist(), "output": reference.run(formats.decode(encoded(document), "m"), sound)[0].tolist()}
    tested = str(written("tested.json", encoded(document | {"pedal": {"selftest": pair}})))
    untested = str(written("untested.json", encoded(document)))
    monkeypatch.setenv("PEDAL_KERNELS", str(tmp_path / "none"))
    assert main(["models", "check", untested]) == 0
    assert capsys.readouterr().err == ""
    assert main(["models", "check", tested, tested]) == 0
    said = capsys.readouterr().err
    assert "self-tests were not replayed by the compiled kernels" in said
    assert said.count("`pedal kernel build`") == 1


def test_show_says_everything(written: Written, capsys: pytest.CaptureFixture[str], places: Path) -> None:
    document = keras_lstm(weights(2), in_gain=6, metadata={"name": "[red]Amp", "license": "CC0", "esr": 0.0123})
    sound = np.linspace(-0.5, 0.5, 64)
    plain = formats.decode(encoded(keras_lstm(weights(2))), "m")
    document |= {"input_batch": sound.tolist(), "output_batch": reference.run(plain, sound)[0].tolist()}
    path = written("amp.aidax", encoded(document))
    assert main(["models", "show", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for part in (
        "[red]Amp",
        "CC0",
        "AIDA-X",
        "LSTM, 2 units",
        "1: guitar",
        "48000 Hz",
        "+6.0 dB in",
        "0.0123",
        "64 samples",
    ):
        assert part in said
    assert main(["models", "show", "nothing-like-it"]) == 1
    assert "pedal: model 'nothing-like-it' is neither a file nor in" in capsys.readouterr().err
    assert places.is_dir()


def test_list_shows_the_folder(written: Written, capsys: pytest.CaptureFixture[str], places: Path) -> None:
    folder = places / "state" / "models"
    folder.mkdir(parents=True)
    assert main(["models", "list"]) == 0
    assert f"there are no models in {folder}" in capsys.readouterr().out
    written("state/models/Lead.json", encoded(native(weights(3))))
    written("state/models/Broken.json", b"")
    assert main(["models", "list"]) == 1
    lead, broken = capsys.readouterr().out.splitlines()
    assert broken.startswith("Broken  refused: ")
    assert lead == "Lead    NeuralPi/Proteus LSTM 3, 1 input (guitar), 44100 Hz"


def test_list_follows_the_set_list_and_shows_what_was_measured(
    written: Written, capsys: pytest.CaptureFixture[str], places: Path
) -> None:
    (places / "state" / "models").mkdir(parents=True)
    words = {}
    for seed, name in enumerate(("Bass", "Clean", "Heavy", "Lead", "New")):
        path = written(f"state/models/{name}.json", encoded(native(weights(3, seed=seed))))
        words[name] = int(hashlib.sha256(path.read_bytes()).hexdigest()[:16], 16)
    (places / "state" / "setlist.txt").write_text("Lead\n# clean\nBass\n")
    lead = Entry("Lead", "Lead", "Lead.json", words["Lead"], loudness_lkfs=-17.6, trim_db=-2.4, load=0.0149)
    heavy = Entry("Heavy", "Heavy", "Heavy.json", words["Heavy"], load=0.63, refused="x", reason="takes 63 % of it")
    stale = Entry("Bass", "Bass", "Bass.json", 1, trim_db=9.0, load=0.5)
    rack.write(places / "state" / "rack.json", Rack("tag", 44_100, 64, (lead, stale, heavy)))
    assert main(["models", "list"]) == 1
    what = "NeuralPi/Proteus LSTM 3, 1 input (guitar), 44100 Hz"
    assert capsys.readouterr().out.splitlines() == [
        f"Lead   {what}, trim -2.4 dB, takes 1.5 %",
        f"Bass   {what}",
        f"New    {what}",
        f"Clean  {what}, not in the set",
        "Heavy  refused: takes 63 % of it",
    ]
    assert main(["models", "show", "lead"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "loudness -17.6 LKFS for the test guitar; trim -2.4 dB" in said
    assert "takes 1.5 % of the period (64 frames at 44100 Hz) on this processor" in said
    assert main(["models", "show", "heavy"]) == 0
    assert "refused takes 63 % of it" in " ".join(capsys.readouterr().out.split())
    assert main(["models", "show", "new"]) == 0
    assert "measured not yet" in " ".join(capsys.readouterr().out.split())


def test_a_damaged_rack_is_said_and_left_to_control(
    written: Written, capsys: pytest.CaptureFixture[str], places: Path
) -> None:
    (places / "state" / "models").mkdir(parents=True)
    written("state/models/Lead.json", encoded(native(weights(3))))
    path = written("state/rack.json", b"{")
    for command in (["list"], ["show", "lead"]):
        assert main(["models", *command]) == 0
        assert f"pedal: {path} is damaged: Input data was truncated" in capsys.readouterr().err
    assert path.read_bytes() == b"{"


def test_two_files_of_one_name_are_both_listed(
    written: Written, capsys: pytest.CaptureFixture[str], places: Path
) -> None:
    (places / "state" / "models").mkdir(parents=True)
    for seed, ending in enumerate(("json", "aidax")):
        written(f"state/models/{('Lead', 'lead')[seed]}.{ending}", encoded(native(weights(3, seed=seed))))
    assert main(["models", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["Lead", "lead"]
