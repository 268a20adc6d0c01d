"""What is played: notes, and the gestures of two hands that make them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Bend = tuple[tuple[float, float], ...]
Shape = tuple[int | None, ...]

E_MAJOR: Shape = (0, 2, 2, 1, 0, 0)
OPEN_CHORDS: tuple[Shape, ...] = (
    E_MAJOR,
    (0, 2, 2, 0, 0, 0),
    (None, 0, 2, 2, 2, 0),
    (None, 0, 2, 2, 1, 0),
    (None, None, 0, 2, 3, 2),
    (None, None, 0, 2, 3, 1),
    (3, 2, 0, 0, 3, 3),
    (None, 3, 2, 0, 1, 0),
)
"""Frets from the low E string to the high one; None is not played."""
BARRED: tuple[Shape, ...] = (
    (0, 2, 2, 1, 0, 0),
    (0, 2, 2, 0, 0, 0),
    (0, 2, None, 1, 0, None),
    (None, 0, 2, 2, 2, 0),
    (None, 0, 2, 2, 1, 0),
    (None, 0, 2, 0, 2, 0),
    (0, 2, 2, None, None, None),
    (None, 0, 2, 2, None, None),
    (None, None, 0, 2, 3, 3),
)
"""Shapes that move along the neck: 0 is the barring finger."""
PENTATONIC = ((0, 3), (0, 2), (0, 2), (0, 2), (0, 3), (0, 3))
"""Frets of the minor pentatonic on each string, from the low E, above the root's fret."""


@dataclass(frozen=True)
class Note:
    """One string struck once."""

    start_s: float
    string: int
    """0 is the low E."""
    fret: int
    seconds: float
    """Until the hand stops the string, unless the next note on it comes sooner."""
    force: float = 0.7
    """How hard, 0 to 1."""
    mute: float = 0.0
    """The palm at the bridge: 0 off, 1 firm."""
    pick_m: float = 0.11
    """From the bridge."""
    bend: Bend = ()
    """(seconds after the start, semitones): straight lines between these points."""


def strum(
    start_s: float, shape: Shape, seconds: float, force: float = 0.7, spread_s: float = 0.03, up: bool = False
) -> list[Note]:
    """A chord, one string after the other within `spread_s`: down from the low E, or up."""
    played = [(string, fret) for string, fret in enumerate(shape) if fret is not None]
    if up:
        played.reverse()
    step = spread_s / max(1, len(played) - 1)
    return [
        Note(start_s + i * step, string, fret, seconds - i * step, force * (0.85 if up else 1 - 0.03 * i))
        for i, (string, fret) in enumerate(played)
    ]


def moved(shape: Shape, frets: int) -> Shape:
    """The shape further up the neck."""
    return tuple(None if fret is None else fret + frets for fret in shape)


def chugs(start_s: float, step_s: float, pattern: Sequence[tuple[int, float]], mute: float = 0.8) -> list[Note]:
    """Palm-muted notes on the low E string, `step_s` apart: (fret, force); force 0 is a rest."""
    return [
        Note(start_s + i * step_s, 0, fret, 0.9 * step_s, force, mute, pick_m=0.07)
        for i, (fret, force) in enumerate(pattern)
        if force > 0
    ]


def vibrato(start_s: float, end_s: float, depth: float, rate_hz: float = 5.5, base: float = 0.0) -> Bend:
    """A finger that rocks the string up by `depth` semitones and back, on top of a bend of `base` semitones."""
    turns = np.arange(start_s, end_s, 0.5 / rate_hz)
    return tuple((float(t), base + depth * (i % 2)) for i, t in enumerate(turns))


def humanised(notes: Iterable[Note], rng: np.random.Generator) -> list[Note]:
    """The same notes as a person plays them: no two alike in time, force and place."""
    return [
        replace(
            note,
            start_s=max(0.0, note.start_s + rng.normal(0, 0.004)),
            force=float(np.clip(note.force * np.exp(rng.normal(0, 0.1)), 0.02, 1.0)),
            pick_m=float(np.clip(note.pick_m + rng.normal(0, 0.008), 0.03, 0.2)),
        )
        for note in notes
    ]


def phrase() -> list[Note]:
    """Thirteen seconds in E: a ringing chord, a palm-muted riff, a lick with bends and a slide, a chord left to die."""
    notes = strum(0.25, E_MAJOR, 2.75, 0.6, 0.09) + strum(1.85, (None, None, None, 1, 0, 0), 1.15, 0.4, 0.03, up=True)
    beat = 0.17
    notes += chugs(3.15, beat, [(0, 0.9), (0, 0.6), (0, 0.65), (3, 0.85), (0, 0.6), (0, 0.65), (5, 0.85), (0, 0.6)])
    notes += strum(3.15 + 8 * beat, (3, 5, 5, None, None, None), 1.9 * beat, 0.9, 0.012)
    notes += chugs(3.15 + 10 * beat, beat, [(0, 0.9), (0, 0.6), (0, 0.65), (3, 0.85)])
    notes += strum(3.15 + 14 * beat, (0, 2, 2, None, None, None), 3.4 * beat, 0.95, 0.012)
    lick = 6.35
    notes += [
        Note(lick, 3, 14, 0.55, 0.8, bend=((0.05, 0.0), (0.22, 2.0), (0.55, 2.0))),
        Note(lick + 0.55, 4, 12, 0.25, 0.6),
        Note(lick + 0.80, 4, 15, 0.25, 0.7, bend=((0.10, 0.0), (0.13, -3.0))),
        Note(lick + 1.05, 3, 14, 0.25, 0.7, bend=((0.11, 0.0), (0.15, -2.0))),
        Note(lick + 1.30, 2, 14, 0.55, 0.75, bend=((0.15, 0.0), (0.20, -1.0), (0.24, -2.0))),
        Note(lick + 1.85, 3, 9, 1.25, 0.9, bend=((0.0, -2.0), (0.06, 0.0), *vibrato(0.45, 1.25, 0.4))),
    ]
    return notes + strum(9.6, (0, 2, 2, 0, 0, 0), 3.05, 0.85, 0.05)


def passage(seconds: float, rng: np.random.Generator) -> list[Note]:
    """Anything a guitarist might do: gestures drawn at random, one after the other, with rests between some."""
    notes: list[Note] = []
    now = 0.1
    gestures = (_chords, _riff, _lick, _lick, _single, _arpeggio)
    while now < seconds - 1.0:
        gesture = gestures[rng.integers(len(gestures))]
        played, length = gesture(now, float(rng.uniform(0.2, 1.0)), rng)
        notes += played
        now += length + (rng.uniform(0.2, 1.0) if rng.random() < 0.25 else 0.0)
    return humanised([note for note in notes if note.start_s < seconds - 0.3], rng)


def _chords(now: float, force: float, rng: np.random.Generator) -> tuple[list[Note], float]:
    beat = float(rng.uniform(0.15, 0.7))
    count = int(rng.integers(1, 5))
    notes: list[Note] = []
    for i in range(count):
        barred = moved(BARRED[rng.integers(len(BARRED))], int(rng.integers(1, 12)))
        shape = OPEN_CHORDS[rng.integers(len(OPEN_CHORDS))] if rng.random() < 0.5 else barred
        ring = beat * float(rng.uniform(0.4, 1.0))
        notes += strum(now + i * beat, shape, ring, force, float(rng.uniform(0.008, 0.06)), bool(rng.random() < 0.3))
    if rng.random() < 0.4:
        return notes + strum(now + count * beat, E_MAJOR, 3.0, force), count * beat + 3.1
    return notes, count * beat + 0.05


def _riff(now: float, force: float, rng: np.random.Generator) -> tuple[list[Note], float]:
    step = float(rng.uniform(0.09, 0.22))
    pattern = [(int(rng.choice((0, 0, 0, 1, 3, 5))), force * float(rng.choice((0.0, 0.7, 1.0)))) for _ in range(8)]
    notes = chugs(now, step, pattern, float(rng.uniform(0.3, 1.0)))
    power = moved((0, 2, 2, None, None, None), int(rng.integers(0, 9)))
    return notes + strum(now + 8 * step, power, 4 * step, force, 0.012), 12 * step


def _lick(now: float, force: float, rng: np.random.Generator) -> tuple[list[Note], float]:
    root = int(rng.integers(1, 15))
    step = float(rng.uniform(0.09, 0.35))
    scale = [(string, root + fret) for string, frets in enumerate(PENTATONIC) for fret in frets]
    place = int(rng.integers(len(scale)))
    notes: list[Note] = []
    count = int(rng.integers(4, 11))
    for i in range(count):
        place = int(np.clip(place + rng.choice((-2, -1, -1, 1, 1, 2)), 0, len(scale) - 1))
        string, fret = scale[place]
        bend: Bend = ((0.05, 0.0), (0.15, float(rng.choice((1.0, 2.0))))) if rng.random() < 0.2 else ()
        notes.append(Note(now + i * step, string, fret, step, force, pick_m=float(rng.uniform(0.05, 0.16)), bend=bend))
    last = notes[-1]
    notes[-1] = replace(last, seconds=1.0, bend=vibrato(0.3, 1.0, float(rng.uniform(0.1, 0.6))))
    return notes, count * step + 0.8


def _single(now: float, force: float, rng: np.random.Generator) -> tuple[list[Note], float]:
    seconds = float(rng.uniform(0.3, 3.0))
    mute = float(rng.choice((0.0, 0.0, 0.3)))
    return [Note(now, int(rng.integers(6)), int(rng.integers(0, 20)), seconds, force, mute)], seconds + 0.05


def _arpeggio(now: float, force: float, rng: np.random.Generator) -> tuple[list[Note], float]:
    shape = moved(BARRED[rng.integers(3)], int(rng.integers(1, 10)))
    spread = float(rng.uniform(0.5, 1.8))
    return strum(now, shape, spread + 0.8, force, spread), spread + 0.85
