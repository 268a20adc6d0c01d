"""A view becomes a picture of 128 × 64 pixels, to be read standing; the same view is always the same picture."""

import math

from PIL import Image

from pedal.control.canvas import HEIGHT, WIDTH, Box, Canvas, part
from pedal.control.fonts import fitted, plain
from pedal.control.play_screen import draw_play
from pedal.control.tuner_screen import draw_tuner
from pedal.control.view import Dial, View

TROUBLE_ROWS = 42
"""Of the lit part, that says what the trouble is."""
SMALL = (11, 8)
"""Sizes for what is read with the head bent."""
LABELS = (20, 17, 14, 11, 8)


def draw(view: View) -> Image.Image:
    """The view's picture: mode 1, lit is 1; of a sleeping one, dark."""
    canvas = Canvas()
    match view:
        case View(kind="boot"):
            _draw_boot(canvas, view)
        case View(kind="trouble"):
            _draw_trouble(canvas, view)
        case View(kind="play", overlay=Dial() as dial):
            _draw_overlay(canvas, view, dial)
        case View(kind="play"):
            draw_play(canvas, view)
        case View(kind="tuner"):
            draw_tuner(canvas, view.needle)
    return canvas.image


def _draw_boot(canvas: Canvas, view: View) -> None:
    """The product's name, its version, and a guitar's wave that comes out as an amplifier's."""
    canvas.words(view.title, Box(0, 1, WIDTH, 33), 34, across=0.5)
    wave = Box(0, 36, WIDTH, 17)
    points = []
    for x in range(WIDTH):
        drive = 0.35 + 3.0 * (x / WIDTH) ** 2
        level = max(-1.0, min(1.0, drive * math.sin(2 * math.pi * x / 32)))
        points.append((x, wave.top + round((1.0 - level) * (wave.height - 1) / 2)))
    canvas.draw.line(points, fill=1)
    canvas.words(view.remedy, Box(0, 57, WIDTH, 7), 8, across=0.5)


def _draw_trouble(canvas: Canvas, view: View) -> None:
    """What is wrong, dark on a lit ground; below it what to do."""
    ground = Box(0, 0, WIDTH, TROUBLE_ROWS)
    canvas.fill(ground)
    title = fitted(plain(view.title), ground.width - 6, ground.height - 2, 3)
    canvas.letters(title, ground, ink=0)
    below = Box(0, ground.bottom + 1, WIDTH, HEIGHT - ground.bottom - 1)
    canvas.letters(fitted(plain(view.remedy), below.width, below.height, 2, SMALL), below)


def _draw_overlay(canvas: Canvas, view: View, dial: Dial) -> None:
    """What is being turned: its name, its value as large as it fits, and its bar."""
    state = "MUTED" if view.muted else "BYPASS" if view.bypass else ""
    label = Box(0, 1, canvas.tile(state, WIDTH, 0) - 4 if state else WIDTH, 15)
    canvas.letters(fitted(plain(dial.label), label.width, label.height, 1, LABELS), label, across=0.0)
    value = Box(2, 18, WIDTH - 4, 30)
    canvas.letters(fitted(plain(dial.text), value.width, value.height), value)
    _draw_bar(canvas, dial, Box(0, 51, WIDTH, 13))


def _draw_bar(canvas: Canvas, dial: Dial, bar: Box) -> None:
    """Filled up to the value; where a potentiometer waits, shaded up to the value and the potentiometer a block."""
    canvas.frame(bar)
    inside = bar.inset(2)
    value = inside._replace(width=part(dial.fraction, inside.width))
    if dial.waits:
        canvas.shade(value)
        canvas.fill(Box(inside.left + part(dial.target, inside.width - 7), inside.top, 7, inside.height))
    else:
        canvas.fill(value)
