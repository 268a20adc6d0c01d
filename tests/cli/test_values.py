"""What is typed after a command."""

import argparse

import pytest

from pedal.cli import values


@pytest.mark.parametrize("text", ["nan", "inf", "-61", "", "loud", "1e999", "6dB"])
def test_a_number_out_of_range_or_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected -60 to 40 dB"):
        values.number(-60.0, 40.0, "dB")(text)


def test_a_number_within_its_range() -> None:
    assert values.number(-60.0, 40.0, "dB")(" -60 ") == -60.0
    assert values.whole(1, 65_536, "frames")("64") == 64


@pytest.mark.parametrize("text", ["0", "65537", "-1", "1.5", "٣", "", "9" * 5000])
def test_a_whole_number_out_of_range_or_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected 1 to 65536 frames"):
        values.whole(1, 65_536, "frames")(text)


def test_an_assignment_keeps_later_signs() -> None:
    assert values.assignment("model=a=b") == ("model", "a=b")


@pytest.mark.parametrize("text", ["level_db", "=3", "level_db=", "="])
def test_half_an_assignment_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected NAME=VALUE"):
        values.assignment(text)
