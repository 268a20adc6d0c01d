"""The simulated pedals and amplifiers that models are trained on: circuits, their knobs turned somewhere."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pedal.train.circuits.amplifier import CLEAN, DRIVEN
from pedal.train.circuits.cabinet import cabinet
from pedal.train.circuits.distortion import Distortion
from pedal.train.circuits.fuzz import Fuzz
from pedal.train.circuits.overdrive import Overdrive
from pedal.train.circuits.oversampled import Samples, oversampled


class Device(NamedTuple):
    """Something that a guitar is played through."""

    title: str
    """What a player reads."""
    says: str
    """How it is made, half a sentence."""
    play: Callable[[Samples, int, float], Samples]
    """The guitar, [samples], full scale = 1; its rate in Hz; the knob, 0 to 1 -> the sound, aligned, as long."""
    knob: str = ""
    """The name of the knob that a model of it gets; empty where it stands still."""


def _clean(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return CLEAN.play(sound, rate_hz, 0.5)


def _warm(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return CLEAN.play(sound, rate_hz, 1.0)


def _edge(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return DRIVEN.play(sound, rate_hz, 0.35)


def _driven(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return DRIVEN.play(sound, rate_hz, 0.7)


def _crunch(sound: Samples, rate_hz: int, knob: float) -> Samples:
    return DRIVEN.play(sound, rate_hz, knob)


def _distortion(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return Distortion().play(sound, rate_hz)


def _lead(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    return CLEAN.play(Distortion().play(sound, rate_hz, 0.5, 0.6), rate_hz, 0.3)


def _fuzz(sound: Samples, rate_hz: int, _knob: float) -> Samples:
    pedal = Fuzz(fuzz=0.5)
    volts = sound * pedal.full_scale_in
    return oversampled(lambda fast, hz: cabinet(pedal.volts(fast, hz), hz), volts, rate_hz) / pedal.full_scale_out


def _overdrive(sound: Samples, rate_hz: int, drive: float) -> Samples:
    return Overdrive().play(sound, rate_hz, drive)


DEVICES: Mapping[str, Device] = {
    "clean": Device("Clean", "one valve stage, a push-pull power stage that sags, a loudspeaker", _clean),
    "warm": Device("Warm", "the same, its power stage driven", _warm),
    "edge": Device("Edge", "two valve stages, the gain low, the power stage that sags, a loudspeaker", _edge),
    "crunch": Device("Crunch", "two valve stages and a gain knob, the power stage that sags, a loudspeaker", _crunch,
                     "gain"),
    "driven": Device("Driven", "the same, its gain at 0.7", _driven),
    "distortion": Device("Distortion", "a gain stage and diodes to ground", _distortion),
    "lead": Device("Lead", "the distortion pedal before the clean amplifier", _lead),
    "fuzz": Device("Fuzz", "two silicon transistors, a loudspeaker", _fuzz),
    "overdrive": Device("Simulated Overdrive", "diodes in the feedback of an operational amplifier", _overdrive),
    "overdrive-drive": Device("Simulated Overdrive with Drive", "the same and its drive knob", _overdrive, "drive"),
}  # fmt: skip
