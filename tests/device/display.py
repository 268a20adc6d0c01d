"""The picture on the simulated display."""

import base64

import numpy as np
from numpy.typing import NDArray

from pedal.control.fonts import SIZES, fitted, plain
from pedal.control.fonts import drawn as lettered

FOLDER = "/sys/kernel/debug/ssd1306"
READ = f"cat {FOLDER}/state && base64 -w0 {FOLDER}/memory"
"""Prints what picture() takes."""


def picture(text: str) -> NDArray[np.bool_]:
    """What one sees on a module, whose glass is built in upside down: 64 rows of 128 pixels; dark while it is off."""
    *lines, memory = text.split("\n")
    state = dict(line.split() for line in lines)
    pages = np.frombuffer(base64.b64decode(memory), np.uint8).reshape(8, 1, 128)
    pixels = np.unpackbits(pages, axis=1, bitorder="little").reshape(64, 128).astype(bool)
    pixels = pixels if state["flipped_columns"] == "1" else pixels[:, ::-1]
    pixels = pixels if state["flipped_rows"] == "1" else pixels[::-1]
    pixels = (pixels | (state["all_on"] == "1")) ^ (state["inverse"] == "1")
    return pixels & (state["on"] == "1")


def shows(pixels: NDArray[np.bool_], text: str) -> bool:
    """Whether the text stands in one line somewhere in the picture, in one of the screen's sizes, lit or dark."""
    for size in SIZES:
        wanted = np.asarray(lettered(fitted(plain(text), 1_000, 64, 1, (size,)), 0.0), dtype=bool)
        if wanted.shape[0] <= pixels.shape[0] and wanted.shape[1] <= pixels.shape[1]:
            places = np.lib.stride_tricks.sliding_window_view(pixels, wanted.shape)
            if (places == wanted).all((2, 3)).any() or (places != wanted).all((2, 3)).any():
                return True
    return False


def drawn(pixels: NDArray[np.bool_]) -> str:
    """The picture as text, two rows of pixels a line."""
    rows = zip(pixels[0::2], pixels[1::2], strict=True)
    return "\n".join("".join(" ▀▄█"[int(a) + 2 * int(b)] for a, b in zip(*pair, strict=True)) for pair in rows)
