"""Decibels, by the definition."""

import math

import pytest

from pedal.measure.level import dbfs, gain, rounded


def test_twenty_decibels_are_a_factor_of_ten() -> None:
    assert dbfs(0.1) == pytest.approx(-20.0)
    assert gain(20.0) == pytest.approx(10.0)
    assert gain(dbfs(0.3)) == pytest.approx(0.3)


def test_silence_has_no_level_in_json() -> None:
    assert dbfs(0.0) == -math.inf
    assert rounded(dbfs(0.0)) is None
    assert rounded(-6.0206) == -6.02
