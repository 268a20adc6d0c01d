"""Draw docs/wiring.png anew from the default pins: `python -m tests.golden.make_wiring`.

Look at it before committing it. test_wiring_picture.py says when it no longer fits the defaults, and when labels or
wires collide.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pedal.control.settings import Settings
from tests.golden.nets import HEADER, Net, nets, text

FILE = Path(__file__).parent.parent.parent / "docs" / "wiring.png"
WIDTH, HEIGHT = 1000, 850
"""Pixels as it is looked at; the file has twice as many each way."""
TOP, ROW = 92, 34
"""Of the header's first row, and from one row to the next."""
ODD, EVEN = 482, 518
"""The header's two columns."""
LABEL = 74
EDGES = {1: ODD - 18 - LABEL, 0: EVEN + 18 + LABEL}
"""Where wires reach the header: of odd pins, and of even ones."""
LEFT, RIGHT = (66, 292), (708, 934)
"""From where to where the parts on each side reach."""

INK, FAINT, PAPER, CASE, HOUSING, GLOW = "#1c1c1c", "#767676", "#ffffff", "#f3f1ec", "#3a3a3d", "#9ed8ff"
BLACK, ORANGE, BLUE, VERMILION, PURPLE = "#000000", "#e69f00", "#0072b2", "#d55e00", "#cc79a7"
"""Okabe and Ito's, which everybody can tell apart."""
COLOURS = {
    "VCC": VERMILION,
    "SDA": BLUE,
    "SCL": PURPLE,
    "A": BLUE,
    "B": ORANGE,
    "push": PURPLE,
    "switch.A": ORANGE,
    "switch.B": BLUE,
    "switch.C": PURPLE,
    "led.bypass": BLUE,
    "led.clip": ORANGE,
}
"""Of a wire that is no ground, by its part or else by its terminal."""

Points = Sequence[tuple[float, float]]


def row(pin: int) -> float:
    """How far down a header pin is."""
    return TOP + (pin - 1) // 2 * ROW


def colour_of(net: Net) -> str:
    """Of its wire, and around its pin."""
    return BLACK if net.name == "GND" else COLOURS.get(net.part) or COLOURS.get(net.terminal, INK)


class Picture:
    """The drawing so far; what it writes and wires is kept, so that a test can look whether any of it collides."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=200, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
        self.axes.set_axis_off()
        self.texts: list[Any] = []
        """matplotlib's."""
        self.wires: list[tuple[Net, Points]] = []
        self._all = nets(settings)

    def net(self, part: str, terminal: str) -> Net:
        """The wire of that name."""
        return next(net for net in self._all if (net.part, net.terminal) == (part, terminal))

    def write(self, x: float, y: float, words: str, size: float = 12, **how: Any) -> None:
        """Words, their first letter at the left and half their height at y; `size` in pixels."""
        given: dict[str, Any] = {"va": "center", "color": INK, "family": "DejaVu Sans", "zorder": 6, **how}
        self.texts.append(self.axes.text(x, y, words, fontsize=size * 0.72, **given))

    def line(self, points: Points, colour: str = INK, width: float = 1.2, zorder: float = 4) -> None:
        """A line of a symbol."""
        across, down = zip(*points, strict=True)
        style: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round", "zorder": zorder}
        self.axes.plot(across, down, color=colour, linewidth=width, **style)

    def wire(self, net: Net, points: Points) -> None:
        """A wire to its pin of the header."""
        self.wires.append((net, points))
        self.line(points, colour_of(net), 2.2, 3)

    def to_header(self, net: Net, x: float, y: float, channel: float = 0) -> None:
        """A wire from there, straight or by way of a vertical piece at `channel`, to its pin."""
        down = row(net.pin)
        bend = [] if y == down else [(channel, y), (channel, down)]
        self.wire(net, [(x, y), *bend, (EDGES[net.pin % 2], down)])

    def box(self, x: float, y: float, width: float, height: float, **how: Any) -> None:
        """A box with round corners."""
        given = {"facecolor": CASE, "edgecolor": INK, "linewidth": 0.9, "zorder": 2, **how}
        self.axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=5", **given))

    def dot(self, x: float, y: float, radius: float = 4, colour: str = PAPER) -> None:
        """A terminal, or where it is filled a joint."""
        self.axes.add_patch(Circle((x, y), radius, facecolor=colour, edgecolor=INK, linewidth=1, zorder=5))


def header(picture: Picture) -> None:
    """All forty pins with number and name, those in use on colour."""
    picture.axes.add_patch(Rectangle((ODD - 18, TOP - 20), 72, 19 * ROW + 40, facecolor=HOUSING, zorder=1))
    used = {net.pin: colour_of(net) for net in nets(picture.settings)}
    for pin, name in enumerate(HEADER, 1):
        odd, y = pin % 2, row(pin)
        colour = used.get(pin)
        x = ODD if odd else EVEN
        face = PAPER if colour else "#9b9b9f"
        picture.axes.add_patch(Circle((x, y), 12.5, facecolor=face, edgecolor=INK, linewidth=0.8, zorder=3))
        picture.write(x, y + 0.5, str(pin), 12, ha="center", weight="bold" if colour else "normal")
        left = EDGES[1] if odd else EVEN + 18
        if colour:
            picture.box(left, y - 12, LABEL, 24, edgecolor=colour, facecolor=PAPER, linewidth=2)
        inside = {"color": INK, "weight": "bold"} if colour else {"color": FAINT}
        if name == "5 V":
            inside = {"color": VERMILION}
        words = f"{name}  ✕" if name == "5 V" else name
        picture.write(left + LABEL / 2, y + 0.5, words, 13, ha="center", **inside)


def screen(picture: Picture) -> None:
    """The OLED, its four terminals beside their pins."""
    left, right = LEFT
    top, bottom = TOP - 22, row(9) + 18
    picture.box(left, top, right - left, bottom - top)
    picture.axes.add_patch(Rectangle((left + 12, top + 42), 128, 64, facecolor="#06080c", edgecolor=INK, zorder=3))
    picture.write(left + 76, top + 74, "Plexi", 30, ha="center", color=GLOW, weight="bold")
    picture.write(left + 12, top + 16, "OLED 128 × 64", 13, weight="bold")
    picture.write(left + 12, top + 32, "SSD1306 or SH1106, I²C", 10.5)
    picture.write(left + 12, bottom - 34, "The order differs by", 10.5)
    picture.write(left + 12, bottom - 18, "module: go by its print.", 10.5)
    for terminal in ("VCC", "SDA", "SCL", "GND"):
        net = picture.net("screen", terminal)
        terminal_of(picture, net, terminal, row(net.pin))
        picture.to_header(net, right, row(net.pin))


def terminal_of(picture: Picture, net: Net, name: str, y: float) -> None:
    """A terminal at the inner edge of its part, with its name and where it goes."""
    left = net.pin % 2
    x = LEFT[1] if left else RIGHT[0]
    picture.dot(x, y)
    words = f"{name} → {net.pin}" if left else f"{net.pin} ← {name}"
    picture.write(x - 9 if left else x + 9, y + 0.5, words, 11.5, ha="right" if left else "left")


def footswitches(picture: Picture) -> None:
    """Each a push button between its pin and the ground they share."""
    left, right = LEFT
    bus, ground = 38, row(picture.net("switch.A", "ground").pin)
    for number, (name, switch) in enumerate(picture.settings.switch.items()):
        part = f"switch.{name}"
        y = TOP + 6.3 * ROW + number * 72
        picture.box(left, y - 38, right - left, 58)
        picture.write(left + 10, y - 25, f"Footswitch {name}", 13, weight="bold")
        does = switch.press + (f", held: {switch.long}" if switch.long != "none" else "")
        picture.write(right - 8, y - 24.5, does, 10.5, ha="right")
        signal, common = picture.net(part, "signal"), picture.net(part, "ground")
        middle = (left + right) / 2
        picture.line([(left, y), (middle - 22, y)])
        picture.line([(middle + 22, y), (right, y)])
        picture.line([(middle - 24, y - 9), (middle + 24, y - 9)], width=1.8)
        picture.line([(middle, y - 9), (middle, y - 15)], width=3)
        for x in (middle - 22, middle + 22, left, right):
            picture.dot(x, y, 3.5)
        picture.write(left + 9, y + 11, f"{common.pin} ← ground", 11.5)
        picture.write(right - 9, y + 11, f"→ {signal.pin}", 11.5, ha="right")
        picture.to_header(signal, right, y, right + 22 + 24 * number)
        picture.wire(common, [(left, y), (bus, y), (bus, ground), (EDGES[1], ground)])
        if number:
            picture.dot(bus, y, 3.5, BLACK)


def encoder(picture: Picture, name: str) -> None:
    """A knob that turns and can be pushed: three signals, and two terminals to ground."""
    part = f"knob.{name}"
    signals = [picture.net(part, terminal) for terminal in ("A", "B", "push")]
    ground = picture.net(part, "ground")
    odd = ground.pin % 2
    left, right = LEFT if odd else RIGHT
    inner = right if odd else left
    rows = sorted(row(net.pin) for net in (*signals, ground))
    other = row(ground.pin) - ROW
    top, bottom = min(rows[0], other) - 22, max(rows[-1], other) + 22
    picture.box(left, top, right - left, bottom - top)
    centre = (left + 62 if odd else right - 62, (top + bottom) / 2 + 8)
    picture.axes.add_patch(Circle(centre, 36, facecolor=PAPER, edgecolor=INK, linewidth=1.2, zorder=3))
    picture.line([(centre[0] - 11, centre[1] - 15), (centre[0] - 22, centre[1] - 29)], width=3)
    title = left + 12 if odd else right - 12
    picture.write(title, top + 16, f"Encoder: {name}", 13, weight="bold", ha="left" if odd else "right")
    picture.write(centre[0], bottom - 14, "turn and push", 10.5, ha="center")
    for net in signals:
        terminal_of(picture, net, {"push": "push 1"}.get(net.terminal, net.terminal), row(net.pin))
        picture.to_header(net, inner, row(net.pin))
    terminal_of(picture, ground, "C", row(ground.pin))
    terminal_of(picture, ground, "push 2", other)
    picture.to_header(ground, inner, row(ground.pin))
    out = inner + (18 if odd else -18)
    picture.line([(inner, other), (out, other), (out, row(ground.pin))], BLACK, 2.2, 3)
    picture.dot(out, row(ground.pin), 3.5, BLACK)


def lights(picture: Picture) -> None:
    """Each LED behind its resistor; both to one ground."""
    bus, start = RIGHT[1] + 28, RIGHT[0]
    ground = row(picture.net("led.bypass", "ground").pin)
    says = {"bypass": "lit while the effect is heard", "clip": "lit when something is too loud"}
    for name, lift in (("bypass", -1.4 * ROW), ("clip", 0.0)):
        net, common = picture.net(f"led.{name}", "+"), picture.net(f"led.{name}", "ground")
        y = row(net.pin) + lift
        picture.write(start - 20, y - 24, f"LED {name}", 13, weight="bold")
        picture.write(bus - 10, y - 23.5, says[name], 10.5, ha="right")
        picture.to_header(net, start, y, start - 40)
        picture.axes.add_patch(Rectangle((start, y - 9), 64, 18, facecolor=CASE, edgecolor=INK, zorder=4))
        picture.write(start + 32, y + 0.5, "330 Ω", 11.5, ha="center")
        x = start + 128
        picture.line([(start + 64, y), (x - 12, y)], width=2.2)
        triangle = [(x - 12, y - 12), (x - 12, y + 12), (x + 10, y)]
        picture.axes.add_patch(Polygon(triangle, facecolor=PAPER, edgecolor=INK, zorder=4))
        picture.line([(x + 10, y - 12), (x + 10, y + 12)], width=2.2)
        picture.write(x - 21, y - 9, "+", 13, ha="center")
        picture.write(x + 20, y - 9, "−", 13, ha="center")
        picture.wire(common, [(x + 10, y), (bus, y), (bus, ground), (EDGES[0], ground)])
    picture.dot(bus, row(picture.net("led.clip", "+").pin), 3.5, BLACK)


def board(picture: Picture) -> None:
    """Where the header is on the Raspberry Pi."""
    x, y, width, height = 652, 74, 96, 146
    picture.box(x, y, width, height, facecolor="#dfe9df")
    usb, usb_3, ethernet = (6, 122, 22, 28), (32, 122, 24, 28), (60, 122, 28, 28)
    card, power = (28, -3, 26, 14), (-3, 12, 11, 16)
    for across, down, wide, high in (usb, usb_3, ethernet, card, power):
        place = (x + across, y + down)
        picture.axes.add_patch(
            Rectangle(place, wide, high, facecolor="#c9c9c9", edgecolor=INK, linewidth=0.8, zorder=3)
        )
    picture.axes.add_patch(Rectangle((x + 78, y + 12), 12, 84, facecolor=HOUSING, zorder=3))
    picture.dot(x + 81, y + 16, 2.6, ORANGE)
    picture.write(x + 72, y + 17, "pin 1", 10.5, ha="right")
    lines = (
        "The Raspberry Pi 4 from",
        "above, USB and Ethernet",
        "ports towards you. Pin 1 is",
        "at the end of the card slot.",
        "Odd pins are the inner row,",
        "even ones the outer row.",
    )
    for number, words in enumerate(lines):
        picture.write(x + width + 18, y + 8 + 18 * number, words, 11.5)
    picture.write(x + width + 18, y + 130, "5 V ✕: never connect these.", 11.5, color=VERMILION, weight="bold")


def parts(picture: Picture) -> None:
    """How to tell the legs of an encoder and of an LED."""
    x, y = 716, 470
    picture.write(648, y - 38, "The legs of an encoder, from its shaft's side, and of an LED", 10.5)
    picture.box(x - 34, y + 2, 68, 60)
    picture.dot(x, y + 32, 17)
    for at, down, words in ((-22, 1, "A"), (0, 1, "C"), (22, 1, "B"), (-22, 0, "push 1"), (22, 0, "push 2")):
        end = y + 76 if down else y - 8
        picture.line([(x + at, y + 62 if down else y + 2), (x + at, end)], width=2.6, zorder=1)
        picture.write(x + at, end + (9 if down else -8), words, 10.5, ha="center")
    x = 870
    picture.axes.add_patch(Circle((x, y + 14), 22, facecolor=CASE, edgecolor=INK, zorder=2))
    picture.line([(x + 19, y + 3), (x + 19, y + 25)], width=2.6)
    for at, end, words in ((-9, y + 76, "+"), (9, y + 62, "−")):
        picture.line([(x + at, y + 34), (x + at, end)], width=2.6, zorder=1)
        picture.write(x + at, end + 9, words, 13, ha="center")
    picture.write(x + 30, y + 8, "flat side,", 10.5)
    picture.write(x + 30, y + 21, "short leg: −", 10.5)
    picture.write(x - 30, y + 60, "long leg: +", 10.5, ha="right")


def notes(picture: Picture) -> None:
    """What the lines alone do not say."""
    lines = (
        "Footswitches and encoders need no resistors: those are inside the Pi. The two lugs of a footswitch are alike.",
        "An encoder that turns the wrong way: exchange A and B. The pin + of a module goes to 3.3 V, never to 5 V.",
        "The LEDs' resistors: 330 Ω for red, amber, yellow and green; 100 Ω for blue and white.",
    )
    for number, words in enumerate(lines):
        picture.write(38, row(39) + 48 + 19 * number, words, 11.5)


def drawn(settings: Settings) -> Picture:
    """All of it."""
    picture = Picture(settings)
    picture.write(38, 30, "The pedal's wiring, with the pins that it has by default", 18, weight="bold")
    picture.write(962, 31, "In the circles: pins of the header. GPIO: the number in pedal.toml.", 10.5, ha="right")
    header(picture)
    screen(picture)
    footswitches(picture)
    for name in settings.knob:
        encoder(picture, name)
    lights(picture)
    board(picture)
    parts(picture)
    notes(picture)
    return picture


def save(settings: Settings, path: Path) -> None:
    """Draw it into a PNG of few colours, with all its wires in the text chunk "Wiring"."""
    drawing = BytesIO()
    drawn(settings).figure.savefig(drawing)
    said = PngInfo()
    said.add_text("Wiring", text(settings))
    image = Image.open(drawing).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    image.save(path, optimize=True, pnginfo=said)


if __name__ == "__main__":
    save(Settings(), FILE)
    print(f"{FILE}: {FILE.stat().st_size} bytes")
