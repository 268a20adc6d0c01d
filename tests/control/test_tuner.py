"""The tuner against strings made by formula, and against a filter and a phase on real ones."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from pedal.control.tuner import NEWEST_S, Pitch, heard, named, ring_tail
from pedal.link import RING_FRAMES, Link
from tests.control.strings import LEVEL, Pluck, Sound, hum, noise, rms

LOOK_S = 0.05
BEFORE_S = 0.5
"""What is in the ring before the attack."""
E2_HZ = 82.4
AT_MINUS_40_DB = LEVEL / 100
LOUD, AUDIBLE = 10 ** (-12 / 20), 10 ** (-18 / 20)
"""Of a string's level: to the first it has to be heard, and to the second heard rightly or not at all.

Hum and noise stay at -40 dB of the attack, so they are at -28 and -22 dB then."""


def cents(hz: float, right_hz: float) -> float:
    """How far above what is right."""
    return 1200 * math.log2(hz / right_hz)


def deadline_s(hz: float) -> float:
    """After the attack, when the note has to be shown."""
    return 0.1 if hz >= E2_HZ else 0.15


def tolerance_cents(stiffness: float) -> float:
    """How near the first partial has to be found."""
    return 1.0 if stiffness <= 2e-5 else 3.0


def ring(sound: Sound, end: int) -> NDArray[np.float32]:
    """What a full ring holds after so many frames."""
    return sound[max(0, end - RING_FRAMES) : end].astype(np.float32)


def looks(sound: Sound, rate_hz: int, first_s: float, seconds: float) -> Iterator[tuple[int, float | None]]:
    """A fresh tuner's answers, every 50 ms, with the frames there were by then."""
    pitch = Pitch(rate_hz)
    for number in range(round(seconds / LOOK_S)):
        end = round((first_s + number * LOOK_S) * rate_hz)
        yield end, pitch.hear(ring(sound, end))


def played(note: Sound, rate_hz: int, mains_hz: float, seed: int, before: Sound | None = None) -> Sound:
    """The note after half a second of silence or of another one, with hum and noise at -40 dB."""
    lead = round(BEFORE_S * rate_hz)
    sound = np.concatenate([np.zeros(lead) if before is None else before[:lead], note])
    return sound + hum(mains_hz, rate_hz, len(sound), AT_MINUS_40_DB, seed) + noise(len(sound), AT_MINUS_40_DB, seed)


def check(pluck: Pluck, rate_hz: int, mains_hz: float) -> None:
    """The note is right at its deadline, and in every later look of a second in which it still sounds."""
    note = pluck.sound(rate_hz, 1.2)
    sound = played(note, rate_hz, mains_hz, pluck.seed)
    first_s = BEFORE_S + deadline_s(pluck.first_hz)
    for end, answer in looks(sound, rate_hz, first_s, 1.0):
        attack = round(BEFORE_S * rate_hz)
        level = rms(note[end - attack - rate_hz // 10 : end - attack]) / LEVEL
        where = f"{pluck}, {rate_hz} Hz, mains {mains_hz}, {(end - attack) / rate_hz:.2f} s after the attack: {answer}"
        assert answer is not None or level < LOUD, where
        if answer is not None and level >= AUDIBLE:
            assert abs(cents(answer, pluck.first_hz)) < tolerance_cents(pluck.stiffness), where


NOTES_HZ = (27.5, 30.868, 41.203, 48.9, 55.0, 61.735, 82.407, 110.0, 146.83, 196.0, 246.94, 329.63, 659.26, 1396.9)


@pytest.mark.parametrize("stiffness", [0.0, 2e-5, 1e-4])
@pytest.mark.parametrize("first_hz", NOTES_HZ)
def test_a_string_is_heard_in_time_and_to_the_cent(first_hz: float, stiffness: float) -> None:
    seed = round(first_hz)
    check(Pluck(first_hz, stiffness, seed=seed), 44_100, 50.0)
    check(Pluck(first_hz, stiffness, position=0.28, first_db=-20.0, seed=seed), 48_000, 60.0)


plucks = st.builds(
    Pluck,
    first_hz=st.floats(math.log2(27.0), math.log2(1400.0)).map(lambda octaves: 2.0**octaves),
    stiffness=st.floats(0.0, 2e-5) | st.floats(2e-5, 1e-4),
    position=st.floats(0.05, 0.5),
    tilt=st.floats(1.0, 2.0),
    loss=st.floats(0.3, 3.0),
    treble=st.floats(2e-7, 2e-6),
    first_db=st.sampled_from([0.0, -20.0]),
    seed=st.integers(0, 2**31),
)


@given(pluck=plucks, rate_hz=st.sampled_from([44_100, 48_000]), mains_hz=st.sampled_from([50.0, 60.0]))
def test_any_string_is_heard_in_time_and_to_the_cent(pluck: Pluck, rate_hz: int, mains_hz: float) -> None:
    check(pluck, rate_hz, mains_hz)


@pytest.mark.parametrize("loudness", [1.0, 0.05])
@pytest.mark.parametrize(
    ("old_hz", "new_hz"), [(110.0, 82.41), (82.41, 83.6), (196.0, 98.0), (61.7, 329.6), (330.0, 55.0)]
)
def test_a_new_note_is_told_from_the_old_one(old_hz: float, new_hz: float, loudness: float) -> None:
    """The old string is damped as the new note begins, or rings on 26 dB below."""
    rate_hz = 44_100
    lead = round(BEFORE_S * rate_hz)
    old = Pluck(old_hz, 2e-5, seed=1).sound(rate_hz, 2.0)
    note = Pluck(new_hz, 2e-5, seed=2).sound(rate_hz, 1.0)
    if loudness < 1:
        note += loudness * old[lead : lead + len(note)]
    sound = played(note, rate_hz, 50.0, 3, loudness * old)
    answers = [answer for _, answer in looks(sound, rate_hz, 0.3, 1.1)]
    assert answers[0] is not None
    assert abs(cents(answers[0], old_hz)) < (1 if loudness == 1 else 3)
    first = round((BEFORE_S + deadline_s(new_hz) - 0.3) / LOOK_S)
    for answer in answers[first:]:
        assert answer is not None
        assert abs(cents(answer, new_hz)) < (1 if loudness == 1 else 3)


@pytest.mark.parametrize("apart", [3, 4, 5, 7, 12, 19])
@pytest.mark.parametrize("low_hz", [82.41, 110.0, 196.0])
def test_of_two_strings_no_third_note_is_heard(low_hz: float, apart: int) -> None:
    high_hz = low_hz * 2 ** (apart / 12)
    note = Pluck(low_hz, 4e-5, seed=4).sound(44_100, 1.2) + 0.9 * Pluck(high_hz, 4e-5, 0.2, seed=5).sound(44_100, 1.2)
    for _, answer in looks(played(note, 44_100, 50.0, 6), 44_100, BEFORE_S + 0.05, 1.0):
        assert answer is None or min(abs(cents(answer, low_hz)), abs(cents(answer, high_hz))) < 20


def test_a_string_that_is_being_tuned_is_followed() -> None:
    """50 cents in a second."""
    rate_hz, seconds = 48_000, 1.5
    bend = 2 ** (50 / 1200 * np.arange(round(seconds * rate_hz)) / rate_hz)
    turns = np.cumsum(110.0 * bend) / rate_hz
    note = sum(LEVEL / n * np.exp(-turns / 110) * np.sin(2 * np.pi * n * turns + n) for n in range(1, 20))
    for end, answer in looks(played(np.asarray(note), rate_hz, 60.0, 1), rate_hz, BEFORE_S + 0.2, 1.2):
        assert answer is not None
        now = end / rate_hz - BEFORE_S
        assert -12 < cents(answer, 110.0 * 2 ** (50 / 1200 * now)) < 2


RATE_HZ = 48_000
QUIET = {
    "silence": np.zeros(2 * RATE_HZ),
    "noise": noise(2 * RATE_HZ, 0.03),
    "faint noise": noise(2 * RATE_HZ, 1e-4),
    "hum of 50 Hz": hum(50.0, RATE_HZ, 2 * RATE_HZ, 0.01),
    "hum of 60 Hz": hum(60.0, RATE_HZ, 2 * RATE_HZ, 0.01),
    "hum of 49.95 Hz": hum(49.95, RATE_HZ, 2 * RATE_HZ, 0.05, seed=1),
    "a sine of 100 Hz": 0.01 * np.sin(2 * np.pi * 100 * np.arange(2 * RATE_HZ) / RATE_HZ),
    "a constant": np.full(2 * RATE_HZ, 0.3),
    "a string at -60 dBFS": 0.01 * Pluck(110.0).sound(RATE_HZ, 2.0),
    "clicks": np.where(np.arange(2 * RATE_HZ) % 30_000 == 0, 0.9, 0.0),
    "not a number": np.full(2 * RATE_HZ, np.nan),
    "infinity": np.full(2 * RATE_HZ, np.inf),
}


@pytest.mark.parametrize("kind", QUIET)
def test_nothing_is_heard_in(kind: str) -> None:
    assert {answer for _, answer in looks(QUIET[kind], RATE_HZ, 0.05, 1.9)} == {None}


def test_hum_with_noise_is_not_heard() -> None:
    for seed in range(5):
        sound = hum(50.0, RATE_HZ, RATE_HZ, 0.01, seed) + noise(RATE_HZ, 0.001, seed)
        assert {answer for _, answer in looks(sound, RATE_HZ, 0.4, 0.6)} == {None}


@pytest.mark.parametrize("frames", [0, 1, 63, 64, 1000, 1700])
def test_too_little_sound_is_nothing(frames: int) -> None:
    assert Pitch(44_100).hear(Pluck(110.0).sound(44_100, 0.5)[:frames].astype(np.float32)) is None


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 88_200, 96_000])
def test_any_rate(rate_hz: int) -> None:
    check(Pluck(82.41, 5e-5, seed=1), rate_hz, 50.0)
    check(Pluck(440.0, 5e-5, seed=1), rate_hz, 60.0)


def test_a_note_is_held_over_two_looks_that_miss_it() -> None:
    pitch, note, silence = Pitch(44_100), Pluck(110.0).sound(44_100, 0.4), np.zeros(RING_FRAMES, np.float32)
    first = pitch.hear(note.astype(np.float32))
    assert first is not None
    assert [pitch.hear(silence) for _ in range(4)] == [first, first, None, None]


@pytest.mark.parametrize(
    ("hz", "reference_hz", "flat", "note", "octave", "off"),
    [
        (440.0, 440.0, 0, "A", 4, 0.0),
        (82.4069, 440.0, 0, "E", 2, 0.0),
        (329.6276, 440.0, 0, "E", 4, 0.0),
        (27.5, 440.0, 0, "A", 0, 0.0),
        (1396.913, 440.0, 0, "F", 6, 0.0),
        (440.0, 415.0, 0, "A#", 4, 1.27),
        (440.0, 466.0, 0, "G#", 4, 0.61),
        (432.0, 432.0, 0, "A", 4, 0.0),
        (77.7817, 440.0, 1, "E", 2, 0.0),
        (73.4162, 440.0, 2, "E", 2, 0.0),
        (61.7354, 440.0, 6, "F", 2, 0.0),
        (123.4708, 440.0, 1, "C", 3, 0.0),
        (440.0 * 2 ** (49.9 / 1200), 440.0, 0, "A", 4, 49.9),
        (440.0 * 2 ** (50.1 / 1200), 440.0, 0, "A#", 4, -49.9),
    ],
)
def test_notes_have_names(hz: float, reference_hz: float, flat: int, note: str, octave: int, off: float) -> None:
    found = named(hz, reference_hz, flat)
    assert found[:2] == (note, octave)
    assert found[2] == pytest.approx(off, abs=0.01)


@given(st.floats(26.0, 1500.0), st.floats(415.0, 466.0), st.integers(0, 6))
def test_a_name_and_its_cents_give_the_frequency(hz: float, reference_hz: float, flat: int) -> None:
    note, octave, off = named(hz, reference_hz, flat)
    assert -50 <= off <= 50
    keys = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B").index(note) + 12 * octave - flat
    assert reference_hz * 2 ** ((keys - 57 + off / 100) / 12) == pytest.approx(hz, rel=1e-9)


def fill(link: Link, written: int) -> None:
    """Let the ring hold the last of so many frames, each of which is its own number."""
    for frame in range(max(0, written - RING_FRAMES), written):
        link.ring[frame % RING_FRAMES] = frame
    link.set("ring_frames", written)


@pytest.mark.parametrize("written", [1, 1000, RING_FRAMES - 1, RING_FRAMES, RING_FRAMES + 1, 100_000])
def test_the_tail_of_the_ring(tmp_path: Path, written: int) -> None:
    link = Link(tmp_path / "link")
    fill(link, written)
    oldest = max(0, written - RING_FRAMES + 64)
    tail = ring_tail(link)
    assert tail is not None
    assert tail.tolist() == list(range(oldest, written))
    tail = ring_tail(link, 500)
    assert tail is not None
    assert tail.dtype == np.float32
    assert tail.tolist() == list(range(max(0, written - 500), written))
    link.close()  # which is refused as long as anything still looks into it


class Overtaken(Link):
    """A link whose engine writes some frames, or begins anew, between any two looks at its counter."""

    steps: int = 0

    def get(self, name: str) -> float | int:
        """The counter, which moves on."""
        count = super().get(name)
        if self.steps:
            fill(self, max(0, int(count) + self.steps))
        return count


@pytest.mark.parametrize("steps", [64, 1000, 16_000])
def test_what_is_overtaken_while_it_is_copied_is_left_out(tmp_path: Path, steps: int) -> None:
    link = Overtaken(tmp_path / "link")
    fill(link, 50_000)
    link.steps = steps
    tail = ring_tail(link)
    assert tail is not None
    first = 50_000 + steps + 64 - RING_FRAMES
    assert len(tail) == 50_000 - first
    assert set(np.diff(tail[tail < 50_000])) <= {1.0}
    link.close()


@pytest.mark.parametrize("steps", [17_000, -50_000])
def test_there_is_no_tail_where_all_is_overtaken_or_the_engine_begins_anew(tmp_path: Path, steps: int) -> None:
    link = Overtaken(tmp_path / "link")
    assert ring_tail(link) is None
    fill(link, 50_000)
    link.steps = steps
    assert ring_tail(link) is None
    link.close()


RECORDED = [
    ("mayer", 3.10, "D", 3),
    ("mayer", 8.50, "D", 3),
    ("mayer", 8.85, "D", 3),
    ("mayer", 11.25, "D", 3),
    ("mayer", 14.30, "D", 3),
    ("mayer", 16.70, "D", 3),
    ("mayer", 22.15, "D", 3),
    ("mayer", 24.90, "D", 3),
    ("mayer", 9.15, "C", 4),
    ("mayer", 9.40, "C", 4),
    ("john", 1.65, "E", 2),
    ("john", 4.40, "E", 2),
    ("john", 15.70, "E", 2),
    ("john", 5.45, "E", 4),
    ("john", 11.70, "A", 4),
    ("fear", 12.90, "C", 2),
    ("pop-punk", 19.40, "E", 2),
]
"""Moments of the recordings in which one note sounds, and goes on for a while."""


def slope_hz(sound: Sound, rate_hz: int, near_hz: float) -> float:
    """The first partial in the 100 ms before the last quarter second: a band-pass, and how fast the phase turns."""
    band = signal.butter(3, [0.75 * near_hz, 1.25 * near_hz], "bandpass", fs=rate_hz, output="sos")
    turning = np.unwrap(np.angle(signal.hilbert(signal.sosfiltfilt(band, sound))))
    frames = round(NEWEST_S * rate_hz)
    end = len(turning) - rate_hz // 4
    weights = np.sqrt(np.hanning(frames))
    slope = np.polyfit(np.arange(frames) / rate_hz, turning[end - frames : end], 1, w=weights)[0]
    return float(slope / (2 * np.pi))


@pytest.mark.parametrize(("name", "seconds", "note", "octave"), RECORDED)
def test_real_strings(reference: Path, name: str, seconds: float, note: str, octave: int) -> None:
    """A real string's partials are some cents off the formula, and the pitch of one just plucked falls."""
    sound, rate_hz = soundfile.read(reference / "di" / f"{name}.wav")
    end = round(seconds * rate_hz)
    found = heard(ring(sound, end), rate_hz)
    assert found is not None
    assert named(found.first_hz, 440.0, 0)[:2] == (note, octave)
    right_hz = slope_hz(sound[end - rate_hz // 2 : end + rate_hz // 4], rate_hz, found.first_hz)
    assert abs(cents(found.first_hz, right_hz)) < (3 if found.first_hz > 100 else 7)


@pytest.mark.parametrize("name", ["fear", "john", "mayer", "pop-punk"])
def test_playing_is_never_a_fault(reference: Path, name: str) -> None:
    """Chords, slides and damped strings: an answer is a note that a guitar has, or none."""
    sound, rate_hz = soundfile.read(reference / "di" / f"{name}.wav")
    answers = [answer for _, answer in looks(sound, rate_hz, 0.05, 12.0)]
    assert sum(answer is not None for answer in answers) > 20
    assert all(60 < answer < 1450 for answer in answers if answer is not None)
