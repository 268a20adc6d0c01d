"""Models installed, rolled back and removed, by the real kernels; and what is refused, which changes nothing."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.config import Config, Places
from pedal.control import rack
from pedal.errors import LinkError, ModelError
from pedal.kernel.library import Library
from pedal.kernel.packed import packed_path
from pedal.link import saved_words, words_text
from pedal.measure import audition
from pedal.measure.admission import admit
from pedal.measure.installation import Installation
from pedal.measure.removal import remove
from pedal.model.library import word_of
from pedal.model.turns import turn
from tests.model.written import encoded, keras_lstm, nam, native, weights

if TYPE_CHECKING:
    from tests.conftest import WriteModel

CLEAN, LEAD, SOLO = (encoded(native(weights(3, seed=seed))) for seed in (1, 2, 3))


class Pedal:
    """A state folder with two models, and what is done to it."""

    def __init__(self, folder: Path, kernels: Library) -> None:
        self.where = Places(folder / "pedal.toml", folder / "state", kernels.path.parent, folder / "run")
        self.where.models.mkdir(parents=True)
        self.kernels = kernels
        self.installation = Installation(self.where, Config(), kernels, patience_s=0.0)
        for name, data in (("Clean", CLEAN), ("Lead", LEAD)):
            (self.where.models / f"{name}.json").write_bytes(data)
        self.admit()

    def admit(self) -> list[str]:
        """One pass; gives what it said."""
        said: list[str] = []
        admit(self.where, Config(), self.kernels, said.append)
        return said

    @property
    def kept(self) -> dict[str, bytes]:
        """Every file that is worth something, and what it holds."""
        files = [path for path in self.where.state.rglob("*") if path.is_file() and path.name != "admission.lock"]
        kept = {str(path.relative_to(self.where.state)): path.read_bytes() for path in files}
        return {name: data for name, data in kept.items() if not name.startswith("packed/")}

    @property
    def models(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.where.models.iterdir()}

    @property
    def words(self) -> dict[str, int]:
        """By their names, those that play."""
        return {entry.name: entry.word for entry in rack.read(self.where.rack).rack.entries if not entry.refused}

    def is_packed(self, data: bytes) -> bool:
        return packed_path(self.where.state, self.kernels.tag, word_of(data)).is_file()


@pytest.fixture
def pedal(tmp_path: Path, kernels: Library) -> Pedal:
    return Pedal(tmp_path, kernels)


def test_a_new_one_is_tried_stored_packed_and_in_the_rack(pedal: Pedal) -> None:
    entry, replaced, unchanged = pedal.installation.install("Solo", SOLO)
    assert (entry.name, entry.file, entry.word, replaced, unchanged) == (
        "Solo",
        "Solo.json",
        word_of(SOLO),
        False,
        False,
    )
    assert 0.0 < entry.load < audition.MOST_LOAD
    assert entry.loudness_lkfs is not None
    assert pedal.models == {"Clean.json": CLEAN, "Lead.json": LEAD, "Solo.json": SOLO}
    assert pedal.words == {"Clean": word_of(CLEAN), "Lead": word_of(LEAD), "Solo": word_of(SOLO)}
    assert pedal.is_packed(SOLO)


def test_nothing_is_left_for_admission_but_the_set_list(pedal: Pedal) -> None:
    pedal.installation.install("Solo", SOLO)
    before = pedal.kept
    assert pedal.admit() == []
    after = pedal.kept
    assert after.pop("setlist.txt") == before.pop("setlist.txt") + b"Solo\n"
    racks = [json.loads(files.pop("rack.json")) for files in (before, after)]
    assert [made.pop("listed") is None for made in racks] == [False, False]
    assert racks[0] == racks[1]
    assert before == after


@pytest.mark.parametrize(
    ("data", "file"),
    [(SOLO, "Lead.json"), (encoded(nam(weights(2))), "Lead.nam"), (encoded(keras_lstm(weights(2))), "Lead.aidax")],
)
def test_one_of_the_same_name_is_replaced_and_kept(pedal: Pedal, data: bytes, file: str) -> None:
    entry, replaced, _ = pedal.installation.install("lead", data)
    assert (entry.name, replaced) == ("Lead", True)
    assert pedal.models == {"Clean.json": CLEAN, file: data}
    assert pedal.kept["previous/Lead.json"] == LEAD
    assert pedal.words == {"Clean": word_of(CLEAN), "Lead": word_of(data)}
    assert pedal.is_packed(LEAD)  # the engine plays it until control has looked


def test_the_same_once_more_changes_nothing(pedal: Pedal) -> None:
    pedal.installation.install("Lead", SOLO)
    before = pedal.kept
    entry, _, unchanged = pedal.installation.install("Lead", SOLO)
    assert (entry.word, unchanged) == (word_of(SOLO), True)
    assert pedal.kept == before


def test_rolled_back_and_forth(pedal: Pedal) -> None:
    pedal.installation.install("Lead", SOLO)
    for data, other in ((LEAD, SOLO), (SOLO, LEAD), (LEAD, SOLO)):
        assert pedal.installation.roll_back("LEAD").entry.word == word_of(data)
        assert (pedal.models["Lead.json"], pedal.kept["previous/Lead.json"]) == (data, other)
        assert pedal.words["Lead"] == word_of(data)
        assert pedal.is_packed(data)


def test_what_has_no_version_before_is_not_rolled_back(pedal: Pedal) -> None:
    before = pedal.kept
    with pytest.raises(ModelError, match="model 'Lead' has no version before"):
        pedal.installation.roll_back("Lead")
    with pytest.raises(ModelError, match=r"model 'Laed' is not there; did you mean Lead\?"):
        pedal.installation.roll_back("Laed")
    assert pedal.kept == before


def test_a_version_before_that_cannot_be_played_any_more_stays_where_it_is(
    pedal: Pedal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pedal.installation.install("Lead", SOLO)
    before = pedal.kept
    monkeypatch.setattr(audition, "MOST_LOAD", 0.0)
    with pytest.raises(ModelError, match=r"Lead: takes .* % of the period on this processor; expected at most 0 %"):
        pedal.installation.roll_back("Lead")
    assert pedal.kept == before


def test_a_removed_one_comes_back_under_its_own_name(pedal: Pedal) -> None:
    remove("LEAD", pedal.where)
    assert pedal.models == {"Clean.json": CLEAN}
    assert pedal.installation.roll_back("lead").entry.name == "Lead"
    assert pedal.models == {"Clean.json": CLEAN, "Lead.json": LEAD}


def document(**changes: object) -> bytes:
    found = native(weights(3))
    found["model_data"]["skip"] = 0
    found["state_dict"] |= changes
    return encoded(found)


REFUSED = {
    "nothing": (b"", "is empty"),
    "a web page": (b"<html>", "is a web page"),
    "half of it": (LEAD[: len(LEAD) // 2], "is not valid JSON"),
    "noise": (bytes(range(256)) * 100, "is not valid JSON"),
    "zeros": (bytes(100_000), "is not valid JSON"),
    "too deep": (b'{"layers":' + b"[" * 1_000_000, "Lead: "),
    "deep and whole": (b'{"layers":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "Lead: "),
    "no number": (document(**{"lin.bias": [float("nan")]}), "Lead: "),
    "no end": (document(**{"lin.bias": [float("inf")]}), "Lead: "),
    "silence": (document(**{"lin.weight": [[0.0] * 3], "lin.bias": [0.0]}), "puts out silence"),
    "another sound": (
        encoded(native(weights(3), selftest={"input": [0.1, 0.2], "output": [5.0, 5.0]})),
        "fails its own self-test",
    ),
    "too big": (encoded(native(weights(200))), "Lead: "),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_leaves_everything_as_it_was(pedal: Pedal, what: str) -> None:
    data, told = REFUSED[what]
    before = pedal.kept
    for name in ("Lead", "New"):
        with pytest.raises(ModelError) as refused:
            pedal.installation.install(name, data)
        assert str(refused.value).startswith(f"{name}: ")
        assert told.replace("Lead", name) in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1
    assert pedal.kept == before
    assert pedal.is_packed(LEAD)


@pytest.mark.parametrize("name", ["../Lead", "a/b", "", ".x", "a\nb", "$(reboot)", "x" * 65])
def test_names_that_are_none(pedal: Pedal, name: str) -> None:
    before = pedal.kept
    with pytest.raises(ModelError, match="expected 1 to 64 letters, digits"):
        pedal.installation.install(name, SOLO)
    assert pedal.kept == before


def test_two_at_once(pedal: Pedal) -> None:
    with turn(pedal.where.state, "`pedal models install` of Solo"):
        before = pedal.kept
        for change in (
            lambda: pedal.installation.install("Lead", SOLO),
            lambda: pedal.installation.roll_back("Lead"),
            lambda: remove("Lead", pedal.where, patience_s=0.0),
        ):
            with pytest.raises(
                ModelError, match=r"being changed by `pedal models install` of Solo \(process \d+\); try"
            ):
                change()
        assert pedal.kept == before


def test_what_a_pulled_plug_has_left_is_put_in_order_by_the_next_pass(pedal: Pedal) -> None:
    """The new file with its other ending was there; the old one had not gone yet."""
    leaving = pedal.where.state / "previous" / ".leaving"
    leaving.mkdir(parents=True)
    (leaving / "Lead.json").write_bytes(LEAD)
    data = encoded(nam(weights(2)))
    (pedal.where.models / "Lead.nam").write_bytes(data)
    said = pedal.admit()
    assert [line.split(":")[0] for line in said] == ["Lead.nam plays"]
    assert pedal.models == {"Clean.json": CLEAN, "Lead.nam": data}
    assert pedal.kept["previous/Lead.json"] == LEAD


def test_nothing_of_a_removed_one_is_left_to_start_from(pedal: Pedal) -> None:
    pedal.where.words.write_bytes(words_text({"model": word_of(LEAD), "level_db": -3.0}))
    remove("Lead", pedal.where)
    assert saved_words(pedal.where.words) == {"model": 0, "level_db": -3.0}
    assert pedal.words == {"Clean": word_of(CLEAN)}
    assert not pedal.is_packed(LEAD)
    assert pedal.is_packed(CLEAN)
    assert "Lead" in pedal.where.setlist.read_text()  # its place, should it come back
    assert pedal.admit() == []


def test_the_last_one_may_go_too(pedal: Pedal) -> None:
    for name in ("Lead", "Clean"):
        remove(name, pedal.where)
    assert (pedal.models, pedal.words) == ({}, {})
    assert pedal.admit() == []
    assert (pedal.models, pedal.words) == ({}, {})


def test_a_copy_of_it_under_another_name_goes_on(pedal: Pedal) -> None:
    pedal.installation.install("Copy", LEAD)
    pedal.where.words.write_bytes(words_text({"model": word_of(LEAD)}))
    remove("Lead", pedal.where)
    assert pedal.is_packed(LEAD)
    assert saved_words(pedal.where.words) == {"model": word_of(LEAD)}


def test_damaged_words_are_no_obstacle(pedal: Pedal) -> None:
    pedal.where.words.write_bytes(b"{")
    remove("Lead", pedal.where)
    with pytest.raises(LinkError):
        saved_words(pedal.where.words)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True).returncode
    ):
        pytest.skip("a disk can only be mounted by root, where containers permit it")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(small_disk: Path, kernels: Library, write_model: "WriteModel") -> None:
    """With more and more room, until there is enough: at every size either all of it is done, or nothing."""
    data = write_model("Big", hidden=16).read_bytes()
    pedal = Pedal(small_disk, kernels)
    before, done, tries = pedal.kept, False, 0
    while not done:
        room = 4096 * tries
        with open(small_disk / "filler", "wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(small_disk).free - room)
        try:
            pedal.installation.install("Lead", data)
            done = True
        except ModelError as error:
            assert "No space left on device" in str(error)
            assert pedal.kept == before
            assert pedal.words["Lead"] == word_of(LEAD)
        (small_disk / "filler").unlink()
        shutil.rmtree(pedal.where.state / "previous", ignore_errors=True)
        packed_path(pedal.where.state, kernels.tag, word_of(data)).unlink(missing_ok=True)
        tries += 1
    assert tries > len(data) / 4096
    assert pedal.models["Lead.json"] == data


def test_a_model_can_be_removed_from_a_full_disk(small_disk: Path, kernels: Library) -> None:
    pedal = Pedal(small_disk, kernels)
    with open(small_disk / "filler", "wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(small_disk).free)
    remove("Lead", pedal.where)
    assert pedal.models == {"Clean.json": CLEAN}
