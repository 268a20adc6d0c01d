"""A terminal for tests: a program in a pseudo terminal, and what it shows, as far as this project's programs go."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

PATIENCE_S = 20.0
SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<numbers>[?>0-9;]*)(?P<end>[@-~])|\][^\x07]*\x07|P.*?\x1b\\|[()][A-Z0-9]|[=>78c])", re.DOTALL
)
BEGINNING = re.compile(r"\x1b(?:\[[?>0-9;]*|[\]P(].*|)$", re.DOTALL)


class Emulator:
    """Runs a program with a terminal of that size around it."""

    def __init__(self, command: Sequence[str], columns: int, lines: int, environment: Mapping[str, str]) -> None:
        self.columns, self.lines = columns, lines
        self.alternate = False
        self.cursor = True
        self.fresh = 0
        """How often the whole screen was cleared."""
        self._clear()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._x = self._y = 0
        self._master, slave = pty.openpty()
        self.resize(columns, lines)
        self._modes = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        self._slave = slave

    @property
    def text(self) -> str:
        """What can be read, line by line."""
        return "\n".join("".join(line).rstrip() for line in self._cells)

    def restored(self) -> bool:
        """Whether the terminal is as it was before the program."""
        return not self.alternate and self.cursor and termios.tcgetattr(self._slave) == self._modes

    def resize(self, columns: int, lines: int) -> None:
        """Be of another size; the program is told."""
        self.columns, self.lines = columns, lines
        self._clear()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def until(self, holds: Callable[[], bool]) -> None:
        """Show what the program writes until something holds."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"it shows:\n{self.text}"
            self.show()

    def shows(self, *texts: str) -> None:
        """Go on until all of these texts can be read at once."""
        self.until(lambda: all(text in self.text for text in texts))

    def end(self) -> int:
        """Go on until the program has ended; gives its status."""
        self.until(lambda: self.process.poll() is not None)
        while self.show():
            pass
        return self.process.returncode

    def close(self) -> None:
        """Whatever still runs is killed."""
        self.process.kill()
        self.process.wait()
        os.close(self._slave)
        os.close(self._master)

    def show(self) -> bool:
        """Take what the program has written; False where that is nothing."""
        if not select.select((self._master,), (), (), 0.02)[0]:
            return False
        self._rest += self._decoder.decode(os.read(self._master, 65_536))
        while self._rest:
            if found := SEQUENCE.match(self._rest):
                self._rest = self._rest[found.end() :]
                self._obey(found["numbers"] or "", found["end"] or "")
            elif BEGINNING.match(self._rest):  # more of it comes
                break
            else:
                self._put(self._rest[0])
                self._rest = self._rest[1:]
        return True

    def _obey(self, numbers: str, end: str) -> None:
        if end == "H":
            row, column = (int(number or 1) for number in (f"{numbers};").split(";")[:2])
            self._y, self._x = row - 1, column - 1
        elif end == "J":
            self._clear()
            self.fresh += 1
        elif end == "K":
            self._cells[self._y] = [" "] * self.columns
        elif end == "A":
            self._y = max(self._y - int(numbers or 1), 0)
        elif end in ("h", "l") and numbers == "?1049":
            self.alternate = end == "h"
        elif end in ("h", "l") and "?25" in numbers.split(";"):
            self.cursor = end == "h"
        elif (numbers, end) == ("6", "n"):
            os.write(self._master, f"\x1b[{self._y + 1};{self._x + 1}R".encode())  # where the cursor is
        else:
            assert end in ("", "m", "l", "h", "q", "t"), f"not understood: {numbers}{end}"

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self._x = 0
        elif letter == "\n":
            self._y = min(self._y + 1, self.lines - 1)
        elif letter.isprintable():
            if self._x >= self.columns:
                self._x, self._y = 0, min(self._y + 1, self.lines - 1)
            self._cells[min(self._y, self.lines - 1)][self._x] = letter
            self._x += 1

    def _clear(self) -> None:
        self._cells = [[" "] * self.columns for _ in range(self.lines)]
