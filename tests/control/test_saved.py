"""The state file: what is written comes back, and anything else is put aside and said."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.control.saved import MOST_BYTES, RANGES, Saved, Setting, decode, encode, read

NAMES = st.text(max_size=20)
SETTINGS = st.builds(Setting, *(st.floats(low, high) for low, high in RANGES.values()))
STATES = st.builds(Saved, NAMES, NAMES, st.booleans(), st.booleans(), st.dictionaries(NAMES, SETTINGS, max_size=4))
STATE = Saved("Lead", "Clean", True, False, {"Lead": Setting(3.5, -2.0, 0.25, 0.5)})
TEXT = """\
{
  "version": 1,
  "model": "Lead",
  "previous": "Clean",
  "bypass": true,
  "boost": false,
  "settings": {
    "Lead": {
      "input_gain_db": 3.5,
      "level_db": -2.0,
      "knob_1": 0.25,
      "knob_2": 0.5
    }
  }
}
"""


@given(STATES)
def test_what_is_written_comes_back(state: Saved) -> None:
    assert decode(encode(state)) == state


def test_a_player_can_read_it_and_a_later_pedal_this_one() -> None:
    assert encode(STATE).decode() == TEXT
    assert decode(TEXT.encode()) == STATE


def test_what_is_left_out_has_its_default_and_what_is_unknown_does_not_matter() -> None:
    assert decode(b'{"version": 1}') == Saved()
    text = b'{"colour": [1, {"a": null}], "version": 1, "settings": {"A": {"level_db": -3, "knob_3": 1}}}'
    assert decode(text) == Saved(settings={"A": Setting(level_db=-3.0)})


def with_setting(text: str) -> bytes:
    return b'{"version": 1, "settings": {"A": %s}}' % text.encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"\0" * 300, "malformed"),
        (b"\xff\xfe{}", "malformed"),
        (b"[]", "Expected `object`"),
        (b"{}", "missing required field `version`"),
        (b'{"version": 2}', "is of version 2; expected 1"),
        (b'{"version": "1"}', "Expected `int`"),
        (b'{"version": ' + b"9" * 5000 + b"}", "is damaged"),
        (TEXT.encode()[:-20], "truncated"),
        (TEXT.encode() * 2, "trailing"),
        (b'{"version": 1, "model": 7}', "Expected `str`"),
        (b'{"version": 1, "model": "\xff"}', "is damaged"),
        (b'{"version": 1, "model": null}', "Expected `str`"),
        (b'{"version": 1, "bypass": 1}', "Expected `bool`"),
        (b'{"version": 1, "settings": []}', "Expected `object`"),
        (with_setting("[]"), "Expected `object`"),
        (with_setting('{"level_db": NaN}'), "malformed"),
        (with_setting('{"level_db": 1e999}'), "out of range"),
        (with_setting('{"level_db": "3"}'), "Expected `float`"),
        (with_setting('{"level_db": true}'), "Expected `float`"),
        (with_setting('{"level_db": 12.1}'), "Expected `float` <= 12.0"),
        (with_setting('{"input_gain_db": -20.1}'), "Expected `float` >= -20.0"),
        (with_setting('{"knob_2": -0.001}'), "Expected `float` >= 0.0"),
        (b'{"version": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_state_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^is ") as refusal:
        decode(data)
    assert reason in str(refusal.value)
    assert len(str(refusal.value)) < 200


@given(
    st.binary()
    | st.tuples(st.integers(0, len(TEXT)), st.binary(max_size=3)).map(
        lambda change: TEXT.encode()[: change[0]] + change[1] + TEXT.encode()[change[0] + 1 :]
    )
)
def test_any_bytes_are_a_state_or_refused(data: bytes) -> None:
    try:
        state = decode(data)
    except ValueError:
        return
    assert decode(encode(state)) == state


def test_nothing_saved_yet(tmp_path: Path) -> None:
    assert read(tmp_path / "none" / "state.json") == (Saved(), "")
    assert read(tmp_path / "state.json") == (Saved(), "")
    (tmp_path / "state.json").write_bytes(encode(STATE))
    assert read(tmp_path / "state.json") == (STATE, "")


def test_the_damaged_are_kept_one_beside_the_other(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for text in ("one", "two", "three"):
        path.write_text(text)
        state, fault = read(path)
        assert state == Saved()
        assert fault.startswith(f"{path} is damaged")
        assert len(fault.splitlines()) == 1
    names = {"state.json.damaged": "one", "state.json.damaged-2": "two", "state.json.damaged-3": "three"}
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == names


def test_what_cannot_be_read_is_put_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b" " * (MOST_BYTES + 1))
    assert "too long" in read(path).fault
    path.mkdir()
    assert "folder" in read(path).fault
    os.mkfifo(path)
    assert "device" in read(path).fault
    path.symlink_to(path)
    assert "cannot be read" in read(path).fault
    assert not path.is_symlink()
    assert len(list(tmp_path.iterdir())) == 4


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state, fault = read(tmp_path / "file" / "state.json")
    assert state == Saved()
    assert "cannot be read: Not a directory; it cannot be put aside" in fault
