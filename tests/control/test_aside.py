"""Files read with care, and put aside."""

import os
from pathlib import Path

import pytest

from pedal.control.aside import contents, put_aside


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert contents(path, 5) == b"12345"
    with pytest.raises(ValueError, match="is too long; expected at most 4 bytes"):
        contents(path, 4)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ValueError, match="is a folder or a device; expected a file"):
            contents(path, 5)
    with pytest.raises(FileNotFoundError):
        contents(tmp_path / "absent", 5)


def test_what_is_put_aside_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    for number, name in enumerate(("list.txt.damaged", "list.txt.damaged-2", "list.txt.damaged-3")):
        path.write_text(str(number))
        assert put_aside(path, "is odd") == f"{path} is odd; it was put aside as {name}"
        assert not path.exists()
        assert (tmp_path / name).read_text() == str(number)


def test_what_cannot_be_put_aside_is_said(tmp_path: Path) -> None:
    said = put_aside(tmp_path / "absent", "is odd")
    assert said == f"{tmp_path / 'absent'} is odd; it cannot be put aside: No such file or directory"
    long = tmp_path / ("x" * 250)
    long.write_text("")
    assert put_aside(long, "is odd") == f"{long} is odd; it cannot be put aside: File name too long"
