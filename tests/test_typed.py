"""What people type: numbers and names."""

import pytest

from pedal.errors import ConfigError
from pedal.typed import chosen, hint, within


def test_a_number_within_its_range() -> None:
    assert within(" -60 ", -60.0, 40.0, "dB") == -60.0


@pytest.mark.parametrize("text", ["nan", "inf", "-61", "", "loud", "1e999", "6dB"])
def test_a_number_out_of_range_or_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="was given; expected -60 to 40 dB"):
        within(text, -60.0, 40.0, "dB")


def test_a_candidate_is_spelled_as_it_is() -> None:
    assert hint("gAin", ["Tone", "Gain"]) == "did you mean Gain?"
    assert hint("strasse", ["Straße"]) == "did you mean Straße?"


def test_a_name_is_found_whatever_its_capitals() -> None:
    assert chosen("knob", "GAIN", ["Tone", "Gain"]) == 1


def test_an_unknown_name_is_answered_with_what_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"knob 'gian' is unknown; did you mean Gain\?"):
        chosen("knob", "gian", ["Tone", "Gain"])
    with pytest.raises(ConfigError, match="expected one of Tone, Gain"):
        chosen("knob", "xyzzy", ["Tone", "Gain"])
    with pytest.raises(ConfigError, match="this model has no knobs"):
        chosen("knob", "gain", [])
