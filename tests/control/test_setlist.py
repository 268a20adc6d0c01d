"""The set list: what it says, and that nothing the player wrote is lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.control import setlist
from pedal.control.rack import seen
from pedal.errors import ConfigError

TEXT = """\
# Saturday
Lead

 clean TONE
# Crunch
#Solo
Gone
# a thought about Lead
lead
"""


def test_the_order_is_the_lists_then_the_models() -> None:
    order = setlist.order(TEXT, ["Clean Tone", "Crunch", "Fuzz", "Lead", "Solo", "Bass"])
    assert order.playing == ("Lead", "Clean Tone", "Fuzz", "Bass")
    assert order.out == ("Crunch", "Solo")
    assert order.new == ("Fuzz", "Bass")


def test_a_name_that_begins_like_a_comment() -> None:
    assert setlist.order("#1 Lead\n", ["#1 Lead"]).playing == ("#1 Lead",)
    assert setlist.order("# #1 Lead\n", ["#1 Lead"]).out == ("#1 Lead",)


def test_new_names_join_at_the_end_and_every_line_stays() -> None:
    assert setlist.extended("Lead\r\n# x\nGone", ["A  b", "C"]) == "Lead\r\n# x\nGone\nA b\nC\n"
    assert setlist.extended("", ["A"]) == setlist.HEADING + "A\n"
    assert setlist.order(setlist.HEADING, ["A", "new models", "models"]).out == ()


names = st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))), max_size=8).map(
    lambda found: list({setlist.key(name): name for name in found if setlist.key(name) and name.isprintable()}.values())
)


@given(st.text(max_size=60), names)
def test_every_model_is_in_one_place_and_stays_there(text: str, found: list[str]) -> None:
    order = setlist.order(text, found)
    assert sorted((*order.playing, *order.out)) == sorted(found)
    assert order.playing[len(order.playing) - len(order.new) :] == order.new
    after = setlist.order(extended := setlist.extended(text, order.new), found)
    assert extended.startswith(text)
    assert (after.playing, after.out, after.new) == (order.playing, order.out, ())


def test_there_may_be_none_yet(tmp_path: Path) -> None:
    assert setlist.read(tmp_path / "setlist.txt") == ("", "", None, True)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "setlist.txt").write_bytes("\ufeffLéad\r\n".encode())
    assert setlist.order(setlist.read(tmp_path / "setlist.txt").text, ["Léad"]).new == ()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"Lead\nL\xe9ad\n", "is not UTF-8 text, at byte 6"),
        (b"x" * 65_537, "is too long; expected at most 65536 bytes"),
        (None, "is a folder or a device; expected a file"),
    ],
)
def test_a_damaged_one_is_put_aside(tmp_path: Path, data: bytes | None, fault: str) -> None:
    path = tmp_path / "setlist.txt"
    path.mkdir() if data is None else path.write_bytes(data)
    assert setlist.read(path) == ("", f"{path} {fault}; it was put aside as setlist.txt.damaged", None, True)
    aside = tmp_path / "setlist.txt.damaged"
    assert aside.is_dir() if data is None else aside.read_bytes() == data
    assert setlist.read(path) == ("", "", None, True)


def test_new_names_join_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "setlist.txt"
    path.write_text("Lead")
    found = setlist.join(path, ["Bass", "lead"])
    assert found == ("Lead\nBass\n", "", seen(path), True)
    assert setlist.join(path, ["Bass", "lead"]) == setlist.read(path) == found
    path.write_text(path.read_text() + "# and more\n")
    assert seen(path) != found.seen


def test_what_cannot_be_written_is_said_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "setlist.txt"
    path.write_text("x" * 65_530 + "\n")
    before = setlist.read(path)
    said = f"{path} is full; 2 new models stay at the end without a line in it"
    assert setlist.join(path, ["Bass", "Lead"]) == before._replace(fault=said)
    (tmp_path / "file").write_text("")
    path.unlink()
    path.symlink_to(tmp_path / "file" / "setlist.txt")
    found = setlist.join(path, ["Bass"])
    assert found.fault.startswith(f"{path} cannot be read: Not a directory")
    assert not found.writable
    path.unlink()
    path.symlink_to("/proc/setlist.txt")
    assert setlist.join(path, ["Bass"]).fault.startswith(f"{path} cannot be written: ")


class TestReordered:
    """`pedal models order`."""

    NAMES = ("Lead", "Clean", "Crunch", "Fuzz")

    def test_those_named_come_first_and_the_others_follow(self) -> None:
        text = "Clean\nLead\nCrunch\nFuzz\n"
        assert setlist.reordered(text, ["Fuzz", "Lead"], self.NAMES) == "Fuzz\nLead\nClean\nCrunch\n"

    def test_comments_and_what_the_player_wrote_stay(self) -> None:
        text = "# For Friday\n\nclean\n  LEAD \n# second set\nCrunch\nGone\n#Fuzz\n"
        after = setlist.reordered(text, ["Crunch", "Lead"], self.NAMES)
        assert after == "# For Friday\n\nCrunch\nLEAD \n# second set\nclean\nGone\n#Fuzz\n"

    def test_one_that_was_kept_out_is_in_the_set_again(self) -> None:
        assert setlist.reordered("Clean\n# Fuzz\nLead\n", ["Fuzz"], self.NAMES) == "Fuzz\nClean\nLead\n"

    def test_one_without_a_line_gets_one(self) -> None:
        assert setlist.reordered("Clean\nLead", ["Fuzz"], self.NAMES) == "Fuzz\nClean\nLead\n"
        assert setlist.reordered("", ["Fuzz", "Lead"], self.NAMES) == f"{setlist.HEADING}Fuzz\nLead\n"

    @given(st.data())
    def test_whatever_there_is(self, data: st.DataObject) -> None:
        """The order is as it was asked for, and everything else as it was."""
        line = st.sampled_from(["Lead", "lead", "# Clean", "CLEAN", "Crunch", "#Fuzz", "Gone", "# note", "", "Fuzz "])
        text = "".join(f"{item}\n" for item in data.draw(st.lists(line, max_size=12)))
        wanted = data.draw(st.lists(st.sampled_from(self.NAMES), min_size=1, unique=True))
        before = setlist.order(text, self.NAMES)
        after_text = setlist.reordered(text, wanted, self.NAMES)
        after = setlist.order(after_text, self.NAMES)
        mentioned = [name for name in before.playing if name not in before.new]
        assert after.playing == (*wanted, *(name for name in (*mentioned, *before.new) if name not in wanted))
        assert after.out == tuple(name for name in before.out if name not in wanted)
        assert setlist.reordered(after_text, wanted, self.NAMES) == after_text

        def rest(text: str) -> list[str]:
            return [line for line in text.splitlines() if line in ("Gone", "# note", "")]

        assert rest(after_text.removeprefix(setlist.HEADING)) == rest(text)

    def test_a_list_that_cannot_be_read_stays_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "setlist.txt").symlink_to("setlist.txt")
        with pytest.raises(ConfigError, match="cannot be read"):
            setlist.arrange(tmp_path / "setlist.txt", ["Lead"], self.NAMES)

    def test_it_is_written(self, tmp_path: Path) -> None:
        path = tmp_path / "setlist.txt"
        path.write_bytes(b"Clean\r\nLead\r\n")
        setlist.arrange(path, ["Lead"], self.NAMES)
        assert path.read_bytes() == b"Lead\r\nClean\r\n"
        with pytest.raises(ConfigError, match="would be too long"):
            setlist.arrange(path, ["n" * setlist.MOST_BYTES], ["n" * setlist.MOST_BYTES])
