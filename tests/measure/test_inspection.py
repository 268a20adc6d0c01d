"""Passes over the models folder: what the rack and the set list say then, and what goes wrong on the way."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.config import CardConfig, Config, Places, shipped
from pedal.control import rack
from pedal.control.rack import Rack
from pedal.kernel.library import Library
from pedal.kernel.packed import packed_path
from pedal.measure.admission import admit, admit_one

if TYPE_CHECKING:
    from tests.conftest import WriteModel


class Pedal:
    """A state folder, and what admission says of it."""

    def __init__(self, folder: Path, kernels: Library, write_model: "WriteModel") -> None:
        self.where = Places(folder / "pedal.toml", folder / "state", kernels.path.parent, folder / "run")
        self.kernels = kernels
        self.said: list[str] = []
        self.watch: Callable[[], object] = lambda: None
        self.growing: list[Path] = []
        self.settled = True
        self._write_model = write_model

    def put(self, name: str, seed: int = 1, file: str = "") -> Path:
        """A model in the models folder."""
        self.where.models.mkdir(parents=True, exist_ok=True)
        return self._write_model(name, seed=seed).rename(self.where.models / (file or f"{name}.json"))

    def admit(self, first: str = "", period_frames: int = 64) -> Rack:
        """One pass; what it said is in `said`."""
        self.said = []

        def log(line: str) -> None:
            assert line.isprintable()
            self.said.append(line)
            self.watch()

        config = Config(CardConfig(period_frames=period_frames))
        made, self.settled = admit(self.where, config, self.kernels, log, first, lambda path: path in self.growing)
        assert rack.read(self.where.rack) == (made, "")
        return made

    @property
    def names(self) -> list[str]:
        """What the set list says."""
        return [line for line in self.where.setlist.read_text().splitlines() if line and not line.startswith("# ")]


@pytest.fixture
def pedal(tmp_path: Path, kernels: Library, write_model: "WriteModel") -> Pedal:
    return Pedal(tmp_path, kernels, write_model)


def names(made: Rack) -> list[str]:
    return [entry.name for entry in made.entries]


def test_a_new_pedal_has_the_shipped_models(pedal: Pedal) -> None:
    made = pedal.admit()
    assert names(made) == pedal.names == sorted(path.stem for path in shipped("models").glob("*.json"))
    for entry in made.entries:
        assert packed_path(pedal.where.state, pedal.kernels.tag, entry.word).is_file()
        assert entry.refused == ""
        assert -20.0 <= entry.trim_db <= 20.0
    assert (made.tag, made.rate_hz, made.period_frames) == (pedal.kernels.tag, 44_100, 64)


def test_a_second_pass_measures_and_writes_nothing(pedal: Pedal) -> None:
    pedal.put("Lead")
    made = pedal.admit()
    before = [path.stat().st_mtime_ns for path in (pedal.where.rack, pedal.where.setlist)]
    assert pedal.admit() == made
    assert pedal.said == []
    assert [path.stat().st_mtime_ns for path in (pedal.where.rack, pedal.where.setlist)] == before


def test_models_are_measured_again_for_another_period(pedal: Pedal) -> None:
    pedal.put("Lead")
    pedal.admit()
    made = pedal.admit(period_frames=128)
    assert made.period_frames == 128
    assert [line.split()[0] for line in pedal.said] == ["Lead.json"]


def test_the_set_list_gives_the_order_and_new_models_join_at_its_end(pedal: Pedal) -> None:
    for number, name in enumerate(("Bass", "Clean", "Lead")):
        pedal.put(name, seed=number)
    pedal.where.setlist.write_text("Lead\n# Clean\nGone\n")
    made = pedal.admit()
    assert (names(made), [entry.name for entry in made.out]) == (["Lead", "Bass"], ["Clean"])
    assert pedal.where.setlist.read_text() == "Lead\n# Clean\nGone\nBass\n"
    pedal.where.setlist.write_text("Bass\nclean\nlead\n")
    assert names(pedal.admit()) == ["Bass", "Clean", "Lead"]


def test_they_arrive_one_by_one_the_wanted_one_first(pedal: Pedal) -> None:
    for number, name in enumerate(("Bass", "Clean", "Lead")):
        pedal.put(name, seed=number)
    pedal.where.setlist.write_text("Clean\nBass\n")
    seen = []

    def look() -> None:
        found = rack.read(pedal.where.rack).rack
        seen.append((found.tag != "", found.complete, names(found)))

    pedal.watch = look
    made = pedal.admit(first="lead")
    assert [line.split(".")[0] for line in pedal.said] == ["Lead", "Clean", "Bass"]
    assert seen == [(False, True, []), (True, False, ["Lead"]), (True, False, ["Clean", "Lead"])]
    assert made.complete


def test_a_rack_that_lacks_models_is_not_written_before_one_plays(pedal: Pedal) -> None:
    pedal.put("Lead")
    (pedal.where.models / "Broken.json").write_text("<html>")
    pedal.admit()
    seen = []
    pedal.watch = lambda: seen.append(rack.read(pedal.where.rack).rack.period_frames)
    made = pedal.admit(first="broken", period_frames=128)
    assert [line.split()[0] for line in pedal.said] == ["Broken.json", "Lead.json"]
    assert seen == [64, 64]
    assert (made.period_frames, made.complete) == (128, True)


def test_a_model_that_is_written_over_stays_until_the_new_one_has_been_tried(pedal: Pedal) -> None:
    lead = pedal.put("Lead")
    pedal.put("Bass", seed=2)
    (pedal.where.models / "Broken.json").write_text("<html>")
    before = pedal.admit()
    lead.write_text("<html>")
    seen = []
    pedal.watch = lambda: seen.append(rack.read(pedal.where.rack).rack)
    made = pedal.admit()
    assert seen == [before]
    assert [entry.refused for entry in made.entries] == ["", "is a web page", "is a web page"]


def test_a_file_that_is_on_its_way_is_left_to_the_next_time(pedal: Pedal) -> None:
    lead = pedal.put("Lead")
    before = pedal.admit()
    whole = lead.read_bytes()
    new = pedal.where.models / "New.json"
    new.write_bytes(whole[: len(whole) // 2])
    lead.write_bytes(whole[:100])
    pedal.growing = [lead, new]
    made = pedal.admit()
    assert (pedal.said, pedal.settled) == ([], False)
    assert (made.entries, made.complete) == (before.entries, False)
    assert packed_path(pedal.where.state, pedal.kernels.tag, made.entries[0].word).is_file()
    lead.write_bytes(whole)
    new.write_bytes(whole)
    made = pedal.admit()  # whole ones are not waited for
    assert (names(made), made.complete, pedal.settled) == (["Lead", "New"], True, True)
    new.write_bytes(whole[:100])
    pedal.growing = []
    assert [entry.refused for entry in pedal.admit().entries] == ["", "is not valid JSON"]
    assert pedal.settled


def test_the_rack_tells_which_set_list_gave_the_order(pedal: Pedal) -> None:
    pedal.put("Lead")
    stamps = []
    for number in range(3):
        made = pedal.admit()
        stamps.append(rack.stamp(pedal.where.state))
        assert made.listed == stamps[-1].listed is not None
        if number == 1:
            pedal.where.setlist.write_text("# Lead\n")
            assert made.listed != rack.stamp(pedal.where.state).listed
    assert stamps[0] == stamps[1] != stamps[2]


def test_refused_ones_come_last_and_are_said_once(pedal: Pedal) -> None:
    pedal.put("Lead")
    (pedal.where.models / "Broken.json").write_text("<html>")
    (pedal.where.models / "a folder.nam").mkdir()
    made = pedal.admit()
    assert names(made) == ["Lead", "Broken", "a folder"]
    assert [entry.refused for entry in made.entries] == ["", "is a web page", "is a folder or a device"]
    assert len([line for line in pedal.said if "is refused: " in line]) == 2
    assert pedal.names == ["Lead"]
    assert (pedal.admit(), pedal.said) == (made, [])


def test_two_files_of_one_name(pedal: Pedal) -> None:
    pedal.put("Lead")
    pedal.put("lead", seed=2, file="lead.aidax")
    made = pedal.admit()
    assert [(entry.file, entry.refused) for entry in made.entries] == [
        ("Lead.json", ""),
        ("lead.aidax", "Lead.json has the same name"),
    ]


def test_names_that_are_no_text(pedal: Pedal) -> None:
    for name in ("caf\udce9.json", "two\nlines.json", " .json"):
        pedal.put("m").rename(pedal.where.models / name)
    made = pedal.admit()
    assert [entry.refused for entry in made.entries] == ["its file name is no text"] * 3
    assert all(entry.name.isprintable() for entry in made.entries)
    assert pedal.admit() == made


def test_the_same_model_twice_is_measured_once(pedal: Pedal) -> None:
    first = pedal.put("Lead")
    pedal.admit()
    first.with_name("Copy.json").write_bytes(first.read_bytes())
    made = pedal.admit()
    assert pedal.said == []
    assert names(made) == ["Lead", "Copy"]
    assert made.entries[0].word == made.entries[1].word


def test_what_is_packed_and_not_needed_is_removed(pedal: Pedal) -> None:
    pedal.put("Lead")
    gone = pedal.put("Gone", seed=2)
    kept, lost = pedal.admit().entries[1].word, pedal.admit().entries[0].word
    other = pedal.where.state / "packed" / "armv6"
    other.mkdir()
    (other / "0123").write_text("x")
    gone.unlink()
    packed = packed_path(pedal.where.state, pedal.kernels.tag, kept)
    packed.unlink()
    pedal.admit()
    assert packed.is_file()
    assert not packed_path(pedal.where.state, pedal.kernels.tag, lost).exists()
    assert not other.exists()


def test_a_folder_that_is_none_leaves_what_was_there(pedal: Pedal) -> None:
    pedal.put("Lead")
    made = pedal.admit()
    pedal.where.models.rename(pedal.where.models.with_name("moved"))
    pedal.where.models.write_text("in the way")
    again = pedal.admit()
    assert again.entries == made.entries
    assert again.fault == f"the models folder {pedal.where.models} cannot be read: Not a directory"
    assert pedal.said == [again.fault]
    assert packed_path(pedal.where.state, pedal.kernels.tag, made.entries[0].word).is_file()


def test_an_empty_folder_stays_empty(pedal: Pedal) -> None:
    pedal.where.models.mkdir(parents=True)
    assert pedal.admit().entries == ()
    assert not pedal.where.setlist.exists()


def test_damaged_files_of_ours_are_put_aside_and_made_anew(pedal: Pedal) -> None:
    pedal.put("Lead")
    made = pedal.admit()
    pedal.where.rack.write_text("{")
    pedal.where.setlist.write_bytes(b"\xff")
    again = pedal.admit()
    assert names(again) == names(made)
    assert again.fault.endswith("it was put aside as setlist.txt.damaged")
    assert [line.split("; ")[-1] for line in pedal.said[:2]] == [
        "it was put aside as rack.json.damaged",
        "it was put aside as setlist.txt.damaged",
    ]
    assert pedal.names == ["Lead"]
    assert pedal.admit().fault == ""


def test_a_thousand_files(pedal: Pedal) -> None:
    pedal.put("Lead")
    for number in range(1_000):
        (pedal.where.models / f"{number:04}.json").write_text("{}")
    made = pedal.admit()
    assert len(pedal.said) == len(made.entries) == 1_001
    assert names(made)[:2] == ["Lead", "0000"]


def test_a_set_list_that_is_full_is_not_made_longer(pedal: Pedal) -> None:
    pedal.put("Lead")
    full = ("x" * 1_023 + "\n") * 64
    pedal.where.setlist.write_text(full)
    assert names(pedal.admit()) == ["Lead"]
    assert pedal.where.setlist.read_text() == full
    assert "is full" in pedal.said[-1]
    assert pedal.admit().fault == pedal.said[-1]


def test_a_disk_that_takes_no_model_and_no_set_list_is_told_in_the_rack(pedal: Pedal) -> None:
    pedal.put("Lead")
    (pedal.where.state / "packed").write_text("in the way")
    made = pedal.admit()
    assert made.fault.startswith("Lead.json cannot be packed: ")
    assert made.fault.endswith("; see to the disk")
    assert [entry.refused for entry in made.entries] == ["cannot be packed"]
    (pedal.where.state / "packed").unlink()
    pedal.where.setlist.unlink(missing_ok=True)
    pedal.where.setlist.symlink_to("/proc/setlist.txt")
    made = pedal.admit()
    assert made.fault.startswith(f"{pedal.where.setlist} cannot be written: ")
    assert names(made) == ["Lead"]


def test_two_do_not_work_at_once(pedal: Pedal) -> None:
    pedal.put("Lead")

    def look() -> None:
        with open(pedal.where.state / "admission.lock") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    pedal.watch = look
    pedal.admit()
    assert pedal.said


def test_one_file_alone(pedal: Pedal) -> None:
    lead, bass = pedal.put("Lead"), pedal.put("Bass", seed=2)
    entry = admit_one(lead, pedal.where, Config(), pedal.kernels)
    assert rack.read(pedal.where.rack).rack.entries == (entry,)
    assert packed_path(pedal.where.state, pedal.kernels.tag, entry.word).is_file()
    made = pedal.admit()
    assert [line.split()[0] for line in pedal.said] == ["Bass.json"]
    assert admit_one(bass, pedal.where, Config(), pedal.kernels) == made.entries[0]
    bass.write_text("<html>")
    assert admit_one(bass, pedal.where, Config(), pedal.kernels).refused == "is a web page"
    assert names(rack.read(pedal.where.rack).rack) == ["Lead", "Bass"]
