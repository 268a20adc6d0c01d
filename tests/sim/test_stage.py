"""What is on stage: folders that go, the model to begin with."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal import config
from pedal.config import Places
from pedal.control import saved
from pedal.control.rack import Entry, Rack
from pedal.control.saved import Saved, Setting
from pedal.errors import ConfigError, ModelError
from pedal.sim.stage import add_models, begin_with, folders

if TYPE_CHECKING:
    from tests.conftest import WriteModel

RACK = Rack(
    entries=(
        Entry("one", "One", "one.json", 1),
        Entry("two", "Two", "two.nam", 2),
        Entry("heavy", "Heavy", "heavy.json", 3, refused="61 %", reason="takes 61 % of the period"),
    ),
    out=(Entry("spare", "Spare", "spare.json", 4),),
)


@pytest.fixture
def where(places: Path) -> Places:
    """Folders of one's own."""
    (places / "state").mkdir()
    return config.places()


def remembered(where: Places) -> Saved:
    return saved.read(where.saved).saved


def test_folders_are_gone_afterwards_but_for_the_state_that_was_given(where: Places) -> None:
    with folders(where) as fresh:
        assert (fresh.config, fresh.kernels) == (where.config, where.kernels)
        fresh.state.mkdir()
        fresh.run.mkdir()
        assert fresh.state.parent == fresh.run.parent
    assert not fresh.run.parent.exists()
    with folders(where, where.state) as kept:
        assert kept.state == where.state
        assert kept.run != where.run
    assert where.state.exists()


def test_a_model_from_elsewhere_is_copied_only_where_it_may_be(where: Places, write_model: "WriteModel") -> None:
    path = write_model("mine")
    assert add_models(where, None, may_copy=True) is None
    assert {each.name for each in where.models.iterdir()} >= {"simulated-overdrive.json"}
    with pytest.raises(ModelError, match="copy it into"):
        add_models(where, str(path), may_copy=False)
    assert add_models(where, str(path), may_copy=True) == where.models / "mine.json"
    assert (where.models / "mine.json").read_bytes() == path.read_bytes()
    assert add_models(where, "MINE", may_copy=False) == where.models / "mine.json"


@pytest.mark.parametrize(
    ("model", "file", "begins"),
    [("", None, "one"), ("two", None, "two"), ("spare", None, "one"), ("gone", None, "one"), ("heavy", None, "one"),
     ("one", "two.nam", "two")],
)  # fmt: skip
def test_it_begins_with_what_is_wanted_then_what_was_played_then_the_first(
    where: Places, model: str, file: str | None, begins: str
) -> None:
    before = Saved(model, "two", bypass=True, boost=True, settings={"one": Setting(level_db=3.0)})
    where.saved.write_bytes(saved.encode(before))
    entry = begin_with(where, RACK, Path(file) if file else None)
    assert entry is not None
    assert entry.name == begins == remembered(where).model
    assert remembered(where).settings == before.settings
    assert (remembered(where).bypass, remembered(where).boost) == (True, True)


def test_a_model_that_the_pedal_would_not_play_is_not_begun_with(where: Places) -> None:
    for name, why in (
        ("heavy", "heavy is refused: takes 61 % of the period"),
        ("spare", "spare is left out of the set list; take the # from its line in setlist.txt"),
        ("none", "'none.json' is unknown; "),
    ):
        with pytest.raises(ConfigError, match=why):
            begin_with(where, RACK, Path(f"{name}.json"))
    assert begin_with(where, Rack(entries=RACK.entries[2:]), None) is None
    assert not where.saved.exists()
