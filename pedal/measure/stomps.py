"""How long a foot waits: from the edge of a footswitch to the engine's word, while the display draws.

A process of its own runs control as it is, with gpiozero's mock pins, whose edges come from another thread as lgpio's
do, and with an OLED on a bus that takes as long as a real one at 400 kHz. This process stands in for the engine: it
moves the meters, so that there is always something to draw, and sees the word change.
"""

import mmap
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pedal.config import Places
from pedal.control.settings import ScreenSettings, Settings
from pedal.errors import PedalError
from pedal.link import RUNNING, Link

PRESSED_S, RELEASED_S = (0.05, 0.15), (0.05, 0.2)
"""At random between these: most presses are short, and none is a long one."""
PATIENCE_S = 20.0
METERS_S = 0.005
BUS_S_PER_BYTE = 9 / 400_000
"""Eight bits and an acknowledgement."""
ADDRESS_BYTES = 2
STAMP = struct.Struct("<q")


def stomps(count: int, pressed: Callable[[], None] = lambda: None) -> list[float]:
    """Seconds from edge to word, of so many presses of bypass; `pressed` is called after each.

    Raises:
        PedalError: control has ended, or does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="pedal-stomps-") as name:
        folder = Path(name)
        (folder / "stamp").write_bytes(bytes(mmap.PAGESIZE))
        command = [sys.executable, "-P", "-m", "pedal.measure.stomps", name, str(count)]
        with closing(Link(folder / "run" / "link")) as link, open(folder / "stamp", "r+b") as file:
            stamp = mmap.mmap(file.fileno(), mmap.PAGESIZE)
            link.set("process", os.getpid())
            link.set("state", RUNNING)
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as control:
                try:
                    return [_one(link, stamp, control, pressed) for _ in range(count)]
                finally:
                    control.kill()


def _one(link: Link, stamp: mmap.mmap, control: "subprocess.Popen[bytes]", pressed: Callable[[], None]) -> float:
    """Wait for the word to change; gives how long after the edge that was."""
    before, heartbeat = link.get("bypass"), int(link.get("heartbeat"))
    start = meters = time.monotonic()
    while link.get("bypass") == before:
        now = time.monotonic()
        if now >= meters:
            meters, heartbeat = now + METERS_S, heartbeat + 1
            link.set("heartbeat", heartbeat)
            link.set("input_peak", random.random())
            link.set("output_peak", random.random())
        if now > start + PATIENCE_S or control.poll() is not None:
            raise PedalError("the control process did not answer to its footswitch")
    (edge_ns,) = STAMP.unpack_from(stamp)
    waited = time.monotonic_ns() - edge_ns
    pressed()
    return float(waited) * 1e-9


class SlowBus:
    """An I²C bus at 400 kHz, with nothing on it."""

    def command(self, *codes: int) -> None:
        """Take as long as the commands take."""
        self.data(bytes(len(codes)))

    def data(self, data: bytes) -> None:
        """Take as long as the bytes take; other threads go on meanwhile, as they do in the system's call."""
        time.sleep((len(data) + ADDRESS_BYTES) * BUS_S_PER_BYTE)

    def cleanup(self) -> None:
        """Nothing is held."""


def _press(pin: object, stamp: mmap.mmap, count: int) -> None:
    """So many times bypass, at moments that nothing else has to do with."""
    time.sleep(1.0)  # control is there by then; if not, the first one waits in its queue
    for _ in range(count):
        STAMP.pack_into(stamp, 0, time.monotonic_ns())
        pin.drive_low()  # type: ignore[attr-defined]
        time.sleep(random.uniform(*PRESSED_S))
        pin.drive_high()  # type: ignore[attr-defined]
        time.sleep(random.uniform(*RELEASED_S))


def _control(folder: Path, count: int) -> None:
    """The other process."""
    from gpiozero.pins.mock import MockFactory

    from pedal.control.display import booted
    from pedal.control.main import Control
    from pedal.control.oled import Oled

    settings, factory = Settings(), MockFactory()
    where = Places(folder / "pedal.toml", folder / "state", folder / "kernels", folder / "run")
    display = booted(lambda: Oled(ScreenSettings(), lambda _settings: SlowBus()))
    control = Control(where, settings, lambda: factory, display, lambda _line: None)
    with open(folder / "stamp", "r+b") as file:
        stamp = mmap.mmap(file.fileno(), mmap.PAGESIZE)
    pin = factory.pin(settings.switch["A"].pin)
    control.loop.at(0.0, threading.Thread(target=_press, args=(pin, stamp, count), daemon=True).start)
    control.run()


if __name__ == "__main__":
    _control(Path(sys.argv[1]), int(sys.argv[2]))
