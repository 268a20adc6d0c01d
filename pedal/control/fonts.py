"""Bitmap letters for a screen of 128 × 64 pixels: the largest that fit, on as few lines as that takes.

Helvetica of the X Window System was drawn pixel by pixel in seven sizes; what it lacks, such as Cyrillic, is
written in Terminus. Two sizes more, for short words, are one of the seven doubled, with its steps smoothed.
"""

import re
import unicodedata
import zlib
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent.parent / "data" / "fonts"
SIZES = (50, 40, 34, 25, 20, 17, 14, 11, 8)
"""In pixels, largest first; capitals are 38, 28, 25, 19, 14, 12, 11, 8 and 6 pixels high. All but 8 are bold."""
DOUBLED = {50: 25, 40: 20}
"""Sizes that are drawn as another one and then doubled."""
TERMINUS = {34: 32, 25: 24, 20: 20, 17: 16, 14: 14, 11: 12, 8: 12}
"""The size of Terminus that stands in for one of Helvetica."""
GAP = 2
"""Rows between the lines of one lettering."""
LONGEST = 200
"""Characters of a text that are looked at: more are never seen."""
INSTEAD = {"♭": "b", "♯": "#"}
GZIP = 31
"""What tells zlib to expect gzip's header."""
PIECES = re.compile(r".+?(?:[ _/+-]+|(?<=[a-zß-öø-ÿ])(?=[A-Z])|$)")
"""Where a name may be broken: after a space, _, /, + or -, and before the capital in PlexiBright."""


class Face(NamedTuple):
    """Letters of one size."""

    font: ImageFont.FreeTypeFont
    doubled: bool = False

    def ink(self, text: str) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the text as drawn from 0, 0, in rows no fewer than a capital's."""
        capital = self.font.getbbox("H")
        left, top, right, bottom = self.font.getbbox(text)
        return int(min(0, left)), int(min(capital[1], top)), int(right), int(max(capital[3], bottom))

    def width(self, text: str) -> int:
        """Columns of the text."""
        left, _, right, _ = self.ink(text)
        return (right - left) << self.doubled

    def height(self, text: str) -> int:
        """Rows of the text."""
        _, top, _, bottom = self.ink(text)
        return (bottom - top) << self.doubled

    def mask(self, text: str) -> Image.Image:
        """The text as a picture of just that width and height, lit where there is ink."""
        left, top, right, bottom = self.ink(text)
        image = Image.new("1", (max(1, right - left), max(1, bottom - top)))
        ImageDraw.Draw(image).text((-left, -top), text, fill=1, font=self.font)
        if not self.doubled:
            return image
        smooth = image.convert("L").resize((2 * image.width, 2 * image.height), Image.Resampling.LANCZOS)
        return smooth.point(lambda level: 255 * (level > 127)).convert("1")


class Lettering(NamedTuple):
    """Lines of text in one face."""

    lines: tuple[str, ...]
    face: Face

    @property
    def width(self) -> int:
        """Columns of the widest line."""
        return max((self.face.width(line) for line in self.lines), default=0)

    @property
    def height(self) -> int:
        """Rows from the top of the first line to the bottom of the last one."""
        return sum(self.face.height(line) for line in self.lines) + GAP * max(0, len(self.lines) - 1)


@lru_cache(maxsize=128)
def drawn(lettering: Lettering, across: float) -> Image.Image:
    """The lettering as a picture, not to be changed; lines stand left at 0, in the middle at 0.5, right at 1."""
    image = Image.new("1", (max(1, lettering.width), max(1, lettering.height)))
    y = 0
    for line in lettering.lines:
        mask = lettering.face.mask(line)
        image.paste(mask, (round((image.width - mask.width) * across), y))
        y += mask.height + GAP
    return image


@lru_cache(maxsize=256)
def fitted(text: str, width: int, height: int, most_lines: int = 1, sizes: tuple[int, ...] = SIZES) -> Lettering:
    """The text in the largest of the sizes that fits; in the smallest, what does not fit is left out and shown as ….

    Text is as `plain` gives it.
    """
    for size in sizes:
        filled = _filled(text, width, face(text, size))
        if len(filled.lines) <= most_lines and filled.height <= height and filled.width <= width:
            balanced = _balanced(text, filled)
            return balanced if balanced.height <= height else filled
    return _clipped(text, width, height, most_lines, face(text, sizes[-1]))


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """One line of characters that can be shown: no control characters, no accents on their own, single spaces.

    A character that neither face has becomes its plain form if it has one, else the face's box.
    """
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    kept = (" " if char.isspace() else char for char in composed if char.isspace() or _visible(char))
    return " ".join("".join(_shown(char) for char in kept).split())


@lru_cache(maxsize=256)
def face(text: str, size: int) -> Face:
    """Helvetica of this size, or Terminus where that has more of the text's characters."""
    drawn = DOUBLED.get(size, size)
    faces = _helvetica(drawn), _terminus(TERMINUS[drawn])
    lacking = [sum(not _has(font, char) for char in text) for font in faces]
    return Face(faces[lacking[1] < lacking[0]], size in DOUBLED)


def _balanced(text: str, filled: Lettering) -> Lettering:
    """The same number of lines as those filled from the first on, as even in width as they can be."""
    best = filled
    low, high = 1, filled.width
    while low < high:
        middle = (low + high) // 2
        tried = _filled(text, middle, filled.face)
        if len(tried.lines) <= len(filled.lines) and tried.width <= middle:
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def _filled(text: str, width: int, face: Face) -> Lettering:
    """Each line as full as it gets; a piece wider than the width has a line of its own."""
    lines = [""]
    for piece in PIECES.findall(text):
        if lines[-1] and face.width((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return Lettering(tuple(line.strip() for line in lines), face)


def _clipped(text: str, width: int, height: int, most_lines: int, face: Face) -> Lettering:
    """As much as there is room for, with … where something is missing."""
    clipped = _cut_after(text, width, 1, face)
    for count in range(2, most_lines + 1):
        longer = _cut_after(text, width, count, face)
        if longer.height <= height:
            clipped = longer
    return clipped


def _cut_after(text: str, width: int, count: int, face: Face) -> Lettering:
    """The beginning of the text on so many lines at most, with … where something is missing."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < count:
        last = len(lines) + 1 == count
        lines.append(
            _cut(rest, width, face, "…") if last else _cut(_filled(rest, width, face).lines[0], width, face, "")
        )
        rest = "" if last else rest[len(lines[-1]) :].lstrip()
    return Lettering(tuple(lines), face)


def _cut(text: str, width: int, face: Face, mark: str) -> str:
    """The longest beginning of the text that fits together with the mark, and the mark; one character at least."""
    if face.width(text) <= width:
        return text
    kept = text[:-1] or text
    while len(kept) > 1 and face.width(kept.rstrip() + mark) > width:
        kept = kept[:-1]
    return kept.rstrip() + mark


def _visible(char: str) -> bool:
    """Whether the character shows by itself: not a control character, half of a pair or a joiner."""
    return unicodedata.category(char)[0] != "C"


def _shown(char: str) -> str:
    """The character, or what stands for it where neither face has it."""
    if _has(_helvetica(SIZES[-1]), char) or _has(_terminus(TERMINUS[SIZES[-1]]), char):
        return char
    if unicodedata.category(char)[0] == "M":
        return ""
    instead = INSTEAD.get(char) or unicodedata.normalize("NFKD", char)
    return instead if instead.isascii() else char


@lru_cache(maxsize=1024)
def _has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the font has a picture of its own for the character."""
    missing, own = font.getmask("\uffff", mode="1"), font.getmask(char, mode="1")
    return own.size != missing.size or bytes(own) != bytes(missing)


@lru_cache(maxsize=len(SIZES))
def _helvetica(size: int) -> ImageFont.FreeTypeFont:
    """Unpacked here, because FreeType unpacks a .gz again for each letter: 0.5 ms a word instead of 2.5 µs."""
    unpacked = zlib.decompress((FOLDER / f"helvetica-{size}.pcf.gz").read_bytes(), GZIP)
    return ImageFont.truetype(BytesIO(unpacked), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=len(SIZES))
def _terminus(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FOLDER / "terminus-bold.otb", size, layout_engine=ImageFont.Layout.BASIC)
