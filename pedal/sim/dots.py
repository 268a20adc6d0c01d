"""The OLED's image as letters of a terminal: braille, eight dots a letter, or half blocks, two."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 128, 64
BRAILLE_WEIGHTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""[rows, columns] of one letter: the bit of each dot above U+2800."""
HALVES = np.array([" ", "▄", "▀", "█"])
"""By the upper dot's bit 2 and the lower one's bit 1."""

Dots = NDArray[np.uint8]


def braille(image: Image.Image) -> tuple[str, ...]:
    """16 lines of 64 letters."""
    cells = _dots(image).reshape(HEIGHT // 4, 4, WIDTH // 2, 2)
    codes = 0x2800 + np.einsum("abcd,bd->ac", cells, BRAILLE_WEIGHTS)
    return tuple(line.astype("<u4").tobytes().decode("utf-32-le") for line in codes)


def half_blocks(image: Image.Image) -> tuple[str, ...]:
    """32 lines of 128 letters."""
    dots = _dots(image)
    return tuple("".join(line) for line in HALVES[2 * dots[0::2] + dots[1::2]])


def _dots(image: Image.Image) -> Dots:
    """[64, 128] of 0 and 1."""
    if (image.mode, image.size) != ("1", (WIDTH, HEIGHT)):
        raise ValueError(f"image of {image.size} in mode {image.mode}; expected {WIDTH} x {HEIGHT} in mode 1")
    return np.unpackbits(np.frombuffer(image.tobytes(), np.uint8)).reshape(HEIGHT, WIDTH)
