"""The tuner's picture: the note as large as can be, and a needle over 50 cents to either side.

In tune, its upper part is lit: that is seen without reading.
"""

from pedal.control.canvas import HEIGHT, WIDTH, Box, Canvas
from pedal.control.fonts import fitted, plain
from pedal.control.view import Needle

IN_TUNE_CENTS = 2.0
"""To either side."""
UPPER = Box(0, 0, WIDTH, 43)
NOTE = Box(4, 2, 72, 39)
"""With its sharp and octave."""
ASIDE = Box(56, 2, 68, 39)
"""State, cents, reference."""
SCALE = Box(0, 45, WIDTH, HEIGHT - 45)
CENTRE = 63
COLUMNS_PER_CENT = 1.2
GATE = 7
"""Columns from the centre to the posts that the needle stands between in tune."""
NEEDLE = 7
"""Its columns."""


def draw_tuner(canvas: Canvas, needle: Needle | None) -> None:
    """Draw the whole of it; without a needle there is only the word and the scale."""
    needle = needle or Needle("")
    heard = bool(needle.note)
    in_tune = heard and abs(needle.cents) <= IN_TUNE_CENTS
    ink = 0 if in_tune else 1
    if in_tune:
        canvas.fill(UPPER)
    if heard:
        _draw_note(canvas, needle, ink)
        canvas.words(_said(needle.cents), ASIDE._replace(top=12, height=19), 25, ink, across=1.0)
    else:
        lower = not _referred(needle)  # what the notes refer to takes the line below
        canvas.words("TUNER", NOTE._replace(width=ASIDE.right), 25 if lower else 17, down=0.7 if lower else 0.5)
    _draw_aside(canvas, needle, ink)
    _draw_scale(canvas)
    if heard:
        _draw_needle(canvas, needle.cents)


def _draw_note(canvas: Canvas, needle: Needle, ink: int) -> None:
    """The letter, its sharp raised, its octave at its foot."""
    name = plain(needle.note)
    letter = fitted(name[:1], NOTE.width, NOTE.height)
    canvas.letters(letter, NOTE, ink, across=0.0)
    rest = Box(NOTE.left + letter.width + 2, NOTE.top, NOTE.width - letter.width - 2, NOTE.height)
    canvas.words(name[1:], rest, 25, ink)
    canvas.words(str(min(99, max(-9, needle.octave))), rest, 17, ink, down=1.0)


def _said(cents: float) -> str:
    """The cents in whole ones: +12, -3, 0."""
    whole = round(min(50.0, max(-50.0, cents)))
    return f"{whole:+d}" if whole else "0"


def _draw_aside(canvas: Canvas, needle: Needle, ink: int) -> None:
    """Whether the sound is off, and what the notes refer to where that is not the usual."""
    canvas.words("MUTED" if needle.muted else "DRY", ASIDE, 11, ink, across=1.0)
    canvas.words(_referred(needle), ASIDE, 11, ink, across=1.0, down=1.0)


def _referred(needle: Needle) -> str:
    """What the notes refer to; empty where it is the usual."""
    reference = f"A={needle.reference_hz:.4g}" if needle.reference_hz != 440.0 else ""
    flat = f"flat {needle.flat}" if needle.flat else ""
    return f"{reference} {flat}".strip()


def _draw_scale(canvas: Canvas) -> None:
    """A mark every ten cents, and the posts around the middle."""
    for cents in range(-50, 51, 10):
        rows = 7 if cents in (-50, 50) else 4
        canvas.fill(Box(CENTRE + round(cents * COLUMNS_PER_CENT), SCALE.bottom - rows, 1, rows))
    for side in (-GATE, GATE):
        canvas.fill(Box(CENTRE + side, SCALE.top, 1, SCALE.height))


def _draw_needle(canvas: Canvas, cents: float) -> None:
    """The needle over its scale; in tune, all between the posts is lit."""
    if abs(cents) <= IN_TUNE_CENTS:
        canvas.fill(Box(CENTRE - GATE, SCALE.top, 2 * GATE + 1, SCALE.height))
        return
    middle = CENTRE + round(min(50.0, max(-50.0, cents)) * COLUMNS_PER_CENT)
    canvas.fill(Box(middle - NEEDLE // 2, SCALE.top, NEEDLE, SCALE.height - 5))
