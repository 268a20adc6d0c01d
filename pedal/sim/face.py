"""The pedal as lines of letters: its screen, LEDs and knobs, the footswitches with their keys. Pure."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PIL import Image

from pedal.control.settings import Settings
from pedal.sim.dots import HEIGHT, WIDTH, braille, half_blocks
from pedal.sim.keys import bindings, labels

Style = Literal["plain", "dim", "bold", "glass", "lit", "clip", "down", "notice"]


class Span(NamedTuple):
    """Letters of one look."""

    text: str
    style: Style = "plain"


Row = tuple[Span, ...]

SIDE = 13
"""Columns to the right of the screen: LEDs and knobs."""
FEET = 4
"""Lines for the footswitches."""
LEAST = (80, 24)
ROOMY = (WIDTH + 3 + SIDE, HEIGHT // 2 + 2 + 2 + FEET)
"""From this many columns and lines on the screen's dots are squares."""
FOOT_COLUMNS = 19
POINTERS = "↑↗→↘↓↙←↖"
HELP = """\
The pedal, with keys instead of feet and hands.

a b c …      tap a footswitch, in their order
A B C …      hold it
1 2 3 …      two footswitches at once
← → ↓ ↑ [ ]  turn a knob
Enter        push a knob
?            this page
q, Ctrl-C    end

`pedal status` and `pedal set` work from another
terminal meanwhile."""


class Face(NamedTuple):
    """Everything to be seen."""

    image: Image.Image | None = None
    """The OLED's; None while it is dark."""
    leds: tuple[tuple[str, bool], ...] = ()
    """Name and whether it shines."""
    down: frozenset[str] = frozenset()
    """Footswitches and knobs that are pressed."""
    turned: tuple[tuple[str, int], ...] = ()
    """Each encoder's name and its detents since the start."""
    engine: str = ""
    """How the engine is, in a few words."""
    sound: str = ""
    """What is played, and whether it can be heard."""
    notice: str = ""
    """What happened last."""
    help: bool = False


def draw(face: Face, settings: Settings, columns: int, lines: int) -> tuple[Row, ...]:
    """All lines of a terminal of that size, each of them exactly so many letters."""
    if columns < LEAST[0] or lines < LEAST[1]:
        said = f"The pedal needs {LEAST[0]} × {LEAST[1]} letters; this terminal has {columns} × {lines}. q ends."
        rows: list[Row] = [(Span(said[start : start + columns]),) for start in range(0, len(said), max(1, columns))]
    else:
        glass = _glass(face, roomy=columns >= ROOMY[0] and lines >= ROOMY[1])
        side = _side(face, settings, len(glass))
        rows = [
            (Span(" pedal", "bold"), Span(f"  {face.sound}", "dim")),
            *((Span(" "), *left, Span(" "), *right) for left, right in zip(glass, side, strict=True)),
            *_feet(face, settings, columns),
        ]
        rows += [()] * (lines - len(rows) - 1)
        rows.append(_status(face, columns))
    rows += [()] * (lines - len(rows))
    return tuple(_fitted(row, columns) for row in rows[:lines])


def _glass(face: Face, roomy: bool) -> list[Row]:
    """The OLED in its frame; the page of help in its place where it is asked for."""
    blank = Image.new("1", (WIDTH, HEIGHT))
    dots = (half_blocks if roomy else braille)(face.image or blank)
    style: Style = "glass"
    width = len(dots[0])
    if face.help:
        text = [f"  {line}" for line in ("", *HELP.splitlines())]
        dots, style = tuple(line.ljust(width) for line in (text + [""] * len(dots))[: len(dots)]), "plain"
    inside: list[Row] = [(Span("│", "dim"), Span(line, style), Span("│", "dim")) for line in dots]
    return [(Span(f"╭{'─' * width}╮", "dim"),), *inside, (Span(f"╰{'─' * width}╯", "dim"),)]


def _side(face: Face, settings: Settings, lines: int) -> list[Row]:
    """LEDs and knobs, one below the other."""
    rows: list[Row] = [()]
    for name, shines in face.leds:
        style: Style = "clip" if name == "clip" else "lit"
        rows.append(
            (Span("● " if shines else "○ ", style if shines else "dim"), Span(name, "bold" if shines else "dim"))
        )
    for name, detents in face.turned:
        pointer = Span(f"({POINTERS[detents % len(POINTERS)]})", "down" if name in face.down else "plain")
        keys = labels(settings, name, "turn", "push")
        rows += [(), (pointer, Span(f" {name}", "bold")), (Span(f"    {keys}", "dim"),)]
    return (rows + [()] * lines)[:lines]


def _feet(face: Face, settings: Settings, columns: int) -> list[Row]:
    """The footswitches, drawn where there is room for that, and the chords below them."""
    names = list(settings.switch)
    across = max(1, columns // FOOT_COLUMNS)
    chords = _chords(settings)
    if len(names) <= across:
        width = columns // max(1, len(names))
        blocks = [_drawn(face, settings, name, width) for name in names]
        rows = [tuple(span for block in blocks for span in block[line]) for line in range(FEET - 1)]
    else:
        small = [_small(face, settings, name) for name in names]
        rows = [tuple(span for foot in small[start : start + across] for span in foot)
                for start in range(0, len(small), across)]  # fmt: skip
    return (([*rows[: FEET - 1], chords] if chords else rows) + [()] * FEET)[:FEET]


def _drawn(face: Face, settings: Settings, name: str, width: int) -> list[Row]:
    """One footswitch of three lines, its actions beside it."""
    switch = settings.switch[name]
    style: Style = "down" if name in face.down else "plain"
    frame = max(3, len(name) + 2)
    texts = (f"╭{'─' * frame}╮", f"│{name:^{frame}}│", f"╰{'─' * frame}╯")
    said = (
        "",
        _action(labels(settings, name, "tap"), switch.press),
        _action(labels(settings, name, "hold"), switch.long),
    )
    rest = max(0, width - frame - 4)
    return [
        (Span(" "), Span(text, style), Span(f" {words:{rest}.{rest}}")) for text, words in zip(texts, said, strict=True)
    ]


def _small(face: Face, settings: Settings, name: str) -> Row:
    """One footswitch on a part of a line."""
    switch = settings.switch[name]
    words = f"{labels(settings, name, 'tap')} {switch.press}"
    words += f"/{switch.long}" if switch.long != "none" else ""
    style: Style = "down" if name in face.down else "bold"
    rest = max(0, FOOT_COLUMNS - len(name) - 2)
    return Span(" "), Span(name, style), Span(f" {words:{rest}.{rest}}")


def _chords(settings: Settings) -> Row:
    """The chords and their keys."""
    keys = {gesture.names: key for key, gesture in bindings(settings).items() if gesture.kind == "chord"}
    texts = (
        _action(f"{keys.get(chord.switches, '')} {'+'.join(chord.switches)}", chord.action) for chord in settings.chord
    )
    said = "   ".join(text for text in texts if text)
    return (Span(f"  {said}"),) if said else ()


def _action(keys: str, action: str) -> str:
    return "" if action == "none" else f"{keys} {action}"


def _status(face: Face, columns: int) -> Row:
    keys = "? help  q end "
    left = f" {face.engine}   "
    room = max(0, columns - len(left) - len(keys))
    return Span(left, "dim"), Span(f"{face.notice:{room}.{room}}", "notice"), Span(keys, "dim")


def _fitted(row: Sequence[Span], columns: int) -> Row:
    """The row cut or filled up to so many letters."""
    fitted, left = [], columns
    for span in row:
        fitted.append(Span(_printable(span.text)[:left], span.style))
        left -= len(fitted[-1].text)
    return (*fitted, Span(" " * left)) if left else tuple(fitted)


def _printable(text: str) -> str:
    """As many letters, without any that would steer the terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "?" for letter in text)
