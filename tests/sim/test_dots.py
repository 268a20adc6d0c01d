"""Dots as letters: every letter is compared with one found from its Unicode name or definition, dot by dot."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from pedal.sim.dots import braille, half_blocks


def picture(seed: int) -> Image.Image:
    """Dots at random."""
    dots = np.random.default_rng(seed).integers(0, 2, (64, 128), dtype=np.uint8) * 255
    return Image.fromarray(dots).convert("1")


def lit(image: Image.Image, x: int, y: int) -> bool:
    return bool(image.getpixel((x, y)))


def test_braille_has_the_dots_that_its_name_says() -> None:
    """Unicode calls the letters BRAILLE PATTERN DOTS-1368: 1 2 3 7 go down the left, 4 5 6 8 down the right."""
    image = picture(1)
    lines = braille(image)
    assert [len(line) for line in lines] == [64] * 16
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            name = unicodedata.name(letter).removeprefix("BRAILLE PATTERN ").removeprefix("DOTS-")
            expected = {
                number
                for x, numbers in enumerate(("1237", "4568"))
                for y, number in enumerate(numbers)
                if lit(image, 2 * column + x, 4 * row + y)
            }
            assert set(name.replace("BLANK", "")) == expected


def test_half_blocks_have_the_upper_and_the_lower_dot() -> None:
    image = picture(2)
    lines = half_blocks(image)
    assert [len(line) for line in lines] == [128] * 32
    names = {"SPACE": (False, False), "UPPER HALF BLOCK": (True, False), "LOWER HALF BLOCK": (False, True)}
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            upper, lower = names.get(unicodedata.name(letter), (True, True))
            assert (upper, lower) == (lit(image, column, 2 * row), lit(image, column, 2 * row + 1))
            assert letter in " ▀▄█"


@pytest.mark.parametrize("image", [Image.new("1", (64, 128)), Image.new("L", (128, 64))])
def test_another_image_is_refused(image: Image.Image) -> None:
    with pytest.raises(ValueError, match="expected 128 x 64 in mode 1"):
        braille(image)
