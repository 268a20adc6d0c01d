"""An SSD1306 or SH1106 as the data sheets describe it, on an I²C bus: a stand-in that refuses what they do not list."""

import errno
import random
from collections.abc import Sequence

from PIL import Image

ROWS = 64
PAGES = 8
COMMANDS, DATA = 0x00, 0x40
"""The control byte that begins a transfer."""
BOTH_OPERANDS = {0x81: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1, 0xE3: 0}
OPERANDS = {
    "ssd1306": BOTH_OPERANDS | {0x20: 1, 0x21: 2, 0x22: 2, 0x8D: 1, 0x2E: 0},
    "sh1106": BOTH_OPERANDS | {0xAD: 1, 0xE0: 0, 0xEE: 0},
}
"""Of the commands that are no range, by their code."""
FLAGS = (0xA0, 0xA4, 0xA6, 0xAE, 0xC0)
"""Commands whose lowest bit, of 0xC0 bit 3, is the value."""
COLUMNS = {"ssd1306": 128, "sh1106": 132}
FIRST_SHOWN = {"ssd1306": 0, "sh1106": 2}
PUMPS = {"ssd1306": (0x8D, 0x14), "sh1106": (0xAD, 0x8B)}
"""What gives the panel its voltage."""


class Refused(AssertionError):
    """The controller was sent what its data sheet does not have."""


class Controller:
    """A bus, as smbus2's, with one display on it."""

    def __init__(self, kind: str, address: int = 0x3C) -> None:
        self.kind, self.address = kind, address
        self.sent = 0
        """Bytes on the bus, control bytes among them."""
        self.fails_after = -1
        """Transfers until it is unplugged; -1: never."""
        self.closed = False
        self.power_up()

    def power_up(self) -> None:
        """What a reset leaves: registers as in the data sheet, memory as it happens to be."""
        self.fails_after = -1
        chance = random.Random(7)
        self.memory = [bytearray(chance.randbytes(COLUMNS[self.kind])) for _ in range(PAGES)]
        self.page = self.column = self.first_row = 0
        self.registers = {0x81: 0x80 if self.kind == "sh1106" else 0x7F, 0xA8: 63, 0xD3: 0, 0x20: 2, 0xDA: 0x12}
        self.flags = dict.fromkeys(FLAGS, 0)

    def write_i2c_block_data(self, address: int, register: int, data: Sequence[int]) -> None:
        """smbus2's verb: one transfer of a control byte and 32 more at most."""
        if address != self.address or self.fails_after == 0:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        self.fails_after -= self.fails_after > 0
        assert 1 <= len(data) <= 32
        self.sent += 1 + len(data)
        if register == COMMANDS:
            self._obey(list(data))
        elif register == DATA:
            self._store(data)
        else:
            raise Refused(f"control byte {register:#x}")

    def close(self) -> None:
        """smbus2's verb."""
        self.closed = True

    def picture(self) -> Image.Image:
        """What the eye sees: dark unless everything is on that has to be."""
        code, value = PUMPS[self.kind]
        if not (self.flags[0xAE] and self.registers.get(code) == value):
            return Image.new("1", (128, ROWS))
        assert (self.registers[0xA8], self.registers[0xD3], self.first_row) == (63, 0, 0), "rows are shifted"
        assert (self.flags[0xA0], self.flags[0xC0]) == (1, 1), "mirrored"
        assert (self.flags[0xA4], self.flags[0xA6]) == (0, 0), "all lit, or inverted"
        shown = range(FIRST_SHOWN[self.kind], FIRST_SHOWN[self.kind] + 128)
        image = Image.new("1", (128, ROWS))
        image.putdata([self.memory[y // 8][column] >> (y % 8) & 1 for y in range(ROWS) for column in shown])
        return image

    def _obey(self, codes: list[int]) -> None:
        while codes:
            code = codes.pop(0)
            operands = [codes.pop(0) for _ in range(OPERANDS[self.kind].get(code, 0))]
            if operands:
                self.registers[code] = operands[0]
            elif not self._addressed(code) and code not in OPERANDS[self.kind]:
                self._flag(code)

    def _addressed(self, code: int) -> bool:
        """Whether the command was one that says where the next byte goes."""
        if code <= 0x0F:
            self.column = self.column & 0xF0 | code
        elif code <= 0x1F:
            self.column = self.column & 0x0F | (code & 0x0F) << 4
        elif 0x40 <= code <= 0x7F:
            self.first_row = code & 0x3F
        elif 0xB0 <= code <= 0xB7:
            self.page = code & 7
        else:
            return False
        return True

    def _flag(self, code: int) -> None:
        for flag in FLAGS:
            bit = 8 if flag == 0xC0 else 1
            if code in (flag, flag | bit):
                self.flags[flag] = int(code != flag)
                return
        raise Refused(f"{self.kind} has no command {code:#04x}")

    def _store(self, data: Sequence[int]) -> None:
        """In page addressing mode the column goes up with each byte, and beyond the last one nothing is kept."""
        assert self.registers[0x20] == 2, "this stand-in knows page addressing only"
        for byte in data:
            if self.column >= COLUMNS[self.kind]:
                raise Refused(f"column {self.column}")
            self.memory[self.page][self.column] = byte
            self.column += 1
