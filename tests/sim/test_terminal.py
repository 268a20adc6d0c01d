"""The terminal in a terminal: a small program paints in it, and an emulator reads what can be seen."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.sim.emulator import Emulator

PROGRAM = """
import sys
from blessed import Terminal as Blessed
from pedal.errors import PedalError
from pedal.sim.face import Span
from pedal.sim.terminal import Terminal
try:
    terminal = Terminal(Blessed())
except PedalError as error:
    sys.exit(str(error))
terminal.enter()
try:
    line = "ready"
    while line != "q":
        columns, lines = terminal.size()
        rows = [(Span(f"{columns} x {lines}", "dim"),), (Span(line[:30], "lit"),), *[()] * (lines - 2)]
        terminal.paint(rows)
        import select
        select.select((0,), (), ())
        line = " ".join(terminal.keys())
    if "fall" in sys.argv:
        raise RuntimeError("fell")
finally:
    terminal.leave()
print("left")
"""
Run = Callable[..., Emulator]


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts programs in terminals of 40 columns and 10 lines; ends them."""
    started: list[Emulator] = []

    def start(*arguments: str, program: str = PROGRAM, **environment: str) -> Emulator:
        plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLORTERM", "LC_ALL")}
        variables = plain | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": os.getcwd()} | environment
        started.append(Emulator([sys.executable, "-c", program, *arguments], 40, 10, variables))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


def test_it_paints_reads_keys_and_gives_everything_back(run: Run) -> None:
    terminal = run()
    terminal.shows("40 x 10", "ready")
    assert terminal.alternate
    assert not terminal.cursor
    assert not terminal.restored()
    for typed, named in (("b", "b"), ("B", "B"), ("\x1b[D", "KEY_LEFT"), ("\x1bOA", "KEY_UP"), ("\r", "KEY_ENTER"),
                         ("\x1b[6~", "KEY_PGDOWN"), ("é", "é"), ("?", "?")):  # fmt: skip
        terminal.type(typed)
        terminal.shows(f"40 x 10\n{named}")
    assert terminal.fresh <= 2  # once cleared by entering, once by the first picture
    terminal.type("q")
    assert terminal.end() == 0
    assert "left" in terminal.text
    assert terminal.restored()


def test_it_is_given_back_when_the_program_falls(run: Run) -> None:
    terminal = run("fall")
    terminal.shows("ready")
    terminal.type("q")
    assert terminal.end() == 1
    assert terminal.restored()
    assert "RuntimeError: fell" in terminal.text


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TERM": "dumb"}, "this is no terminal to draw on: TERM is dumb"),
        ({"NO_COLOR": "1"}, "this is no terminal to draw on"),
        ({"PYTHONIOENCODING": "latin-1"}, "this terminal's letters are iso8859-1"),
    ],
)
def test_a_terminal_that_cannot_show_the_pedal_is_refused(run: Run, environment: dict[str, str], said: str) -> None:
    terminal = run(**environment)
    assert terminal.end() == 1
    assert said[:38] in terminal.text
    assert terminal.restored()
