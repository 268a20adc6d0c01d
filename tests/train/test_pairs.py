"""Pairs as typed and as listed, and the knobs that they make."""

from pathlib import Path

import pytest

from pedal.errors import ConfigError
from pedal.train.pairs import Listed, knobs, listed, typed

A, B = Path("a.wav"), Path("b.wav")


def test_typed() -> None:
    assert typed("gain=0.0:a.wav:b.wav") == Listed(A, B, {"gain": 0.0})
    assert typed("gain=1, tone=.5:x/a.wav:b.wav") == Listed(Path("x/a.wav"), B, {"gain": 1.0, "tone": 0.5})


def test_a_take_to_validate_on_needs_no_knobs() -> None:
    assert typed("a.wav:b.wav", bare=True) == Listed(A, B, {})
    assert typed("gain=1:a.wav:b.wav", bare=True) == Listed(A, B, {"gain": 1.0})
    with pytest.raises(ConfigError, match=r"'a.wav' was given; expected CLEAN.wav:AMP.wav or NAME=0..1"):
        typed("a.wav", bare=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.wav:b.wav", "expected NAME=0..1"),
        ("gain:a.wav:b.wav", "expected NAME=0..1"),
        ("gain=2:a.wav:b.wav", "'2' was given; expected 0 to 1 for knob gain"),
        ("gain=0,gain=1:a.wav:b.wav", "expected NAME=0..1"),
    ],
)
def test_mistyped(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        typed(text)


def test_listed(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text('[[pair]]\nclean = "a.wav"\namp = "b.wav"\nknobs = { gain = 0.25 }\ndelay_frames = 7\n')
    assert listed(path) == [Listed(tmp_path / "a.wav", tmp_path / "b.wav", {"gain": 0.25}, 7)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[pair]]\nclean = "a.wav"\n', "missing required field `amp`"),
        ('[[pair]]\nclean = "a"\namp = "b"\ngain = 1\n', "unknown field `gain`"),
        ('[[pair]]\nclean = "a"\namp = "b"\nknobs = { gain = 5 }\n', "knob gain is at 5; expected 0 to 1"),
        ("[[pair", "is refused"),
    ],
)
def test_mislisted(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        listed(path)
    with pytest.raises(ConfigError, match=r"gone.toml cannot be read: No such file"):
        listed(tmp_path / "gone.toml")


def test_knobs_are_those_that_the_pairs_name_or_those_wanted() -> None:
    pairs = [Listed(A, B, {"gain": 0.0, "tone": 1.0}), Listed(A, B, {"tone": 0.0, "gain": 1.0})]
    assert knobs(pairs) == ("gain", "tone")
    assert knobs(pairs, ["tone"]) == ("tone",)
    assert knobs([Listed(A, B, {})]) == ()


@pytest.mark.parametrize(
    ("positions", "wanted", "words"),
    [
        ([{"gain": 0.0}, {"gain": 1.0}], ["gian"], "did you mean gain"),
        ([{}], ["gain"], "give its positions with --pair"),
        ([{"gain": 0.0}, {}], [], "has no position in some pairs"),
        ([{"gain": 0.5}, {"gain": 0.5}], [], "always stands at 0.5; expected two positions or more"),
        ([{"gain": 0.0}, {"Gain": 1.0}], [], "knobs 'gain' and 'Gain' are one to the pedal; expected one spelling"),
        ([{"gain": 0.0, "Gain": 1.0}, {"gain": 1.0, "Gain": 0.0}], [], "knobs 'gain' and 'Gain' are one to the pedal"),
        ([{"a": 0.0, "b": 0.0, "c": 0.0}], [], "3 knobs are named: a, b, c; expected at most 2"),
    ],
)
def test_knobs_that_cannot_be_learnt(positions: list[dict[str, float]], wanted: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        knobs([Listed(A, B, at) for at in positions], wanted)
