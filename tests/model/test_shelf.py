"""The models folder as it is changed: what is kept, what a name may be, and what is refused."""

import errno
import os
import stat
from pathlib import Path

import pytest

from pedal.errors import ModelError
from pedal.files import temporary_of
from pedal.model.shelf import Shelf, named


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "models").mkdir()
    return Shelf(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(shelf: Shelf, name: str, data: bytes, ending: str = ".json") -> Path:
    target = shelf.place(name, ending)
    shelf.put(target, data)
    return target


def test_the_version_before_is_kept_and_only_that(shelf: Shelf, tmp_path: Path) -> None:
    for number in (b"1", b"2", b"3"):
        put(shelf, "Lead", number)
    assert contents(tmp_path) == {"models/Lead.json": b"3", "previous/Lead.json": b"2"}
    assert shelf.before("LEAD") == tmp_path / "previous" / "Lead.json"


def test_back_and_forth(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "Lead", b"1")
    put(shelf, "Lead", b"2", ".nam")
    assert contents(tmp_path) == {"models/Lead.nam": b"2", "previous/Lead.json": b"1"}
    put(shelf, "Lead", b"1")
    assert contents(tmp_path) == {"models/Lead.json": b"1", "previous/Lead.nam": b"2"}


def test_a_first_version_has_none_before(shelf: Shelf) -> None:
    put(shelf, "Lead", b"1")
    assert shelf.before("Lead") is None


def test_what_is_taken_away_can_be_brought_back(shelf: Shelf, tmp_path: Path) -> None:
    path = put(shelf, "Lead", b"1")
    shelf.take(path)
    assert (shelf.file("Lead"), contents(tmp_path)) == (None, {"previous/Lead.json": b"1"})
    put(shelf, "Lead", b"1")
    assert shelf.file("Lead") == path
    assert shelf.before("Lead") is None  # the same is no version before


def test_a_file_keeps_its_spelling_and_its_mark(shelf: Shelf, tmp_path: Path) -> None:
    old = tmp_path / "models" / "TS9 Full.neuralpi.json"
    old.write_bytes(b"1")
    assert put(shelf, "ts9 full", b"2") == old
    assert put(shelf, "TS9 FULL", b"3", ".nam") == tmp_path / "models" / "TS9 Full.nam"
    assert contents(tmp_path / "previous") == {old.name: b"2"}


def test_a_link_to_a_file_elsewhere_stays_one_and_that_file_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mine.json"
    elsewhere.write_bytes(b"1")
    (tmp_path / "models" / "Lead.json").symlink_to(elsewhere)
    path = put(shelf, "Lead", b"2")
    assert path.is_symlink()
    assert elsewhere.read_bytes() == b"2"
    assert not (tmp_path / "previous" / "Lead.json").is_symlink()
    assert (tmp_path / "previous" / "Lead.json").read_bytes() == b"1"
    shelf.take(path)
    assert contents(tmp_path) == {"mine.json": b"2", "previous/Lead.json": b"2"}


def test_two_files_of_one_name_are_not_guessed_between(shelf: Shelf, tmp_path: Path) -> None:
    for name in ("Lead.json", "lead.nam"):
        (tmp_path / "models" / name).write_bytes(b"1")
    with pytest.raises(ModelError, match=r"model 'LEAD' could be Lead.json or lead.nam; remove one"):
        shelf.file("LEAD")


def test_one_that_is_not_there(shelf: Shelf) -> None:
    put(shelf, "Lead", b"1")
    with pytest.raises(ModelError, match=r"model 'Laed' is not there; did you mean Lead\?"):
        shelf.there("Laed")
    with pytest.raises(ModelError, match=r"model '../models/Lead' is not there"):
        shelf.there("../models/Lead")


def test_where_a_disk_has_no_links_the_old_one_is_copied(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_paths: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    for number in (b"1", b"2", b"3"):
        put(shelf, "Lead", number)
    assert contents(tmp_path) == {"models/Lead.json": b"3", "previous/Lead.json": b"2"}


def test_what_cannot_be_kept_is_not_replaced(shelf: Shelf, tmp_path: Path) -> None:
    path = put(shelf, "Lead", b"1")
    (tmp_path / "previous").write_bytes(b"no folder")
    with pytest.raises(OSError, match="previous"):
        shelf.put(path, b"2")
    with pytest.raises(OSError, match="previous"):
        shelf.take(path)
    assert contents(tmp_path / "models") == {"Lead.json": b"1"}


def test_what_cannot_be_finished_is_no_failure_once_the_new_one_is_there(shelf: Shelf, tmp_path: Path) -> None:
    """Whoever is told that everything is as it was would believe it."""
    put(shelf, "Lead", b"1")
    obstacle = tmp_path / "previous" / "Lead.json"
    obstacle.mkdir(parents=True)
    put(shelf, "Lead", b"2")
    assert contents(tmp_path / "models") == {"Lead.json": b"2"}
    obstacle.rmdir()
    shelf.settle()
    assert contents(tmp_path) == {"models/Lead.json": b"2", "previous/Lead.json": b"1"}


def test_rests_of_writes_go_but_for_those_of_processes_that_run(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "Lead", b"1")
    for folder in ("models", "previous", "previous/.leaving"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / ".Lead.json.4194305.saving").write_bytes(b"half")  # no process can have this number
    running = temporary_of(tmp_path / "models" / "Lead.json")
    running.write_bytes(b"half")
    for name in (".hidden.json", ".old.4194305"):
        (tmp_path / "models" / name).write_bytes(b"somebody's")
    shelf.settle()
    assert sorted(contents(tmp_path / "models")) == sorted([".hidden.json", ".old.4194305", running.name, "Lead.json"])
    assert contents(tmp_path / "previous") == {}


def test_a_new_file_can_be_read_as_others_can(shelf: Shelf, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = put(shelf, "Lead", b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert tmp_path.is_dir()


@pytest.mark.parametrize("name", ["a", "A" * 64, "TS9_FullD-2.1", "-x", "0", "a..b", "_"])
def test_names(name: str) -> None:
    assert named(name) == name


@pytest.mark.parametrize(
    ("name", "rest"), [("Lead.json", "Lead"), ("Lead.neuralpi.JSON", "Lead"), ("Lead.nam.aidax", "Lead")]
)
def test_endings_are_no_part_of_a_name(name: str, rest: str) -> None:
    assert named(name) == rest


@pytest.mark.parametrize("name", ["none", "NONE", "None.json", "none.neuralpi.json"])
def test_what_asks_for_no_model_is_no_name(name: str) -> None:
    with pytest.raises(ModelError, match=r"^name .* cannot be given to a model; `pedal set model=none` asks for no"):
        named(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".x", "a/b", "../x", "a b", "a\n", "a\0", "ü", "a;b", "$(x)", "A" * 65, ".json", "a\\b", "'", "*"],
)
def test_no_names(name: str) -> None:
    with pytest.raises(
        ModelError, match=r"^name .* cannot be given to a model; expected 1 to 64 letters, digits, dots,"
    ):
        named(name)
