"""The shared words, as any other program would read them: by offset, from the file."""

import json
import math
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import LinkError
from pedal.histogram import BUCKETS
from pedal.link import (
    LOAD_HISTOGRAM,
    PAGE,
    RING_FRAMES,
    WAKE_HISTOGRAM,
    WORDS,
    Link,
    control_lock,
    in_range,
    saved_words,
    words_text,
)


def test_a_new_link_by_the_byte(tmp_path: Path) -> None:
    Link(tmp_path / "run" / "link").close()
    data = (tmp_path / "run" / "link").read_bytes()
    assert len(data) == 4096 + 4 * 16_384
    assert data[:8] == b"pedalink"
    # version, model, bypass, mute; then input gain, level and two knobs
    assert struct.unpack_from("<4Q4d", data, 8) == (3, 0, 0, 0, 0.0, 0.0, 0.5, 0.5)
    assert not any(data[9 * 8 :])
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["link"]


def test_every_word_has_a_place_of_its_own_before_the_histograms_and_the_ring() -> None:
    assert len({word.name for word in WORDS}) == len(WORDS)
    assert len(WORDS) <= LOAD_HISTOGRAM
    assert LOAD_HISTOGRAM + BUCKETS <= WAKE_HISTOGRAM
    assert 8 * (WAKE_HISTOGRAM + BUCKETS) <= PAGE
    assert RING_FRAMES & (RING_FRAMES - 1) == 0


def test_two_views_share_the_words(tmp_path: Path) -> None:
    first, second = Link(tmp_path / "link"), Link(tmp_path / "link")
    first.set("level_db", -3.5)
    first.set("model", 2**64 - 1)
    first.ring[RING_FRAMES - 1] = 0.25
    assert (second.get("level_db"), second.get("model")) == (-3.5, 2**64 - 1)
    assert (tmp_path / "link").read_bytes()[-4:] == struct.pack("<f", 0.25)
    first.load_histogram[63] = first.wake_histogram[0] = 5
    assert (tmp_path / "link").read_bytes()[8 * 319 : 8 * 321] == struct.pack("<2Q", 5, 5)
    assert (second.load_histogram[63], second.wake_histogram[0]) == (5, 5)
    first.close()
    second.close()


def test_looking_makes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="cannot be opened: No such file"):
        Link(tmp_path / "run" / "link", look=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old").write_bytes(b"pedalink" + struct.pack("<Q", 1) + bytes(PAGE))
    with pytest.raises(LinkError, match="another version's; restart the engine"):
        Link(tmp_path / "old", look=True)
    written = Link(tmp_path / "link")
    looking = Link(tmp_path / "link", look=True)
    for view in (looking.integers, looking.floats, looking.ring, looking.load_histogram, looking.wake_histogram):
        assert view.readonly
    written.set("level_db", -3.5)
    assert looking.get("level_db") == -3.5
    written.close()
    looking.close()


def test_an_existing_link_keeps_its_words(tmp_path: Path) -> None:
    link = Link(tmp_path / "link")
    link.set("bypass", 1)
    link.close()
    again = Link(tmp_path / "link")
    assert again.get("bypass") == 1
    again.close()


@pytest.mark.parametrize("other", [b"", b"pedalink", b"pedalink" + struct.pack("<Q", 1) + bytes(PAGE), bytes(69_632)])
def test_a_file_of_another_layout_is_replaced(tmp_path: Path, other: bytes) -> None:
    (tmp_path / "link").write_bytes(other)
    link = Link(tmp_path / "link")
    assert link.get("knob_1") == 0.5
    link.close()


@pytest.mark.parametrize(
    ("stored", "read"), [(math.nan, 0.0), (math.inf, 40.0), (-math.inf, -60.0), (1e300, 40.0), (12.5, 12.5)]
)
def test_control_words_are_read_within_their_range(tmp_path: Path, stored: float, read: float) -> None:
    link = Link(tmp_path / "link")
    link.set("input_gain_db", stored)
    assert link.get("input_gain_db") == read
    link.close()
    word = next(word for word in WORDS if word.name == "input_gain_db")
    assert in_range(word, stored) == read


def test_a_switch_is_off_or_on(tmp_path: Path) -> None:
    link = Link(tmp_path / "link")
    link.set("bypass", 7)
    assert link.get("bypass") == 1
    link.close()


def test_an_engine_that_ended_without_a_word_does_not_run(tmp_path: Path) -> None:
    link = Link(tmp_path / "link")
    assert not link.engine_runs()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        link.set("process", process.pid)
        assert link.engine_runs()
        process.kill()
    assert not link.engine_runs()
    link.close()


def test_a_folder_that_cannot_hold_it_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LinkError, match=r"^link .*/file/link cannot be opened: .*$"):
        Link(tmp_path / "file" / "link")


def test_processes_that_start_together_map_the_same_file(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from pedal.link import Link
sys.stdin.readline()
link = Link(Path(sys.argv[1]))
link.integers[100 + int(sys.argv[2])] = 1
print("marked", flush=True)
sys.stdin.readline()
print(sum(link.integers[100:108]))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "link")]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "marked\n"
    assert [process.communicate("\n")[0] for process in processes] == ["8\n"] * 8


def test_the_control_words_have_one_holder(tmp_path: Path) -> None:
    refused = pytest.raises(LinkError, match=r"control\.lock is held by another process; another control or")
    with control_lock(tmp_path), refused, control_lock(tmp_path, patience_s=0.0):
        pass
    with control_lock(tmp_path):
        pass


def test_the_next_holder_waits_its_turn(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from pedal.link import control_lock
with control_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        other.stdin.write("\n")
        other.stdin.flush()
        with control_lock(tmp_path):  # at once or a moment later: the other lets go as it ends
            pass


SAVED = {"model": 2**64 - 2, "bypass": 1, "input_gain_db": 12.5, "level_db": -3.0, "knob_1": 0.25, "knob_2": 1.0}


def saved(path: Path, **words: object) -> Path:
    """A file of saved words by the letter of the format."""
    path.write_text(json.dumps({"version": 1, "words": words}))
    return path


def test_saved_words_by_the_letter(tmp_path: Path) -> None:
    text = words_text(SAVED | {"mute": 1, "load": 0.5})
    assert json.loads(text) == {"version": 1, "words": SAVED | {"model": "fffffffffffffffe"}}
    (tmp_path / "words.json").write_bytes(text)
    assert saved_words(tmp_path / "words.json") == SAVED


def test_a_new_link_begins_with_the_words_saved_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_bytes(words_text(SAVED))
    for path in (tmp_path / "new", tmp_path / "other layout"):
        if path.name == "other layout":
            path.write_bytes(b"pedalink" + struct.pack("<Q", 1) + bytes(PAGE))
        first = Link(path, tmp_path / "words.json")
        assert first.fault == ""
        assert {name: first.get(name) for name in SAVED} == SAVED
        assert (first.get("mute"), first.get("version")) == (0, 3)
        first.set("level_db", 6.0)
        again = Link(path, tmp_path / "words.json")
        assert again.get("level_db") == 6.0
        first.close()
        again.close()


def test_saved_words_beyond_their_range_are_brought_into_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "words.json", level_db=99, input_gain_db=-1e300, knob_1=10**400, bypass=2, mute=1, other=[])
    assert saved_words(path) == {"level_db": 40.0, "input_gain_db": -60.0, "knob_1": 1.0, "bypass": 1}
    path.write_bytes(words_text({"level_db": math.nan, "knob_2": -1.0, "bypass": True}))
    assert saved_words(path) == {"level_db": 0.0, "knob_2": 0.0, "bypass": 1}


def test_nothing_saved_yet(tmp_path: Path) -> None:
    assert saved_words(tmp_path / "words.json") == {}
    link = Link(tmp_path / "link", tmp_path / "words.json")
    assert (link.get("model"), link.get("knob_1"), link.fault) == (0, 0.5, "")
    link.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"version": 1, "words": {"level_db": 1', "Expecting"),
        (b"\xff\xfe\x00", "decode|Expecting"),
        (b"[1]", "no words of version 1"),
        (b'{"version": 2, "words": {}}', "no words of version 1"),
        (b'{"version": 1, "words": [0]}', "no words of version 1"),
        (b'{"version": 1, "words": {"level_db": NaN}}', "level_db is nan"),
        (b'{"version": 1, "words": {"level_db": -1e999}}', "level_db is -inf"),
        (b'{"version": 1, "words": {"level_db": "3"}}', "level_db is '3'"),
        (b'{"version": 1, "words": {"bypass": true}}', "bypass is True"),
        (b'{"version": 1, "words": {"model": 17}}', "model is 17"),
        (b'{"version": 1, "words": {"model": "ff"}}', "model is 'ff'"),
        (b'{"version": 1, "words": {"model": "-00000000000000f"}}', "non-hexadecimal"),
        (b"[" * 60_000, "recursion"),
        (b" " * 70_000, "more than 65536 bytes"),
    ],
)
def test_damaged_saved_words_are_said_and_leave_the_defaults(tmp_path: Path, text: bytes, reason: str) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(text)
    with pytest.raises(LinkError, match=rf"^saved words .*words\.json cannot be read: [^\n]*({reason})[^\n]*$"):
        saved_words(path)
    link = Link(tmp_path / "link", path)
    assert "words.json cannot be read" in link.fault
    assert {word.name: link.get(word.name) for word in WORDS} == {word.name: word.default for word in WORDS}
    link.close()
    assert path.read_bytes() == text


def test_saved_words_that_are_no_file_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(LinkError, match="it is no file"):
            saved_words(path)
