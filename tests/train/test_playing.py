"""Gestures put the right notes at the right time."""

import numpy as np

from pedal.train.playing import E_MAJOR, chugs, humanised, moved, passage, phrase, strum, vibrato


def test_a_strum_runs_from_the_low_string_to_the_high_one_and_ends_together() -> None:
    notes = strum(1.0, E_MAJOR, 2.0, spread_s=0.05)
    assert [(note.string, note.fret) for note in notes] == list(enumerate(E_MAJOR))
    assert np.allclose([note.start_s for note in notes], np.linspace(1.0, 1.05, 6))
    assert np.allclose([note.start_s + note.seconds for note in notes], 3.0)


def test_an_up_stroke_runs_the_other_way_and_leaves_unplayed_strings_alone() -> None:
    notes = strum(0.0, (None, 0, 2, None, None, None), 1.0, up=True)
    assert [note.string for note in notes] == [2, 1]


def test_a_shape_moves_along_the_neck() -> None:
    assert moved((0, None, 2), 3) == (3, None, 5)


def test_chugs_are_palm_muted_and_rest_where_the_force_is_zero() -> None:
    notes = chugs(0.0, 0.25, [(0, 0.5), (0, 0.0), (3, 1.0)], mute=0.7)
    assert [(note.start_s, note.fret, note.mute) for note in notes] == [(0.0, 0, 0.7), (0.5, 3, 0.7)]


def test_vibrato_rocks_between_the_note_and_its_depth() -> None:
    bend = vibrato(0.3, 1.3, 0.4, rate_hz=5.0, base=2.0)
    assert bend[0] == (0.3, 2.0)
    assert {round(semitones, 6) for _, semitones in bend} == {2.0, 2.4}
    assert np.allclose(np.diff([second for second, _ in bend]), 0.1)


def test_a_person_never_plays_a_note_twice_alike_but_the_same_seed_does() -> None:
    notes = chugs(0.5, 0.25, [(0, 0.8)] * 8)
    played = humanised(notes, np.random.default_rng(1))
    assert len({note.force for note in played}) == len({note.pick_m for note in played}) == 8
    assert played == humanised(notes, np.random.default_rng(1))
    assert max(abs(a.start_s - b.start_s) for a, b in zip(notes, played, strict=True)) < 0.03


def test_everything_played_lies_on_the_neck_and_within_its_time() -> None:
    for notes, seconds in [
        (phrase(), 13.0),
        *((passage(20.0, np.random.default_rng(seed)), 20.0) for seed in range(20)),
    ]:
        assert all(0 <= note.string <= 5 and 0 <= note.fret <= 24 for note in notes)
        assert all(0 <= note.start_s < seconds and 0 < note.force <= 1 for note in notes)
