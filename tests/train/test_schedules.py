"""How the learning rate moves."""

import pytest

from pedal.errors import ConfigError
from pedal.train.schedules import PATIENCE, WARMUP, Schedule


def test_a_cosine_rises_briefly_and_falls_to_its_end() -> None:
    schedule = Schedule("cosine", 0.01, 0.0001)
    assert schedule.rate(WARMUP / 2) == pytest.approx(0.005)
    assert schedule.rate(WARMUP) == pytest.approx(0.01)
    assert schedule.rate((1 + WARMUP) / 2) == pytest.approx((0.01 + 0.0001) / 2)
    assert schedule.rate(1.0) == pytest.approx(0.0001)
    assert schedule.rate(0.0) > 0


def test_a_plateau_halves_the_rate_when_nothing_gets_better() -> None:
    schedule = Schedule("plateau", 0.01, 0.004)
    schedule.validated(1.0)
    for _ in range(PATIENCE):
        schedule.validated(1.0)
    assert schedule.rate(0.5) == 0.01
    schedule.validated(1.0)
    assert schedule.rate(0.5) == 0.005
    schedule.validated(0.9)
    for _ in range(PATIENCE + 1):
        schedule.validated(0.95)
    assert schedule.rate(0.5) == 0.004


def test_a_constant_stays() -> None:
    assert {Schedule("constant", 0.01, 0.001).rate(step / 10) for step in range(11)} == {0.01}


def test_a_saved_schedule_goes_on() -> None:
    schedule = Schedule("plateau", 0.01, 0.001)
    for loss in (1.0, *[2.0] * 9):
        schedule.validated(loss)
    assert Schedule(**schedule.state()) == schedule


def test_unknown_kinds_and_rates_are_refused() -> None:
    with pytest.raises(ConfigError, match="schedule 'linear' is unknown; expected one of cosine, plateau, constant"):
        Schedule("linear", 0.01, 0.001)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"learning rates 0\.001 to 0\.01 are no way down"):
        Schedule("cosine", 0.001, 0.01)
