"""What a file is, found by its contents; and files that mean harm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import ModelError
from pedal.model import formats
from tests.model.written import encoded, keras_lstm, nam, native, weights

ACCEPTED = {
    "BlackstarHT40_GainKnob.proteus.json": ("native", "lstm", 40, 2, 44_100),
    "BluesJR-FullD.neuralpi.json": ("native", "lstm", 20, 1, 44_100),
    "BossMT2_PedalHighGain.proteus.json": ("native", "lstm", 40, 1, 44_100),
    "DS1_three-inputs.json": ("native", "lstm", 20, 3, 44_100),
    "HT40_Overdrive.neuralpi.json": ("native", "lstm", 20, 2, 44_100),
    "TS9_FullD.neuralpi.json": ("native", "lstm", 20, 1, 44_100),
    "lstm-h3.nam": ("nam", "lstm", 3, 1, 48_000),
    "muff-gru32.json": ("native", "gru", 32, 1, 44_100),
    "tw40_california_clean.aidax.json": ("keras", "lstm", 12, 1, 48_000),
}
REFUSED = {
    "bad-html-page.json": "is a web page (HTML)",
    "slimmable_container.nam": "is a SlimmableContainer",
    "unsupported-smartamppro.json": "is a SmartAmpPro model",
    "wavenet-small.nam": "is a WaveNet",
}


def test_every_public_file_is_taken_or_refused_as_it_should_be(reference: Path) -> None:
    found = {path.name: path for path in (reference / "models").iterdir()}
    assert set(found) == set(ACCEPTED) | set(REFUSED)
    for name, expected in ACCEPTED.items():
        model = formats.read(found[name])
        assert (model.format, model.cell, model.hidden, model.inputs, model.sample_rate_hz) == expected
    for name, fault in REFUSED.items():
        with pytest.raises(ModelError) as refusal:
            formats.read(found[name])
        assert str(refusal.value).startswith(f"{found[name]}: {fault}")


@pytest.mark.parametrize("document", [native(weights()), keras_lstm(weights()), nam(weights())])
def test_contents_count_and_not_the_ending(tmp_path: Path, document: object) -> None:
    path = tmp_path / "model.txt"
    path.write_bytes(b"\xef\xbb\xbf\n" + encoded(document))
    assert formats.read(path).hidden == 2


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "is empty; expected a model of NeuralPi"),
        (b" \n\t", "holds only white space"),
        (b" " * 5_000 + b"{", "is not valid JSON"),
        (b"\n" * 5_000 + b"<html>", "is a web page"),
        (b"\n\n<!DOCTYPE html>", "is a web page"),
        (b"PK\x03\x04rest", "is a ZIP archive"),
        (b"RIFF....WAVE", "is a recording"),
        (b"\xff\xfe{\0}\0", "is text in UTF-16"),
        (b"[1, 2]", "is JSON, but only a list; expected a model file"),
        (b"3.5", "is JSON, but only a number"),
        (b"{}", "is JSON, but no model that we know; expected a model of NeuralPi"),
        (b'{"pedal": {}}', "has the pedal key but no weights"),
        (b'{"dilations": [1], "residual_channels": 16}', r"is a SmartAmp model \(a WaveNet\)"),
        (b'{"model_data"', "is not valid JSON .*; download it again"),
        (b'{"model_data": {"hidden_size": NaN}}', "holds NaN or Infinity; expected finite numbers"),
        (b'{"model_data": {"hidden_size": -Infinity}}', "holds NaN or Infinity"),
        (b'{"model_data": {"model": "\xff"}}', "holds text that is not UTF-8"),
        (b'{"model_data": ' + b"[" * 200_000, "is nested far too deeply|is not valid JSON"),
        (b'{"model_data": {"hidden_size": 1' + b"0" * 5_000 + b"}}", "in model_data.hidden_size|lacks"),
    ],
)
def test_other_contents_are_named(data: bytes, fault: str) -> None:
    with pytest.raises(ModelError, match=f"^m: .*({fault})") as refusal:
        formats.decode(data, "m")
    assert str(refusal.value).isprintable()


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with open(path, "wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ModelError, match=r"large.json: has 100 MB; expected at most 16 MB"):
        formats.read(path)


def test_folders_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ModelError, match=f"^{path}: is a folder or a device; expected a file"):
            formats.read(path)


@pytest.mark.parametrize("name", ["absent", "a\nb", "zero\0byte", "\udcff", "x" * 5_000])
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"cannot be read: .*; expected a model file") as refusal:
        formats.read(tmp_path / name)
    assert str(refusal.value).isprintable()


HALF_A_MILLION = 499_990
HOSTILE = {
    "brackets": b"[" * 15_999_999,
    "nested keys": b'{"model_data":' * 1_100_000,
    "nested in a part": b'{"model_data":{"a":' + b"[" * 15_000_000,
    "commas": b'{"weights":[' + b"1," * 7_900_000 + b"1]}",
    "just few enough": b'{"architecture":"LSTM","config":{"hidden_size":3},"weights":['
    + b"1," * HALF_A_MILLION
    + b"1]}",
    "lists": b'{"model_data":{"input_size":1,"hidden_size":3,"unit_type":"LSTM"},"state_dict":{"rec.weight_ih_l0":['
    + b"[]," * HALF_A_MILLION
    + b"[]]}}",
    "keys": b"{" + b",".join(b'"%d":[]' % number for number in range(HALF_A_MILLION)) + b"}",
    "one text": b'{"model_data":{"model":"' + "\N{GUITAR}".encode() * 3_900_000 + b'"}}',
    "one number": b'{"model_data":{"hidden_size":' + b"9" * 15_900_000 + b"}}",
    "one fraction": b'{"architecture":"LSTM","config":{"hidden_size":3},"weights":[0.' + b"1" * 15_900_000 + b"]}",
    "spaces": b" " * 16_000_000,
    "zeros": bytes(16_000_000),
}
READ = """
import sys
from pathlib import Path
from pedal.errors import ModelError
from pedal.model import formats
try:
    formats.read(Path(sys.argv[1]))
except ModelError as error:
    print(error)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
"""


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_answer_to_a_hostile_file_is_one_line_in_little_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(HOSTILE[kind])
    # The issue asks for an answer within a second; the limit here only says that there is one.
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    answer, kilobytes = done.stdout.splitlines()
    assert answer.startswith(f"{path}: ")
    assert answer.isprintable()
    assert len(answer) < 400
    assert int(kilobytes) < 200_000
