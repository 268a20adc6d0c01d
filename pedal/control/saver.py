"""Writing what is to be remembered, in a thread of its own: a memory card may take hundreds of milliseconds for it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pedal.files import replacing

BETWEEN_S = 2.0
"""Two writes of one file; a knob that is being turned would otherwise wear the card out."""
CLOSING_S = 10.0
"""For what waits at the end; a worn card may take seconds."""
LONGEST_S = 64.0
"""Between two tries where the disk is full or read-only."""


class _File(NamedTuple):
    """What is known of one file."""

    wanted: bytes | None
    """None: nothing waits to be written."""
    written: bytes | None = None
    """What the disk has, or will have when the write that is under way is done."""
    due: float = 0.0
    """When it may next be written."""
    patience_s: float = BETWEEN_S
    """How long after a try that fails the next one comes."""
    fault: str = ""


class Saver:
    """Takes what is to be written at once, and writes the newest of it in good time."""

    def __init__(self, told: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`told` is called, in the thread that writes, with why a file cannot be written, and with "" when all can."""
        self._told = told
        self._clock = clock
        self._files: dict[Path, _File] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def save(self, path: Path, data: bytes) -> None:
        """Have the file at path hold this, instead of anything that waits to be written there. Never waits itself."""
        with self._changed:
            file = self._files.get(path, _File(None))
            self._files[path] = file._replace(wanted=None if data == file.written else data)
            self._changed.notify()

    def close(self, patience_s: float = CLOSING_S) -> bool:
        """Write all that waits, and end; gives whether that was done within so many seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is None:
            self.write_due(hurry=True)
        else:
            self._thread.join(patience_s)
        return not self._thread.is_alive() and not any(file.wanted is not None for file in self._files.values())

    def write_due(self, hurry: bool = False) -> float | None:
        """Write what may be written by now, in a hurry everything; gives when there is more to be written."""
        now = self._clock()
        with self._changed:
            waiting = [(path, file) for path, file in self._files.items() if file.wanted is not None]
        for path, file in waiting:
            if hurry or file.due <= now:
                self._write(path, file)
        with self._changed:
            return self._due()

    def _write(self, path: Path, file: _File) -> None:
        """Try it; a newer wish that comes meanwhile stays."""
        data, fault = file.wanted, ""
        assert data is not None  # or it would not wait
        with self._changed:
            self._files[path] = file._replace(wanted=None, written=data)
        try:
            with replacing(path) as temporary:
                temporary.write_bytes(data)
        except OSError as error:
            fault = f"{path} cannot be written: {error.strerror}; what you change is not remembered"
        now = self._clock()
        with self._changed:
            newest = self._files[path].wanted
            if fault:
                patience_s = min(2 * file.patience_s, LONGEST_S)
                self._files[path] = _File(newest or data, file.written, now + file.patience_s, patience_s, fault)
            else:
                self._files[path] = _File(newest, data, now + BETWEEN_S)
        self._say(next((file.fault for file in self._files.values() if file.fault), ""))

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._told(text)

    def _run(self) -> None:
        while self._wait():
            self.write_due()
        self.write_due(hurry=True)

    def _wait(self) -> bool:
        """Wait until something may be written; false if this is the end."""
        with self._changed:
            while not self._closing:
                wait_s = None if (due := self._due()) is None else due - self._clock()
                if wait_s is not None and wait_s <= 0:
                    return True
                self._changed.wait(wait_s)
        return False

    def _due(self) -> float | None:
        """When something may next be written; None where nothing waits."""
        return min((file.due for file in self._files.values() if file.wanted is not None), default=None)
