"""The picture while playing: the model's name between two meters, its state above, the knobs or BYPASS below.

A notice that says what to do, too, takes the place of everything between the meters but the line above.

The guitar comes in on the left and the sound goes out on the right, and so stand the meters.
"""

import re

from pedal.control.canvas import HEIGHT, WIDTH, Box, Canvas, part
from pedal.control.fonts import fitted, plain
from pedal.control.view import Dial, Meter, View

METER = Box(0, 9, 4, HEIGHT - 9)
"""The left one."""
CLIP = Box(0, 0, 5, 7)
"""Its mark when full scale was reached."""
TICKS = 5
"""Every 12 dB of 60."""
INSIDE = Box(8, 0, WIDTH - 16, HEIGHT)
"""Between the meters."""
NAME_TOP = 9
NAME_ROWS = 8
"""At least; a long notice leaves less, and hides the name."""
NOTICE_SIZES = (11, 8)
HEAD_SIZES = (17, 14, 11, 8)
HEAD_ROWS = 26
"""At most, of a notice's words, where what to do stands below them."""
REMEDY_SIZES = (14, 11, 8)
DIALS_TOP = 52
DIALS_GAP = 4
LABEL_ROWS = 6
BANNER_TOP = 41
PAGE = re.compile(r"([1-3])/([1-3])")
"""Of at most three, since no more squares have room above each other."""


def draw_play(canvas: Canvas, view: View) -> None:
    """Draw the whole of it."""
    _draw_meter(canvas, view.input, right=False)
    _draw_meter(canvas, view.output, right=True)
    banner = "MUTED" if view.muted else "BYPASS" if view.bypass else ""
    if view.notice and view.remedy:
        _draw_strip(canvas, view, banner)
        _draw_remedy(canvas, view)
        return
    _draw_strip(canvas, view, "BYPASS" if view.bypass and view.muted else "")
    bottom = BANNER_TOP if banner else DIALS_TOP
    if banner:
        box = Box(INSIDE.left, BANNER_TOP, INSIDE.width, HEIGHT - BANNER_TOP)
        canvas.fill(box)
        canvas.letters(fitted(banner, box.width, box.height - 4), box, ink=0)
    else:
        _draw_dials(canvas, view)
    middle = Box(INSIDE.left - 1, NAME_TOP, INSIDE.width + 2, bottom - 2 - NAME_TOP)
    if view.notice:
        middle = _draw_notice(canvas, view.notice, middle, 3)
    elif view.line:
        middle = _draw_notice(canvas, view.line, middle, 1)
    if middle.height >= NAME_ROWS:
        canvas.letters(fitted(plain(view.title), middle.width, middle.height, 3), middle)


def _draw_meter(canvas: Canvas, meter: Meter, *, right: bool) -> None:
    """A column that grows from the bottom, its scale beside it, and over it a block if it clipped."""
    left, edge = (WIDTH - METER.width, WIDTH - 1) if right else (0, 0)
    for tick in range(TICKS + 1):
        canvas.fill(Box(edge, METER.top + round(tick * (METER.height - 1) / TICKS), 1, 1))
    rows = part(meter.peak, METER.height)
    canvas.fill(Box(left, METER.bottom - rows, METER.width, rows))
    if meter.clipped:
        canvas.fill(CLIP._replace(left=WIDTH - CLIP.width if right else 0))


def _draw_strip(canvas: Canvas, view: View, state: str) -> None:
    """The place in the set list on the left; on the right, while there is room, what else matters, the most first.

    `state` is a word that is not written large below.
    """
    used = INSIDE.left + canvas.words(view.position, Box(INSIDE.left, 0, 48, 8), 11)
    right = INSIDE.right
    marks = (
        (state, state != ""),
        (f"XRUN {min(view.xruns, 99)}", view.xruns > 0),
        ("BOOST", view.boost),
    )
    for text, holds in marks:
        if holds and right - canvas.tile_width(text) > used:
            right = canvas.tile(text, right, 0) - 3
    load = fitted(f"{min(view.load, 999)}%", WIDTH, LABEL_ROWS, 1, (8,))
    if view.load > 0 and right - used >= load.width + 2:
        canvas.letters(load, Box(used, 1, right - used, LABEL_ROWS), across=1.0)


def _draw_notice(canvas: Canvas, notice: str, middle: Box, most_lines: int) -> Box:
    """The notice on a lit ground at the bottom of the middle; gives the room it leaves for the name."""
    lettering = fitted(plain(notice), INSIDE.width - 4, middle.height - 4, most_lines, NOTICE_SIZES)
    rows = lettering.height + 4
    ground = Box(INSIDE.left, middle.bottom - rows, INSIDE.width, rows)
    canvas.fill(ground)
    canvas.letters(lettering, ground, ink=0)
    return middle._replace(height=middle.height - rows - 1)


def _draw_remedy(canvas: Canvas, view: View) -> None:
    """The notice, dark on a lit ground, and below it what to do."""
    head = fitted(plain(view.notice), INSIDE.width - 4, HEAD_ROWS - 4, 2, HEAD_SIZES)
    ground = Box(INSIDE.left, NAME_TOP, INSIDE.width, head.height + 4)
    canvas.fill(ground)
    canvas.letters(head, ground, ink=0)
    below = ground._replace(top=ground.bottom + 2, height=HEIGHT - ground.bottom - 2)
    canvas.letters(fitted(plain(view.remedy), below.width, below.height, 4, REMEDY_SIZES), below)


def _draw_dials(canvas: Canvas, view: View) -> None:
    """The knobs of this page side by side; their values too where all have room for them, with unit or without."""
    if not view.dials:
        return
    area = Box(INSIDE.left, DIALS_TOP, INSIDE.width, HEIGHT - DIALS_TOP)
    if view.page:
        area = area._replace(width=area.width - _draw_page(canvas, view.page, area) - DIALS_GAP)
    pitch = (area.width + DIALS_GAP) // len(view.dials)
    wide = pitch - DIALS_GAP
    values: list[str] = [""] * len(view.dials)
    for tried in ([dial.text for dial in view.dials], [dial.text.partition(" ")[0] for dial in view.dials]):
        if all(_row_width(dial.label, text) <= wide for dial, text in zip(view.dials, tried, strict=True)):
            values = tried
            break
    for index, (dial, value) in enumerate(zip(view.dials, values, strict=True)):
        _draw_dial(canvas, dial, value, area._replace(left=area.left + index * pitch, width=wide))


def _row_width(label: str, value: str) -> int:
    """Columns that a label and its value take side by side."""
    return sum(fitted(plain(text), WIDTH, LABEL_ROWS, 1, (8,)).width for text in (label, value)) + 3


def _draw_page(canvas: Canvas, page: str, area: Box) -> int:
    """A square for each page, one under the other at the right, and this page's filled; gives the columns it took."""
    found = PAGE.fullmatch(page)
    if not found:
        return canvas.words(page, area._replace(left=area.right - 24, width=24), 8, across=1.0, down=0.5)
    this, pages = int(found[1]), int(found[2])
    for number in range(1, pages + 1):
        square = Box(area.right - 3, area.bottom - 5 * (pages - number) - 3, 3, 3)
        canvas.fill(square) if number == this else canvas.frame(square)
    return 3


def _draw_dial(canvas: Canvas, dial: Dial, value: str, box: Box) -> None:
    """The knob's name, its value, and its bar; where a potentiometer waits, shaded and the potentiometer a block."""
    row = box._replace(height=LABEL_ROWS)
    canvas.words(dial.label, row, 8, down=1.0)
    canvas.words(value, row, 8, across=1.0, down=1.0)
    bar = Box(box.left, box.bottom - 5, box.width, 5)
    canvas.frame(bar)
    inside = bar.inset(1)
    filled = inside._replace(width=part(dial.fraction, inside.width))
    if dial.waits:
        canvas.shade(filled)
        canvas.fill(Box(inside.left + part(dial.target, inside.width - 3), inside.top, 3, inside.height))
    else:
        canvas.fill(filled)
