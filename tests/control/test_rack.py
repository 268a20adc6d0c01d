"""The rack file, and the stamp that says when it has to be made anew."""

import os
from pathlib import Path

import pytest

from pedal.control import rack
from pedal.control.rack import Entry, Knob, Rack

RACK = Rack(
    tag="x86",
    rate_hz=44_100,
    period_frames=64,
    entries=(
        Entry(
            "Lead",
            "Lëad Guitar",
            "Lead.nam",
            2**64 - 1,
            48_000,
            (Knob("Gain", 1.0, 10.0),),
            -17.5,
            -2.5,
            0.1234,
        ),
        Entry("Big", "Big", "Big.json", 7, load=0.63, refused="takes 63 %", reason="takes 63 % of the period"),
    ),
    out=(Entry("Old", "Old", "Old.json", 9),),
    fault="odd",
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    rack.write(tmp_path / "rack.json", RACK)
    assert rack.read(tmp_path / "rack.json") == (RACK, "")
    assert os.listdir(tmp_path) == ["rack.json"]


def test_what_was_changed_is_not_taken_for_refused(tmp_path: Path) -> None:
    """The rack cannot take its place any more; what is told of is the change."""
    path = tmp_path / "rack.json"
    rack.write(path, RACK, path.mkdir)
    assert os.listdir(tmp_path) == ["rack.json"]
    with pytest.raises(OSError, match=r"rack\.json"):
        rack.write(path, RACK)


def test_a_change_that_fails_is_told_and_leaves_the_rack(tmp_path: Path) -> None:
    path = tmp_path / "rack.json"
    rack.write(path, RACK)
    with pytest.raises(FileNotFoundError):
        rack.write(path, Rack(), (tmp_path / "absent").unlink)
    assert rack.read(path).rack == RACK


def test_there_may_be_none_yet(tmp_path: Path) -> None:
    assert rack.read(tmp_path / "rack.json") == (Rack(), "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"entries": [',
        "[]",
        '{"entries": [{"name": "", "title": "", "file": "x", "word": 1}]}',
        '{"entries": [{"name": "a", "title": "a", "file": "x", "word": -1}]}',
        '{"entries": [{"name": "a", "title": "a", "file": "x", "word": 1, "trim_db": 21}]}',
        '{"entries": [{"name": "a", "title": "a", "file": "x", "word": 1, "trim_db": NaN}]}',
        '{"entries": [{"name": "a", "title": "a", "file": "x", "word": 1, "knobs": [{"name": 1}]}]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_one_is_put_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rack.json"
    path.write_text(text)
    found = rack.read(path)
    assert found.rack == Rack()
    assert found.fault.startswith(f"{path} ")
    assert found.fault.endswith("; it was put aside as rack.json.damaged")
    assert found.fault.isprintable()
    assert (tmp_path / "rack.json.damaged").read_text() == text


def test_who_only_looks_leaves_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "rack.json"
    assert rack.look(path) == (Rack(), "")
    path.write_text('{"entries": [')
    assert rack.look(path) == (Rack(), f"{path} is damaged: Input data was truncated")
    assert path.read_text() == '{"entries": ['
    rack.write(path, RACK)
    assert rack.look(path) == (RACK, "")


def test_a_model_is_found_by_its_word() -> None:
    assert RACK.with_word(9) == RACK.out[0]
    assert RACK.with_word(2**64 - 1) == RACK.entries[0]
    assert RACK.with_word(1) is None
    assert Rack(entries=(Entry("a", "a", "a.json", 0),)).with_word(0) is None


def test_the_stamp_changes_with_what_matters(tmp_path: Path) -> None:
    models = tmp_path / "models"
    seen = [rack.stamp(tmp_path)]

    def changed() -> bool:
        seen.append(rack.stamp(tmp_path))
        assert rack.stamp(tmp_path) == seen[-1]
        return seen[-1] != seen[-2]

    models.mkdir()
    assert changed()
    for name in (".hidden.json", "notes.txt"):
        (models / name).write_text("x")
        assert not changed()
    (models / "Lead.JSON").write_text("x")
    assert changed()
    (models / "Lead.JSON").write_text("xy")
    assert changed()
    os.utime(models / "Lead.JSON", ns=(1, 1))
    assert changed()
    (models / "Lead.JSON").rename(models / "Bass.json")
    assert changed()
    (models / "gone.json").symlink_to("nowhere")
    assert changed()
    (tmp_path / "setlist.txt").write_text("Bass\n")
    assert changed()
    (tmp_path / "rack.json").write_text("{}")
    (tmp_path / "state.json").write_text("{}")
    assert not changed()
    (models / "Bass.json").unlink()
    assert changed()


def test_the_stamp_of_the_set_list_is_one_of_its_own_and_the_rack_keeps_it(tmp_path: Path) -> None:
    assert rack.stamp(tmp_path).listed is None
    (tmp_path / "setlist.txt").write_text("Bass\n")
    stamp = rack.stamp(tmp_path)
    assert stamp.listed == rack.seen(tmp_path / "setlist.txt")
    rack.write(tmp_path / "rack.json", Rack("tag", listed=stamp.listed, complete=False))
    found = rack.read(tmp_path / "rack.json").rack
    assert (found.listed, found.complete) == (stamp.listed, False)
    (tmp_path / "setlist.txt").write_text("Bass\nLead\n")
    assert rack.stamp(tmp_path) == stamp._replace(listed=rack.seen(tmp_path / "setlist.txt")) != stamp
