"""`pedal models`, as it is typed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pedal.cli.main import main
from pedal.model import formats, reference
from tests.model.written import encoded, keras_lstm, nam, native, weights

Written = Callable[[str, bytes], Path]


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
    assert plain == f"accepted  {good}: NeuralPi LSTM 3, 2 inputs (guitar, gain), 44100 Hz"
    assert noted.startswith(
        f"accepted  {faster}: NAM LSTM 2, 1 input (guitar), 48000 Hz, plays as it is at the card's 44100"
    )
    assert main(["models", "check", str(bad), str(good), str(places / "absent")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["refused", "accepted", "refused"]
    assert lines[0].startswith(f"refused   {bad}: is a web page (HTML)")
    assert lines[2].startswith(f"refused   {places / 'absent'}: cannot be read: No such file")


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
    broken, lead = capsys.readouterr().out.splitlines()
    assert broken.startswith("Broken  refused: ")
    assert lead == "Lead    NeuralPi LSTM 3, 1 input (guitar), 44100 Hz"
