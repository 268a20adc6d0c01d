"""The terminal: entered and left whole, painted line by line where something has changed, keys read as names."""

import codecs
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from blessed import Terminal as Blessed

from pedal.errors import PedalError
from pedal.sim.face import Row, Style

ESCAPE_S = 0.02
"""How long the rest of an arrow key's letters may take."""
LOOKS: dict[Style, str] = {
    "plain": "normal",
    "dim": "bright_black",
    "bold": "bold",
    "glass": "bright_cyan",
    "lit": "bright_green",
    "clip": "bright_red",
    "down": "reverse",
    "notice": "yellow",
}
"""Blessed's name for each style."""


class Terminal:
    """The terminal of standard input and output."""

    def __init__(self, blessed: Blessed) -> None:
        """Nothing is shown yet.

        Raises:
            PedalError: it cannot show the pedal.
        """
        if not blessed.is_a_tty or not blessed.does_styling or os.environ.get("TERM", "dumb") == "dumb":
            raise PedalError("this is no terminal to draw on: TERM is dumb or NO_COLOR is set; use --headless")
        encoding = codecs.lookup(getattr(blessed.stream, "encoding", None) or "ascii").name
        if encoding != "utf-8":
            raise PedalError(
                f"this terminal's letters are {encoding}, expected utf-8; set LANG=C.UTF-8, or use --headless"
            )
        self._blessed = blessed
        self._entered = ExitStack()
        self._shown: tuple[Row, ...] = ()

    def enter(self) -> None:
        """Take the whole screen and every key; what was there comes back with `leave`."""
        self._shown = ()
        for mode in (self._blessed.fullscreen, self._blessed.hidden_cursor, self._blessed.cbreak):
            self._entered.enter_context(mode())

    def leave(self) -> None:
        """Give both back; a second time does nothing."""
        self._entered.close()

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        return self._blessed.width, self._blessed.height

    def paint(self, rows: Sequence[Row]) -> None:
        """Show these lines; only those that differ from the last ones are written, in one go."""
        rows = tuple(rows)
        same = len(rows) == len(self._shown)
        blessed = self._blessed
        changed: list[str] = [] if same else [blessed.home, blessed.clear]
        for line, row in enumerate(rows):
            if not same or row != self._shown[line]:
                changed.append(blessed.move_xy(0, line))
                changed.extend(f"{getattr(blessed, LOOKS[span.style])}{span.text}{blessed.normal}" for span in row)
        if changed:
            blessed.stream.write("".join(changed))
            blessed.stream.flush()
        self._shown = rows

    def keys(self) -> Iterator[str]:
        """The keys that have been pressed: a letter, or blessed's name of another key."""
        while key := self._blessed.inkey(timeout=0, esc_delay=ESCAPE_S):
            yield key.name if key.is_sequence and key.name else str(key)
