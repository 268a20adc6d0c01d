"""The face on the terminal, in a thread of its own: a slow terminal keeps no foot waiting."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pedal.control.settings import Settings
from pedal.sim.face import Face, draw
from pedal.sim.terminal import Terminal

BETWEEN_S = 0.04
"""Between two pictures, at least."""


class Painter:
    """Shows the newest face; what comes faster than that is never seen."""

    def __init__(self, terminal: Terminal, settings: Settings) -> None:
        self._terminal = terminal
        self._settings = settings
        self._face = Face()
        self._changing = threading.Lock()
        self._painting = threading.Lock()
        self._news = threading.Event()
        self._ended = threading.Event()
        self._fault: Exception | None = None
        self._thread: threading.Thread | None = None

    def start(self, failed: Callable[[], None]) -> None:
        """Begin; the terminal has been entered. `failed` is called from the thread where that has gone."""
        self._thread = threading.Thread(target=self._run, args=(failed,), name="painter", daemon=True)
        self._thread.start()

    def show(self, **changes: Any) -> None:
        """Have these fields of the face changed; from any thread, never waiting for the terminal."""
        with self._changing:
            before, self._face = self._face, self._face._replace(**changes)
        if self._face != before:
            self._news.set()

    def again(self) -> None:
        """Look at the terminal again: it may be of another size."""
        self._news.set()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Nothing is painted meanwhile; everything is, afterwards."""
        with self._painting:
            yield
        self._news.set()

    def close(self) -> None:
        """End; a fault that was none of the terminal's is raised here, where the terminal can be left."""
        self._ended.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(1.0)  # longer only where the terminal takes nothing more
        if self._fault is not None:
            raise self._fault

    def _run(self, failed: Callable[[], None]) -> None:
        try:
            while self._news.wait() and not self._ended.is_set():
                self._news.clear()
                with self._painting:
                    self._terminal.paint(draw(self._face, self._settings, *self._terminal.size()))
                self._ended.wait(BETWEEN_S)
        except OSError:  # it has gone
            failed()
        except Exception as error:  # noqa: BLE001 (raised again by close)
            self._fault = error
            failed()
