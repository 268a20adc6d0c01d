"""One model file on trial, by the real kernels."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.control.rack import Entry, Knob
from pedal.kernel.library import Library
from pedal.kernel.packed import packed_path
from pedal.measure import audition
from pedal.measure.trial import recalled, refused, tried
from pedal.model import formats, reference
from tests.model.written import encoded, nam, native, weights

if TYPE_CHECKING:
    from tests.conftest import WriteModel

CARD = CardConfig()


def word_of(path: Path) -> int:
    return int(hashlib.sha256(path.read_bytes()).hexdigest()[:16], 16)


def test_a_good_one_is_described_measured_and_packed(
    write_model: "WriteModel", tmp_path: Path, kernels: Library
) -> None:
    path = write_model("Plexi", knobs=("Gain",), rate_hz=48_000)
    entry = tried(path, CARD, tmp_path, kernels)
    assert (entry.name, entry.title, entry.file, entry.word) == ("Plexi", "Plexi", "Plexi.json", word_of(path))
    assert (entry.rate_hz, entry.knobs, entry.refused, entry.reason) == (48_000, (Knob("Gain"),), "", "")
    heard = audition.hear(formats.read(path), kernels)
    assert entry.loudness_lkfs == pytest.approx(heard.loudness_lkfs, abs=0.01)
    assert entry.trim_db == pytest.approx(audition.trim_db(heard), abs=0.01)
    assert entry.load > 0.0
    assert packed_path(tmp_path, kernels.tag, entry.word).is_file()


def test_the_title_is_the_models_own_name_in_letters_that_can_be_drawn(tmp_path: Path, kernels: Library) -> None:
    path = tmp_path / "amp.nam"
    path.write_bytes(encoded(nam(weights(2), metadata={"name": " My\tAmp\x1b[31m "})))
    entry = tried(path, CARD, tmp_path, kernels)
    assert (entry.name, entry.title) == ("amp", "My Amp [31m")


@pytest.mark.parametrize(
    ("data", "short", "reason"),
    [
        (b"<html>", "is a web page", "is a web page (HTML), not the file behind it; expected"),
        (None, "is a folder or a device", "is a folder or a device; expected a file"),
        (
            encoded(native(weights(2), selftest={"input": [0.1, 0.2], "output": [5.0, 5.0]})),
            "fails its own self-test",
            "fails its own self-test: its sound is off by",
        ),
    ],
)
def test_a_refused_one_says_why_shortly_and_in_full(
    tmp_path: Path, kernels: Library, data: bytes | None, short: str, reason: str
) -> None:
    path = tmp_path / "a: b, c.json"
    path.mkdir() if data is None else path.write_bytes(data)
    entry = tried(path, CARD, tmp_path, kernels)
    assert (entry.name, entry.refused, entry.load) == ("a: b, c", short, 0.0)
    assert entry.reason.startswith(reason)
    assert not (tmp_path / "packed").exists()


def test_one_that_is_too_heavy_is_refused_with_the_figure_and_not_packed(
    write_model: "WriteModel", tmp_path: Path, kernels: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audition, "MOST_LOAD", 0.0)
    entry = tried(write_model("m"), CARD, tmp_path, kernels)
    assert entry.refused == f"takes {100 * entry.load:.0f} % of the period"
    assert entry.reason == f"{entry.refused} on this processor; expected at most 0 %"
    assert not (tmp_path / "packed").exists()


def test_a_disturbance_while_it_was_measured_is_not_the_models_fault(
    write_model: "WriteModel", tmp_path: Path, kernels: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = [0.9, 0.3]
    monkeypatch.setattr(audition, "load", lambda *_: shares.pop(0))
    assert tried(write_model("m"), CARD, tmp_path, kernels).load == 0.3
    shares += [0.9, 0.7, 0.8, 0.1]
    assert tried(write_model("n", seed=2), CARD, tmp_path, kernels).refused == "takes 70 % of the period"


def test_one_that_cannot_be_packed_is_tried_again(write_model: "WriteModel", tmp_path: Path, kernels: Library) -> None:
    (tmp_path / "packed").write_text("in the way")
    entry = tried(write_model("m"), CARD, tmp_path, kernels)
    assert (entry.refused, entry.load) == ("cannot be packed", 0.0)
    assert "see to the disk" in entry.reason


def test_what_was_measured_is_recalled_under_its_new_name(
    write_model: "WriteModel", tmp_path: Path, kernels: Library
) -> None:
    path = write_model("Plexi")
    known = Entry("Old", "Old", "Old.json", word_of(path), trim_db=-3.0, load=0.2)
    titled = msgspec.structs.replace(known, title="Plexi 1959")
    for entry, title in ((known, "Plexi"), (titled, "Plexi 1959")):
        found = recalled(path, {known.word: entry}, tmp_path, kernels)
        assert found == Entry("Plexi", title, "Plexi.json", known.word, trim_db=-3.0, load=0.2)
    assert recalled(write_model("New", seed=2), {known.word: known}, tmp_path, kernels) is None
    assert recalled(tmp_path / "gone.json", {known.word: known}, tmp_path, kernels) is None


def test_what_is_recalled_is_packed_again_where_that_was_lost(
    write_model: "WriteModel", tmp_path: Path, kernels: Library
) -> None:
    path = write_model("m")
    entry = tried(path, CARD, tmp_path, kernels)
    packed = packed_path(tmp_path, kernels.tag, entry.word)
    whole = packed.read_bytes()
    for damaged in (b"", whole[:-4], whole[:-1] + bytes([whole[-1] ^ 1])):
        packed.write_bytes(damaged)
        assert recalled(path, {entry.word: entry}, tmp_path, kernels) == entry
        assert packed.read_bytes() == whole
    packed.unlink()
    heavy = refused(entry, "takes 63 % of the period on this processor; expected at most 40 %")
    assert recalled(path, {entry.word: heavy}, tmp_path, kernels) == heavy
    assert not packed.exists()


def test_a_self_test_is_replayed_by_the_kernel(
    tmp_path: Path, kernels: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = formats.decode(encoded(native(weights(2))), "m")
    sound = np.linspace(-0.5, 0.5, 64)
    pair = {"input": sound.tolist(), "output": reference.run(model, sound)[0].tolist()}
    path = tmp_path / "m.json"
    path.write_bytes(encoded(native(weights(2), selftest=pair)))
    assert tried(path, CARD, tmp_path, kernels).refused == ""
    monkeypatch.setattr(audition, "SELFTEST_TOLERANCE", 0.0)  # which no float32 player meets
    assert tried(path, CARD, tmp_path, kernels).refused.startswith("the compiled kernel is off by")
