"""Feet, hands, ears and eyes: what is done to a pedal's pins is heard from its card and seen on its screen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.device import sound
from tests.device.display import shows
from tests.device.machine import Machine, driving
from tests.device.words import changed, plays, until, words

A, B, C = 17, 27, 22
CHORD: list[tuple[int, int] | float] = [(B, 0), 0.1, (C, 0), 0.2, (B, 1), (C, 1)]
"""The model before."""
BYPASS_LED = 23
LEVEL_KNOB = (16, 20)
DETENT_DB = 0.5
NAME = slice(9, 50), slice(8, 120)
"""Where the picture has the name of what plays."""


def turned(pins: tuple[int, int], detents: int) -> list[tuple[int, int] | float]:
    """The edges of an encoder turned that far: its first pin leads when it goes up."""
    first, second = pins if detents > 0 else pins[::-1]
    cycle: list[tuple[int, int] | float] = [(first, 0), 0.02, (second, 0), 0.02, (first, 1), 0.02, (second, 1), 0.1]
    return cycle * abs(detents)


def test_turns_a_chord_and_a_press_are_heard_and_seen(pi: Machine) -> None:
    """Through a model, 4 dB less of it, the model before, then bypass: the guitar's own samples, its light out."""
    guitar, first = np.tile(sound.noise(2), 10), words(pi)["playing"]
    sound.send(pi, guitar)
    pi.press(C)
    changed(pi, "playing", first)
    before = pi.picture()
    assert pi.level(BYPASS_LED) == 1
    hands = driving(*turned(LEVEL_KNOB, -8), 4.0, *CHORD, 3.0, (A, 0), 0.1, (A, 1))
    heard, _ = sound.played(pi, 16, f"sleep 3\n{hands}")

    def half_second(at: float) -> NDArray[np.float64]:
        return heard[round(at * sound.RATE_HZ) :][: sound.RATE_HZ // 2].astype(float)

    def like_before(at: float) -> float:
        """How far it is from what the same guitar gave two seconds before, 0 where it is the same."""
        return float((half_second(at) - half_second(at - 2)).std() / half_second(at).std())

    assert sound.share(heard, guitar, 0.1, 0.2) < 0.05
    loud, less = half_second(2.0), half_second(6.0)
    assert np.abs(loud).max() > 2**22
    assert 20 * np.log10(less.std() / loud.std()) == pytest.approx(-8 * DETENT_DB, abs=0.3)
    assert like_before(7.6) < 0.01
    assert like_before(9.6) > 0.1
    assert sound.share(heard, guitar, 0.85, 1.0) > 0.5
    assert words(pi)["bypass"] == 1
    assert pi.level(BYPASS_LED) == 0
    assert not shows(before, "BYPASS")
    assert shows(pi.picture(), "BYPASS")


def test_presses_chords_and_turns(pi: Machine) -> None:
    """Each as the configuration that came with the pedal has it."""
    first, name = words(pi)["playing"], pi.picture()[NAME]
    pi.press(C)
    changed(pi, "playing", first)
    assert (pi.picture()[NAME] != name).any()
    pi.lines(*CHORD)
    until(pi, playing=first)
    assert (pi.picture()[NAME] == name).all()
    for detents in (4, -8):
        before, shown = words(pi)["level_db"], pi.picture()
        pi.lines(*turned(LEVEL_KNOB, detents))
        until(pi, level_db=before + detents * DETENT_DB)
        assert (pi.picture() != shown).any()


def test_a_contact_that_bounces_is_one_press(pi: Machine) -> None:
    for presses in (1, 2, 3):
        pi.lines(*[(A, level) for level in (0, 1, 0, 1, 0)], 0.15, *[(A, level) for level in (1, 0, 1, 0, 1)], 0.15)
        until(pi, bypass=presses % 2)


def test_a_long_press_is_the_tuner(pi: Machine) -> None:
    before = pi.picture()
    pi.press(A, 0.8)
    assert until(pi, mute=1)["bypass"] == 0
    assert (pi.picture() != before).mean() > 0.02


def test_a_killed_engine_is_back_with_what_was_set(pi: Machine) -> None:
    """Control, which went on, is not restarted; the sound is back by itself."""
    pi.press(A)
    before = until(pi, bypass=1)
    control = pi.root("systemctl show -P MainPID pedal-control")
    back = "until [ $(systemctl show -P MainPID pedal-engine) != 0 ] && systemctl -q is-active pedal-engine; do :; done"
    clock = "cut -d' ' -f1 /proc/uptime"
    times = pi.root(f"{clock}; systemctl kill -s KILL pedal-engine; sleep 0.05; {back}; {clock}").split()
    print(f"a killed engine was ready again after {float(times[1]) - float(times[0]):.2f} s of an emulated processor")
    after = plays(pi)
    assert after["process"] not in (0, before["process"])
    assert after["bypass"] == 1
    assert pi.root("systemctl show -P MainPID pedal-control") == control


def test_an_engine_that_hangs_is_replaced(pi: Machine) -> None:
    """By its watchdog, as it no longer says that it is alive."""
    number = plays(pi)["process"]
    pi.root("systemctl kill -s STOP pedal-engine")
    changed(pi, "process", number)
    plays(pi)
    assert "Watchdog timeout" in pi.root("journalctl -b -q -o cat -u pedal-engine")
