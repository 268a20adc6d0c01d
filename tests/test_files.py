"""Replacing a file: the old one or the new one, and never anything that is no file."""

import errno
import os
import stat
from pathlib import Path

import pytest

from pedal.files import replaceable, replacing, sweep, temporary_of


def put(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text)


def test_a_file_is_made_and_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a"
    put(path, "old")
    path.chmod(0o640)
    put(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_folders_that_had_to_be_made_are_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a name in the one above it, which has to be written down as the file's own is."""
    synced, sync = [], os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    path = tmp_path / "one" / "two" / "file"
    put(path, "text")
    assert synced == [folder.stat().st_ino for folder in (tmp_path, tmp_path / "one", path, path.parent)]


def test_a_symlink_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("old")
    (tmp_path / "link").symlink_to("there/file")
    (tmp_path / "dangling").symlink_to("there/made")
    put(tmp_path / "link", "new")
    put(tmp_path / "dangling", "made")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert (tmp_path / "there" / "file").read_text() == "new"
    assert (tmp_path / "there" / "made").read_text() == "made"


def test_a_pipe_a_device_and_a_folder_are_refused_and_left(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name, kind in ((tmp_path / "pipe", "pipe"), (tmp_path / "link", "device"), (tmp_path, "folder")):
        with pytest.raises(OSError, match=f"it is a {kind}") as refusal, replacing(name):
            pytest.fail("the block was entered")
        assert refusal.value.filename == str(name)
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


@pytest.mark.parametrize("name", ["", ".", "..", "/"])
def test_what_names_no_file_is_refused(name: str) -> None:
    with pytest.raises(OSError, match="it is a folder"):
        replaceable(Path(name))


def test_a_ring_of_symlinks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        replaceable(tmp_path / "a")


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="file is not a folder"):
        replaceable(tmp_path / "file" / "inside" / "a")


def test_an_error_names_the_file_and_not_the_temporary(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as full, replacing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert full.value.filename == str(tmp_path / "a")
    with pytest.raises(FileNotFoundError) as unwritten, replacing(tmp_path / "a"):
        pass
    assert unwritten.value.filename == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_is_possible(tmp_path: Path) -> None:
    put(tmp_path / ("a" * 255), "text")
    assert (tmp_path / ("a" * 255)).read_text() == "text"


def test_what_cut_off_writes_have_left_goes(tmp_path: Path) -> None:
    with replacing(tmp_path / "state.json") as temporary:
        temporary.write_text("{}")
        assert temporary == temporary_of(tmp_path / "state.json")
        sweep(tmp_path)  # this process is still at it
    kept = ["state.json", ".hidden", ".old.2024", ".state.json.4194304", ".state.json.12x.saving", "a.4194304.saving"]
    for name in [*kept[1:], ".state.json.4194304.saving"]:  # past the highest number of a process
        (tmp_path / name).write_text("")
    folders = [f".state.json.{number}.saving" for number in range(4_194_305, 4_194_308)]
    for name in folders:
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    sweep(tmp_path / "none")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, *folders])
