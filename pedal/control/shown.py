"""What is shown of a state: the view for the screen, and the LEDs."""

import math
import re

from pedal import __version__
from pedal.control.rack import Knob
from pedal.control.sensed import Sensed
from pedal.control.state import (
    BOOT_S,
    State,
    asleep,
    found,
    fraction,
    pages,
    playable,
    setting_of,
    sorted_out,
    turned_by,
)
from pedal.control.view import Dial, Meter, Needle, View

PIXELS = 64
"""Steps of a dial or a meter."""
METER_DB = 60.0
"""A meter's length, up to full scale."""
MOST_LOAD = 999
"""Percent, as three digits have place."""

NO_SOUND = {
    "off": ("NO SOUND", "The engine is not running. It starts again by itself."),
    "stuck": ("NO SOUND", "The engine is stuck. Switch off and on."),
    "waiting": ("NO AUDIO INTERFACE", "Plug it in. If it is: pedal doctor."),
}
"""By the engine's state: what the trouble is, and what to do."""
LINE_S = 3.0
"""Each, where several things last."""
FOLDERS = re.compile(r"(?<![\w/.~])~?/(\S*/)?(?=[^\s/])")
"""Of a path: its file's name is what there is room for."""


def view(state: State, sensed: Sensed, now: float) -> View:
    """One picture."""
    if asleep(state, now):
        return View("asleep")
    booting = now < state.began + BOOT_S
    if booting and sensed.engine != "running":
        return View("boot", "pedal", __version__)
    if sensed.engine in NO_SOUND:
        trouble, remedy = NO_SOUND[sensed.engine]
        return View("trouble", trouble, remedy)
    if state.tuner:  # nothing else is in the view, so that the note need not wait for a meter's picture
        return View("tuner", needle=_needle(state, sensed))
    places = len(playable(state))
    notice, remedy = _notice(state, now)
    return View(
        kind="play",
        title=_title(state),
        remedy=remedy,
        position=f"{state.place + 1 if found(state) else '-'}/{places}" if places else "",
        bypass=state.bypass,
        muted=state.muted,
        boost=state.boost,
        dials=_dials(state),
        page=_page(state),
        overlay=_overlay(state, now),
        notice=notice,
        line="" if notice else _line(state, sensed, now),
        input=_meter(sensed.input_peak, sensed.input_clipped),
        output=_meter(sensed.output_peak, sensed.output_clipped),
        load=round(min(100 * sensed.load, MOST_LOAD)) if sensed.engine == "running" and sensed.load > 0 else 0,
        xruns=sensed.xruns,
    )


def leds(state: State, sensed: Sensed) -> tuple[bool, bool]:
    """Whether the effect is heard, and whether anything has clipped lately."""
    silent = state.bypass or state.muted or state.tuner
    heard = sensed.engine == "running" and state.playing.word != 0 and not silent
    return heard, sensed.input_clipped or sensed.output_clipped


def _notice(state: State, now: float) -> tuple[str, str]:
    """What passes, and what to do; where there is nothing to play, that."""
    passing = next((notice for notice in state.notices if notice.until > now), None)
    if passing:
        return _brief(passing.text), _brief(passing.remedy)
    if playable(state) or state.playing.word or not sorted_out(state):
        return "", ""
    default = "pedal models list says why." if state.rack.entries else "Copy one into the models folder."
    if state.rack.out:
        default = "Take a # away in setlist.txt."
    return "NO MODELS", _brief(state.rack.fault) or default


def _line(state: State, sensed: Sensed, now: float) -> str:
    """What lasts, one thing after another."""
    waiting = state.playing.word == 0 and state.model != "" and sorted_out(state)
    why = next((entry.refused for entry in state.rack.entries if entry.name == state.model), "IS MISSING")
    lines = [
        *([why] if waiting else []),
        *(["CANNOT BE PLAYED"] if 0 < sensed.refused == state.playing.word else []),
        *(told.text for told in state.told.values()),
    ]
    return _brief(lines[int((now - state.began) / LINE_S) % len(lines)]) if lines else ""


def _brief(text: str) -> str:
    """The text with files by their names alone."""
    return FOLDERS.sub("", text)


def _title(state: State) -> str:
    if title := state.playing.title or state.model:
        return title
    if playable(state):
        return "DRY"
    return "NO MODELS" if sorted_out(state) else "READING MODELS"


def _page(state: State) -> str:
    """Which one the gain knob is on, where there is anything to push for another."""
    count = len(pages(state))
    pushed = any(knob.push >= 0 for knob in state.settings.knob.values())
    return f"{state.page + 1}/{count}" if pushed and count > 1 else ""


def _dials(state: State) -> tuple[Dial, ...]:
    """Gain or what takes its place, level, and what any other knob turns."""
    roles = ["gain", "level", *(knob.turns for knob in state.settings.knob.values())]
    keys = [turned_by(state, role) for role in roles]
    return tuple(_dial(state, key) for key in dict.fromkeys(keys) if key)


def _overlay(state: State, now: float) -> Dial | None:
    overlay = state.overlay
    if overlay is None or now >= overlay.until:
        return None
    dial = _dial(state, overlay.key)
    stands = dial.fraction if overlay.stands is None else _pixels(overlay.stands)
    return dial if stands == dial.fraction else dial._replace(waits=True, target=stands)


def _dial(state: State, key: str) -> Dial:
    value = getattr(setting_of(state), key)
    where = _pixels(fraction(key, value))
    match key:
        case "input_gain_db":
            return Dial("GAIN", f"{_rounded(value, 1):+.1f} dB", where)
        case "level_db":
            return Dial("LEVEL", f"{_rounded(value, 1):+.1f} dB", where)
    knob = state.playing.knobs[0 if key == "knob_1" else 1]
    return Dial(knob.name, _scaled(knob, value), where)


def _scaled(knob: Knob, position: float) -> str:
    """What the knob's own scale says there, in about three digits."""
    span = knob.maximum - knob.minimum
    digits = 2 if abs(span) <= 2 else 1 if abs(span) <= 20 else 0
    return f"{_rounded(knob.minimum + position * span, digits):.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    """Without the sign that Python leaves at a zero."""
    return round(value, digits) + 0.0


def _meter(peak: float, clipped: bool) -> Meter:
    return Meter(_pixels(1 + 20 * math.log10(peak) / METER_DB) if peak > 0 else 0.0, clipped)


def _needle(state: State, sensed: Sensed) -> Needle:
    tuner, heard = state.settings.tuner, sensed.heard
    needle = Needle("", 0, 0.0, tuner.reference_hz, tuner.flat, state.muted or tuner.sound == "mute")
    return needle._replace(note=heard.note, octave=heard.octave, cents=_rounded(heard.cents, 1)) if heard else needle


def _pixels(fraction: float) -> float:
    return round(PIXELS * min(max(fraction, 0.0), 1.0)) / PIXELS
