"""An OLED of 128 × 64 pixels on I²C, with an SSD1306 or SH1106 controller; over its bus goes only what has changed.

The bus is luma's, the sending is not: luma's own devices send every picture whole, which takes 25 ms of the bus and can
be heard in an amplifier. Commands are those of the two data sheets. A picture is written by pages of 8 rows, in page
addressing mode, the one that both controllers have.

A display that lost its power and got it back acknowledges everything and shows nothing. So, as long as anything
changes, everything is sent again, the start included: a page at a time, which nobody hears.
"""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Any, Protocol

from PIL import Image

from pedal.control.settings import ScreenSettings

PAGE = 0xB0
"""Or-ed with the page's number: what is written next goes there."""
LOW_COLUMN = 0x00
HIGH_COLUMN = 0x10
"""Or-ed with four bits of the column each."""
CONTRAST = 0x81
OFF = 0xAE
ON = 0xAF
PAGES = 8
FIRST, LAST = 0, PAGES - 1
"""Pages: the start is sent before the one, and the display turned on after the other."""
STARTS = {  # to a display that is on already they change nothing
    # clock, rows, offset, first row, charge pump, page addressing, mirrored both ways as the modules are wired,
    # row pins, precharge, level of the rows, picture from memory, not inverted
    "ssd1306": bytes.fromhex("D580 A83F D300 40 8D14 2002 A1 C8 DA12 D9F1 DB40 A4 A6"),
    # the same; its voltage converter has a command of its own, and it knows no other addressing
    "sh1106": bytes.fromhex("D5F0 A83F D300 40 AD8B A1 C8 DA12 D922 DB20 A4 A6"),
}
FIRST_COLUMN = {"ssd1306": 0, "sh1106": 2}
"""The SH1106 has memory for 132 columns; the modules show those in the middle."""
SILENT = (errno.EREMOTEIO, errno.EIO, errno.ENXIO)
"""What the bus's drivers give where nobody acknowledges."""
JOIN = 8
"""Columns: unchanged ones between changed ones are sent along when they are no more, for less than a new address."""
RENEWAL_S = 0.25
"""Between two pages that are sent whole, changed or not; the start goes with the first of the eight."""


class Bus(Protocol):
    """Where commands and pictures go; each verb raises OSError where nobody listens."""

    def command(self, *codes: int) -> None:
        """Send commands with their operands, 32 bytes at most."""

    def data(self, data: bytes) -> None:
        """Send a part of the picture."""

    def cleanup(self) -> None:
        """Close the bus."""


class Oled:
    """One display."""

    def __init__(
        self,
        settings: ScreenSettings,
        open_bus: Callable[[ScreenSettings], Bus] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the bus; the display itself is spoken to with the first picture.

        Raises:
            OSError: there is no such bus, or it may not be used; the text says what to do.
        """
        self._settings = settings
        self._bus = (open_bus or I2c)(settings)
        self._clock = clock
        self._shown: tuple[bytes, ...] = ()
        """The pages that the controller has; empty where that is not known, and it has to be started."""
        self._next = 0
        """The page that is sent again next."""
        self._renewed_at = -inf
        """When the last one was."""

    def send(self, image: Image.Image) -> None:
        """Show the picture: mode 1, 128 × 64. After an error the next one is sent whole; the same again is not sent.

        Raises:
            OSError: the display does not answer.
        """
        pages = _pages(image.transpose(Image.Transpose.ROTATE_180) if self._settings.rotate else image)
        if pages == self._shown:
            return
        before, self._shown = self._shown, ()
        if not before:
            self._bus.command(OFF)  # what its memory holds is chance
            self._renewed_at = -inf
        whole = self._due()
        if FIRST in whole:
            level = round(255 * self._settings.brightness / 100)
            self._bus.command(*STARTS[self._settings.driver], CONTRAST, level)
        for number, page in enumerate(pages):
            self._write(number, b"" if number in whole else before[number], page)
        if LAST in whole:
            self._bus.command(ON)
        self._shown = pages

    def sleep(self) -> None:
        """Be dark.

        Raises:
            OSError: the display does not answer.
        """
        self._bus.command(OFF)

    def wake(self) -> None:
        """Light up with the next picture, which is sent whole: a display that slept may have lost power unnoticed."""
        self._shown = ()

    def close(self) -> None:
        """Leave the display dark, if it still answers, and close the bus."""
        with suppress(OSError):
            self.sleep()
        self._bus.cleanup()

    def _due(self) -> list[int]:
        """The pages whose turn it is to be sent whole; all of them if the last change is long ago."""
        now = self._clock()
        due = int(min(PAGES, (now - self._renewed_at) / RENEWAL_S))
        if due:
            self._renewed_at = now
        first, self._next = self._next, (self._next + due) % PAGES
        return [(first + number) % PAGES for number in range(due)]

    def _write(self, number: int, before: bytes, page: bytes) -> None:
        """Send what differs in one page."""
        for start, end in _changes(before, page):
            column = start + FIRST_COLUMN[self._settings.driver]
            self._bus.command(PAGE | number, LOW_COLUMN | column & 15, HIGH_COLUMN | column >> 4)
            self._bus.data(page[start:end])


class I2c:
    """luma's I²C bus, with its errors in words. luma is imported here, since that takes longer than a picture."""

    def __init__(self, settings: ScreenSettings, bus: Any = None) -> None:  # noqa: ANN401 (smbus2's)
        """Open the bus of the settings; `bus` is one that is open already.

        Raises:
            OSError: there is no such bus, or it may not be used.
        """
        self._settings = settings
        try:
            from luma.core.interface.serial import i2c
        except ImportError as error:
            raise OSError(f"the screen needs luma ({error}): pip install 'pedal[pi]'") from error
        with self._in_words():
            self._luma = i2c(bus, settings.bus, settings.address)

    def command(self, *codes: int) -> None:
        """Send commands with their operands, 32 bytes at most."""
        with self._in_words():
            self._luma.command(*codes)

    def data(self, data: bytes) -> None:
        """Send a part of the picture."""
        with self._in_words():
            self._luma.data(data)

    def cleanup(self) -> None:
        """Close the bus."""
        self._luma.cleanup()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Raise luma's errors and the system's as OSError with what to do."""
        from luma.core.error import DevicePermissionError, Error

        bus = f"I²C bus {self._settings.bus}"
        try:
            yield
        except DevicePermissionError as error:
            raise OSError(f"{bus} may not be used; put the user into the group i2c") from error
        except (Error, OSError) as error:
            if not hasattr(self, "_luma"):
                raise OSError(f"there is no {bus}; dtparam=i2c_arm=on in config.txt turns it on") from error
            if isinstance(error, OSError) and error.errno not in SILENT:
                raise OSError(f"{bus} failed: {error}; see the display's wires") from error
            address = f"0x{self._settings.address:02X}"
            raise OSError(f"no display answers at {address} of {bus}; see its wires, and [screen] address") from error


def _pages(image: Image.Image) -> tuple[bytes, ...]:
    """The picture as the controller keeps it: a page of 8 rows, a byte for each column, its lowest bit on top.

    Turned by 90 degrees, each column is a row of 8 bytes, the lowest page first.
    """
    columns = image.transpose(Image.Transpose.ROTATE_270).tobytes()
    return tuple(columns[PAGES - 1 - page :: PAGES] for page in range(PAGES))


def _changes(before: bytes, page: bytes) -> Iterator[tuple[int, int]]:
    """Where the page differs from the one before, from a column up to another; all of it where there was none."""
    if before == page:
        return
    columns = [column for column in range(len(page)) if page[column : column + 1] != before[column : column + 1]]
    start = end = columns[0]
    for column in columns:
        if column - end > JOIN:
            yield start, end
            start = column
        end = column + 1
    yield start, end
