"""A picture of 128 × 64 pixels and what is drawn on it: letters, tiles, filled and framed boxes."""

from typing import NamedTuple

from PIL import Image, ImageDraw

from pedal.control.fonts import Lettering, drawn, fitted, plain

WIDTH = 128
HEIGHT = 64
TILE_ROWS = 8


class Box(NamedTuple):
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column after it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row under it."""
        return self.top + self.height

    def inset(self, pixels: int) -> "Box":
        """The box without a border of so many pixels."""
        return Box(self.left + pixels, self.top + pixels, self.width - 2 * pixels, self.height - 2 * pixels)


def part(fraction: float, pixels: int) -> int:
    """How many of the pixels a fraction lights: none below 0 or for what is not a number, all above 1."""
    return round(min(1.0, max(0.0, fraction)) * max(0, pixels))


class Canvas:
    """Draws on one picture; ink 1 is lit, 0 is dark."""

    def __init__(self) -> None:
        self.image = Image.new("1", (WIDTH, HEIGHT))
        self.draw = ImageDraw.Draw(self.image)

    def fill(self, box: Box, ink: int = 1) -> None:
        """The whole box in one ink; one without pixels changes none."""
        if box.width > 0 and box.height > 0:
            self.draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=ink)

    def shade(self, box: Box) -> None:
        """Every other pixel of the box lit, as on a chequerboard."""
        for y in range(box.top, box.bottom):
            self.draw.point([(x, y) for x in range(box.left + (box.left + y) % 2, box.right, 2)], fill=1)

    def frame(self, box: Box) -> None:
        """A lit line just inside the box, and dark within it."""
        self.fill(box)
        self.fill(box.inset(1), 0)

    def letters(self, lettering: Lettering, box: Box, ink: int = 1, across: float = 0.5, down: float = 0.5) -> None:
        """The lettering in the box: 0 is at its left or top, 0.5 in the middle, 1 at its right or bottom."""
        picture = drawn(lettering, across)
        x = box.left + round((box.width - picture.width) * across)
        y = box.top + round((box.height - picture.height) * down)
        self.image.paste(ink, (x, y), picture)

    def words(self, text: str, box: Box, size: int, ink: int = 1, across: float = 0.0, down: float = 0.0) -> int:
        """One line in letters of one size, cut to the box's width; gives its own width."""
        lettering = fitted(plain(text), box.width, box.height, 1, (size,))
        self.letters(lettering, box, ink, across, down)
        return lettering.width

    def tile_width(self, text: str) -> int:
        """Columns that a word takes on its tile."""
        return _tiled(text).width + 3

    def tile(self, text: str, right: int, top: int) -> int:
        """A short word, dark on a lit tile that ends before the column right; gives the tile's first column."""
        lettering, width = _tiled(text), self.tile_width(text)
        box = Box(right - width, top, width, TILE_ROWS)
        self.fill(box)
        self.letters(lettering, box._replace(left=box.left + 1), ink=0, across=0.0)
        return box.left


def _tiled(text: str) -> Lettering:
    return fitted(plain(text), WIDTH, TILE_ROWS, 1, (8,))
