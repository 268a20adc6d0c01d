"""The fuzz against Kirchhoff's laws written again and solved by scipy, and as two transistors behave."""

import numpy as np
import pytest

from pedal.train.circuits.fuzz import Fuzz, slopes
from tests.train.circuits.solved import Samples, Tone, jacobian_error


def transistor(base: float, collector: float, emitter: float) -> tuple[float, float]:
    """Ebers and Moll: amperes into base and collector."""
    # What Radau tries before it takes a smaller step must not overflow.
    forward, reverse = (float(np.expm1(min(volts / 0.02585, 60.0))) for volts in (base - emitter, base - collector))
    return 2e-14 * (forward / 300 + reverse / 4), 2e-14 * (forward - reverse * 1.25)


@pytest.mark.parametrize("knob", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(("peak_volts", "pitch_hz"), [(0.002, 110.0), (0.05, 330.0), (0.5, 990.0)])
def test_the_circuit_agrees_with_an_independent_solver(knob: float, peak_volts: float, pitch_hz: float) -> None:
    def kirchhoff(now: float, state: Samples) -> list[float]:
        across, base, middle, emitter, wiper, collector, out = state
        b1, c1 = transistor(base, middle, 0.0)
        b2, c2 = transistor(middle, collector, emitter)
        source = (volts(now) - across - base) / 10e3
        back = (emitter - base) / 100e3
        down = (emitter - wiper) / (1e3 * (1.01 - knob))
        return [
            source / 2.2e-6,
            (source + back - b1) / 470e-12,
            ((9 - middle) / 33e3 - c1 - b2) / 100e-12,
            (b2 + c2 - back - down) / 100e-12,
            (down - wiper / (1e3 * (0.01 + knob))) / 20e-6,
            ((9 - collector) / 8.67e3 - c2) / 100e-12,
            ((collector - rest) * 470 / 8670 - out) / 5e-3,
        ]

    pedal = Fuzz(fuzz=knob)
    start = pedal.resting()
    rest = start[5]
    volts = Tone(peak_volts, pitch_hz)
    found = volts.errors(pedal.volts, kirchhoff, np.append(start, 0.0), lambda y: (y[5] - rest) * 470 / 8670 - y[6])
    assert found.fine < 1e-5
    assert found.heard < 2e-4


def test_it_rests_as_its_builders_say() -> None:
    """The first collector between 0.6 and 1.5 V, the second between the rails."""
    _, base, middle, emitter, _, collector = Fuzz().resting()
    assert 0.5 < base < 0.7
    assert 0.6 < middle < 1.5
    assert middle - emitter == pytest.approx(base, abs=0.1)
    assert 2.0 < collector < 6.0


def test_a_whisper_comes_out_distorted_when_it_is_turned_up() -> None:
    t = np.arange(44_100 // 4) / 44_100
    shares = []
    for knob in (0.0, 1.0):
        sound = Fuzz().play(0.005 * np.sin(2 * np.pi * 220 * t), 44_100, knob)[len(t) // 5 :]
        power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
        place = round(220 * len(sound) / 44_100)
        shares.append(float(1 - np.sum(power[place - 3 : place + 4]) / np.sum(power)))
    assert shares[0] < 0.01
    assert shares[1] > 0.1


@pytest.mark.parametrize("knob", [0.0, 0.5, 1.0])
def test_it_settles_for_what_is_no_guitar_too(knob: float) -> None:
    noise = np.random.default_rng(1).normal(size=44_100)
    assert np.all(np.isfinite(Fuzz().play(0.1 * noise, 44_100, knob)))


def test_silence_stays_silent() -> None:
    assert np.max(np.abs(Fuzz().play(np.zeros(1000), 44_100))) < 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_jacobian(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pedal = Fuzz()
    state = pedal.resting() + rng.normal(size=6) * (0.05, 0.02, 0.02, 0.02, 0.05, 1.0)
    assert jacobian_error(slopes, pedal, state, 0.1) < 1e-3
