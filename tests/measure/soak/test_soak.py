"""The soak's loop on a clock that moves only when it waits."""

from pedal.measure.soak.sample import Sample
from pedal.measure.soak.soak import soak
from pedal.measure.soak.tally import Tally
from tests.measure.soak.samples import sample


class Course:
    """A clock, a load that counts its steps, and what was told."""

    def __init__(self, pause_at: float = -1.0, end_at: float = float("inf"), step_s: float = 0.0) -> None:
        self.now = 100.0
        self.steps = 0
        self.told: list[float] = []
        self._pause_at, self._end_at, self._step_s = pause_at, end_at, step_s

    def run(self, seconds: float) -> Tally:
        return soak(
            self._sample, seconds, self, ended=lambda: self.now - 100.0 >= self._end_at, told=self._tell,
            clock=lambda: self.now, wait=self._wait,
        )  # fmt: skip

    def step(self) -> None:
        self.steps += 1
        self.now += self._step_s

    def _sample(self, at_s: float) -> Sample:
        return sample(at_s)

    def _tell(self, _tally: Tally, at_s: float) -> None:
        self.told.append(round(at_s, 6))

    def _wait(self, seconds: float) -> None:
        assert seconds >= 0.0
        self.now += seconds
        if 0.0 <= self._pause_at < self.now - 100.0:
            self.now += 30.0  # the whole machine stood still
            self._pause_at = -1.0


def test_a_sample_a_second_and_ten_steps_between_them() -> None:
    course = Course()
    tally = course.run(5.0)
    assert [round(at_s) for at_s in course.told] == [0, 1, 2, 3, 4, 5]
    assert all(abs(at_s - round(at_s)) <= 0.1001 for at_s in course.told)
    assert course.steps in (50, 51)
    assert tally.seconds == course.told[-1] >= 5.0


def test_ended_early_it_has_what_there_was() -> None:
    course = Course(end_at=2.35)
    tally = course.run(600.0)
    assert 2.35 <= tally.seconds < 2.5
    assert len(course.told) == 4


def test_ended_at_once() -> None:
    course = Course(end_at=0.0)
    assert course.run(60.0).seconds == 0.0
    assert (course.told, course.steps) == ([0.0], 0)


def test_after_a_pause_nothing_is_caught_up_on() -> None:
    course = Course(pause_at=2.0)
    course.run(40.0)
    gaps = [later - earlier for earlier, later in zip(course.told, course.told[1:], strict=False)]
    assert sum(gap > 25.0 for gap in gaps) == 1
    assert min(gaps) > 0.05


def test_a_slow_load_does_not_make_it_longer() -> None:
    course = Course(step_s=2.0)
    assert course.run(10.0).seconds < 12.2
