"""Which key of the keyboard is which foot or hand."""

from pedal.control.settings import Settings
from pedal.sim.script import Gesture

LETTERS = "abcdefghijklmnop"
"""Not q, which ends the simulator: sixteen footswitches are enough."""
TURNS = (("KEY_LEFT", "KEY_RIGHT"), ("KEY_DOWN", "KEY_UP"), ("[", "]"))
"""Knob after knob, anticlockwise and clockwise, by blessed's names."""
ALSO = {"KEY_PGDOWN": "[", "KEY_PGUP": "]"}
"""Other keys for the same."""
PUSH = "KEY_ENTER"
SIGNS = {"KEY_LEFT": "←", "KEY_RIGHT": "→", "KEY_DOWN": "↓", "KEY_UP": "↑", PUSH: "⏎"}


def bindings(settings: Settings) -> dict[str, Gesture]:
    """What each key does, by the name that blessed gives it or the letter that it types."""
    found: dict[str, Gesture] = {}
    for letter, name in zip(LETTERS, settings.switch, strict=False):
        found[letter] = Gesture(0.0, "tap", (name,))
        found[letter.upper()] = Gesture(0.0, "hold", (name,))
    for number, chord in enumerate(settings.chord[:9], 1):
        found[str(number)] = Gesture(0.0, "chord", chord.switches)
    for keys, name in zip(TURNS, settings.knob, strict=False):
        for key, steps in zip(keys, (-1, 1), strict=True):
            found[key] = Gesture(0.0, "turn", (name,), steps)
    pushed = [name for name, knob in settings.knob.items() if knob.push >= 0]
    if pushed:
        found[PUSH] = Gesture(0.0, "push", (pushed[0],))
    return found | {also: found[key] for also, key in ALSO.items() if key in found}


def labels(settings: Settings, name: str, *kinds: str) -> str:
    """The keys for what a switch or a knob does, as they are shown: ← →."""
    found = (key for key, gesture in bindings(settings).items() if gesture.names == (name,) and gesture.kind in kinds)
    return " ".join(SIGNS.get(key, key) for key in found if key not in ALSO)
