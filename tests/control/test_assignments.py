"""What assignments mean, and every way in which they can be wrong."""

import pytest

from pedal.control.assignments import values_for
from pedal.control.events import Asked
from pedal.control.rack import Entry, Knob, Rack
from pedal.errors import ConfigError

RACK = Rack(
    entries=(
        Entry("Plexi", "Plexi 1959", "Plexi.neuralpi.json", 1, knobs=(Knob("Gain"), Knob("Tone"))),
        Entry("Bare", "Bare", "Bare.json", 2),
        Entry("Huge", "Huge", "Huge.nam", 3, refused="takes 63 %", reason="takes 63 % of the period; expected 40 %"),
    ),
    out=(Entry("Old", "Old", "Old.json", 4),),
)


def asked(*texts: str, playing: str = "") -> Asked:
    pairs = [(name, value) for name, _, value in (text.partition("=") for text in texts)]
    return values_for(pairs, RACK, next((entry for entry in RACK.entries if entry.name == playing), None))


def test_gains_and_switches() -> None:
    given = asked("input_gain_db=6", "level_db=-3.5", "bypass=on", "mute=OFF", "boost=on")
    assert given == ({"input_gain_db": 6.0, "level_db": -3.5, "bypass": 1, "mute": 0, "boost": 1}, None)


@pytest.mark.parametrize("wanted", ["Plexi", "plexi", "PLEXI.neuralpi.json"])
def test_a_model_by_its_name_or_its_file(wanted: str) -> None:
    assert asked(f"model={wanted}") == ({}, "Plexi")


def test_no_model() -> None:
    assert asked("model=None", playing="Plexi") == ({}, "")


def test_a_knob_is_that_of_the_model_that_plays_then() -> None:
    assert asked("knob.tone=0.25", playing="Plexi") == ({"knob_2": 0.25}, None)
    assert asked("knob.gain=1", "model=plexi", playing="Bare") == ({"knob_1": 1.0}, "Plexi")


@pytest.mark.parametrize("rack", [RACK, Rack()])
def test_the_model_that_plays_has_its_knobs_though_the_rack_has_it_no_more(rack: Rack) -> None:
    old = Entry("Old", "Old", "Old.json", 4, knobs=(Knob("Drive"),))
    assert values_for([("knob.drive", "0.5")], rack, old) == ({"knob_1": 0.5}, None)


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        (["level_db=41"], "level_db: '41' was given; expected -40 to 12 dB"),
        (["input_gain_db=nan"], "expected -20 to 30 dB"),
        (["bypass=maybe"], "bypass: value 'maybe' is unknown; expected one of off, on"),
        (["bypas=on"], "bypas: is unknown; did you mean bypass?"),
        (["xyzzy=1"], "expected one of input_gain_db, level_db, bypass, mute, boost, model, knob.Gain, knob.Tone"),
        (["level_db=3", "level_db=4"], "level_db is set 2 times; expected once"),
        (["knob.gain=1", "knob.Gain=0"], "knob.gain is set 2 times; expected once"),
        (["knob.gian=1"], "knob 'gian' is unknown; did you mean Gain?"),
        (["knob.gain=1.1"], "knob.gain: '1.1' was given; expected 0 to 1"),
        (["model=Bare", "knob.gain=1"], "knob.gain: this model has no knobs"),
        (["model=none", "knob.gain=1"], "knob.gain: no model plays, so there is no knob"),
        (["model=Plexy"], "model: 'Plexy' is unknown; did you mean Plexi?"),
        (["model=Huge"], "model: Huge is refused: takes 63 % of the period; expected 40 %"),
        (["model=old"], "model: Old is left out of the set list; take the # from its line in setlist.txt"),
    ],
)
def test_a_fault_says_what_was_meant(texts: list[str], fault: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        asked(*texts, playing="Plexi")
    assert fault in str(refusal.value)


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match=r"model: 'x' .*; level_db: 'loud' .*; bypass: value '2'"):
        asked("level_db=loud", "bypass=2", "model=x")


def test_without_models_it_says_so() -> None:
    with pytest.raises(ConfigError, match="'x' is unknown; there are no models"):
        values_for([("model", "x")], Rack(), None)
