"""Draw the golden screens anew, and docs/screens.png: `python -m tests.golden.make_screens`.

Look at every one before committing it: they are what test_screen.py holds the drawing to.
"""

from pathlib import Path

from PIL import Image, ImageDraw

from pedal.control import screen
from pedal.control.canvas import HEIGHT, WIDTH
from pedal.control.fonts import face
from pedal.control.view import Dial, Meter, Needle, View

FOLDER = Path(__file__).parent / "screens"
SHEET = Path(__file__).parent.parent.parent / "docs" / "screens.png"
COLUMNS = 3
SCALE = 3
MARGIN = 16
LABEL_ROWS = 24
CASE, LIT, DARK, PAPER = (43, 43, 46), (158, 216, 255), (6, 8, 12), (226, 226, 222)
"""Colours of the sheet: an OLED in its frame."""

GAIN = Dial("GAIN", "+3.5 dB", 38 / 64)
LEVEL = Dial("LEVEL", "-6.0 dB", 27 / 64)
DRIVE = Dial("DRIVE", "0.62", 40 / 64)
PLAYING = View(
    "play",
    title="Plexi",
    position="3/12",
    dials=(GAIN, LEVEL),
    input=Meter(45 / 64),
    output=Meter(53 / 64),
    load=17,
)

VIEWS = {
    "boot": View("boot", title="pedal", remedy="0.3.0"),
    "play": PLAYING,
    "two-words": PLAYING._replace(title="Deluxe Reverb", position="4/12", page="1/2", dials=(DRIVE, LEVEL), boost=True),
    "long-name": PLAYING._replace(title="Mesa Boogie Dual Rectifier Red Channel", position="11/12", page="2/2"),
    "cyrillic": PLAYING._replace(title="Тонмейстер 12", dials=(DRIVE, Dial("ПРИСУТСТВИЕ", "5.1 kHz", 0.8), LEVEL)),
    "bypass": PLAYING._replace(bypass=True),
    "bypass-two-words": PLAYING._replace(title="Deluxe Reverb", bypass=True, boost=True),
    "muted": PLAYING._replace(muted=True, output=Meter(0.0)),
    "clipping": PLAYING._replace(
        title="JCM 800",
        xruns=3,
        load=43,
        boost=True,
        input=Meter(1.0, clipped=True),
        output=Meter(60 / 64, clipped=True),
    ),
    "notice": PLAYING._replace(notice="THERE IS NO MODEL 4"),
    "long-notice": PLAYING._replace(
        notice="setlist.txt is not UTF-8 text, at byte 16; it was put aside as setlist.txt.damaged"
    ),
    "told": PLAYING._replace(
        notice="CANNOT SAVE",
        remedy="state.json cannot be written: No space left on device; what you change is not remembered",
    ),
    "told-bypass": PLAYING._replace(
        notice="PEDAL.TOML HAS FAULTS", remedy="pedal config check says which", bypass=True, boost=True
    ),
    "lasting": PLAYING._replace(title="Deluxe Reverb", line="CANNOT SAVE"),
    "lasting-bypass": PLAYING._replace(title="Deluxe Reverb", line="PEDAL.TOML HAS FAULTS", bypass=True),
    "no-models": PLAYING._replace(
        title="NO MODELS", position="", load=4, notice="NO MODELS", remedy="Copy one into the models folder."
    ),
    "turning": PLAYING._replace(overlay=GAIN),
    "waiting": PLAYING._replace(bypass=True, overlay=Dial("PRESENCE", "5.1 kHz", 40 / 64, waits=True, target=12 / 64)),
    "tuner-silent": View("tuner", needle=Needle("")),
    "tuner-silent-flat": View("tuner", needle=Needle("", reference_hz=442.0, flat=1)),
    "tuner-flat": View("tuner", needle=Needle("F#", 2, -17.3, 442.0, 1)),
    "tuner-sharp": View("tuner", needle=Needle("A", 2, 31.0, muted=False)),
    "tuner-in-tune": View("tuner", needle=Needle("E", 2, -0.4)),
    "no-interface": View("trouble", title="NO AUDIO INTERFACE", remedy="Plug it in. If it is: pedal doctor."),
    "no-sound": View("trouble", title="NO SOUND", remedy="The engine is not running. It starts again by itself."),
}
"""By the golden file's name."""


def make() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, view in VIEWS.items():
        screen.draw(view).save(FOLDER / f"{name}.png", optimize=True)
    sheet().save(SHEET, optimize=True)


def sheet() -> Image.Image:
    """All of them, three times as large, each with its name, as an OLED shows them."""
    rows = -(-len(VIEWS) // COLUMNS)
    wide, high = WIDTH * SCALE + MARGIN, HEIGHT * SCALE + LABEL_ROWS + MARGIN
    paper = Image.new("RGB", (COLUMNS * wide + MARGIN, rows * high + MARGIN), PAPER)
    pen = ImageDraw.Draw(paper)
    pen.fontmode = "1"
    for index, (name, view) in enumerate(VIEWS.items()):
        x, y = MARGIN + index % COLUMNS * wide, MARGIN + index // COLUMNS * high
        size = (WIDTH * SCALE, HEIGHT * SCALE)
        lit = screen.draw(view).resize(size, Image.Resampling.NEAREST)
        pen.rectangle((x - 5, y - 5, x + size[0] + 4, y + size[1] + 4), fill=CASE)
        paper.paste(DARK, (x, y, x + size[0], y + size[1]))
        paper.paste(LIT, (x, y), lit)
        pen.text((x, y + size[1] + 7), name.replace("-", " "), fill=CASE, font=face(name, 14).font)
    return paper.quantize(8)


if __name__ == "__main__":
    make()
