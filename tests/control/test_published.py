"""The words that reach the engine, and those it may start from alone."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from pedal.config import Places
from pedal.control.published import PROVEN_S, Published
from pedal.link import RUNNING, Link, saved_words

WORDS = {
    "model": 0xABCDEF,
    "bypass": 0,
    "mute": 1,
    "input_gain_db": 3.5,
    "level_db": -2.0,
    "knob_1": 0.25,
    "knob_2": 0.5,
}
LASTING = {"bypass": 1}


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return Places(tmp_path / "pedal.toml", tmp_path / "state", tmp_path / "kernels", tmp_path / "run")


class Files:
    """What was to be saved."""

    def __init__(self) -> None:
        self.saved: list[tuple[Path, bytes]] = []

    def save(self, path: Path, data: bytes) -> None:
        self.saved.append((path, data))


def test_words_reach_the_link_and_only_those_that_are_new(where: Places) -> None:
    published = Published(where, Files().save)
    published.publish(WORDS)
    with closing(Link(where.link)) as engine:
        assert {name: engine.get(name) for name in WORDS} == WORDS
        engine.set("knob_1", 0.99)  # nobody else writes it; if it is written once more, this is gone
        published.publish({**WORDS, "level_db": -3.0})
        assert (engine.get("knob_1"), engine.get("level_db")) == (0.99, -3.0)
    published.link.close()


def test_words_are_proven_by_ten_seconds_of_their_model(where: Places) -> None:
    files = Files()
    published = Published(where, files.save)
    published.publish(WORDS)
    with closing(Link(where.link)) as engine:
        published.prove(0.0, LASTING)
        engine.set("state", RUNNING)
        engine.set("playing", 0x123)
        published.prove(20.0, LASTING)  # another one is heard
        engine.set("playing", WORDS["model"])
        for now in (30.0, 35.0, 39.9):
            published.prove(now, LASTING)
        assert files.saved == []
        published.prove(30.0 + PROVEN_S, LASTING)
    [(path, data)] = files.saved
    path.parent.mkdir()
    path.write_bytes(data)
    assert path == where.words
    kept = {name: value for name, value in WORDS.items() if name != "mute"}  # a pedal that starts is heard
    assert saved_words(path) == {**kept, **LASTING}
    assert json.loads(data)["words"]["model"] == "0000000000abcdef"
    published.link.close()


def test_another_model_has_to_prove_itself_anew(where: Places) -> None:
    files = Files()
    published = Published(where, files.save)
    with closing(Link(where.link)) as engine:
        engine.set("state", RUNNING)
        engine.set("playing", 1)
        published.publish({**WORDS, "model": 1})
        published.prove(0.0, LASTING)
        published.publish({**WORDS, "model": 2})
        engine.set("playing", 2)
        published.prove(9.0, LASTING)
        published.prove(11.0, LASTING)
        assert files.saved == []
        published.prove(19.0, LASTING)
        assert len(files.saved) == 1
    published.link.close()


@pytest.mark.parametrize("new_one", [False, True])
def test_a_link_that_was_taken_away_is_lost_even_where_there_is_another(where: Places, new_one: bool) -> None:
    published = Published(where, Files().save)
    assert not published.lost()
    where.link.unlink()
    if new_one:
        Link(where.link).close()
    assert published.lost()
    published.close()
