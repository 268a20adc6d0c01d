"""The painter: the newest face and no other, and what it does when the terminal has gone."""

import threading
from collections.abc import Sequence

import pytest

from pedal.control.settings import Settings
from pedal.sim.face import Row
from pedal.sim.painter import Painter
from pedal.sim.terminal import Terminal

PATIENCE_S = 20.0


class Paper(Terminal):
    """A terminal that keeps what was painted, or fails."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.painted: list[str] = []
        self.free = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def size(self) -> tuple[int, int]:
        return 80, 24

    def paint(self, rows: Sequence[Row]) -> None:
        if self.fault:
            raise self.fault
        self.painted.append("".join(span.text for row in rows for span in row))
        self.done.release()
        assert self.free.acquire(timeout=PATIENCE_S)


def test_only_the_newest_is_painted_and_nothing_where_nothing_changed() -> None:
    paper, failed = Paper(), threading.Event()
    painter = Painter(paper, Settings())
    painter.show(notice="first")
    painter.start(failed.set)
    assert paper.done.acquire(timeout=PATIENCE_S)
    for number in range(50):  # while the terminal is slow
        painter.show(notice=f"number {number}")
    paper.free.release()
    assert paper.done.acquire(timeout=PATIENCE_S)
    painter.show(notice="number 49")
    paper.free.release()
    painter.again()
    assert paper.done.acquire(timeout=PATIENCE_S)
    paper.free.release()
    painter.close()
    assert ["first" in paper.painted[0], *("number 49" in text for text in paper.painted[1:])] == [True] * 3
    assert not failed.is_set()


def test_a_terminal_that_has_gone_is_told() -> None:
    failed = threading.Event()
    painter = Painter(Paper(OSError(5, "Input/output error")), Settings())
    painter.start(failed.set)
    painter.show(notice="hello")
    assert failed.wait(PATIENCE_S)
    painter.close()


def test_a_fault_of_its_own_is_raised_where_the_terminal_can_be_left() -> None:
    failed = threading.Event()
    painter = Painter(Paper(ZeroDivisionError("division by zero")), Settings())
    painter.start(failed.set)
    painter.show(notice="hello")
    assert failed.wait(PATIENCE_S)
    with pytest.raises(ZeroDivisionError):
        painter.close()
