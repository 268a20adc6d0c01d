"""Which trials make up each series of experiments, and the recordings that they are on.

Two repeat what was published of transfer learning for these networks (docs/training.md): from an overdrive to a
distortion and from one driven amplifier to another, with three minutes and with half a minute, each from nothing and
from the other device's model. `circuits` takes its devices from here and anybody can repeat it; `reference` takes
public models of real devices and a real guitar. `time` trains on each bundled circuit until the minutes are over.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from pedal import wav
from pedal.errors import ConfigError
from pedal.measure.render import at_rate
from pedal.model.formats import read
from pedal.train.bundle import PASSAGE_S, RECIPES
from pedal.train.circuits.oversampled import Samples
from pedal.train.devices import DEVICES
from pedal.train.fit import play
from pedal.train.guitar import practice
from pedal.train.net import from_model
from pedal.train.pairs import Listed
from pedal.train.strings import RATE_HZ
from pedal.train.trials import Trial, model_of

FULL_S, LIMITED_S, UNHEARD_S = 180, 36, 28
LEARNT_SEED, UNHEARD_SEED = 11, 99
LEVELS_DB = (0, -6, -12)
"""At which a real guitar is played, each the same passage."""
LEARNT, UNHEARD = ("fear", "mayer", "pop-punk"), "john"
"""The reference folder's recordings."""
HIGH_GAIN, LOW_GAIN = 0.9, 0.25


class Played(NamedTuple):
    """A device of an experiment."""

    name: str
    sound: Callable[[Samples], Samples]
    """The guitar, [samples] at RATE_HZ -> what comes out."""
    model: Path | None = None
    """A model of it that is there already."""


class Comparison(NamedTuple):
    """From the model of one device to that of another."""

    source: Played
    target: Played


class Lengths(NamedTuple):
    """Minutes of one training, by what there is to learn from."""

    full: float
    limited: float


def trials(series: str, folder: Path, reference: Path, lengths: Lengths, seeds: int) -> list[list[Trial]]:
    """All of a series, in rounds: those of one may be done at once, when those before are done. Records what is played.

    Raises:
        ConfigError: the reference files are not there.
    """
    if series == "time":
        return [_timed(folder, reference, lengths.full)]
    guitars = synthesised() if series == "circuits" else real(reference)
    first: list[Trial] = []
    second: list[Trial] = []
    for source, target in comparisons(series, reference):
        origin = source.model
        if origin is None:
            trial = Trial(f"{source.name}-source", *_pair(source, "full", guitars, folder), lengths.full)
            first.append(trial)
            origin = model_of(trial, folder)
        for data, minutes in zip(("full", "limited"), lengths, strict=True):
            pair = _pair(target, data, guitars, folder)
            for start in ("scratch", "transferred"):
                second += [
                    Trial(named(source, target, data, start, seed), *pair, minutes, seed,
                          origin=origin if start == "transferred" else None)
                    for seed in range(seeds)
                ]  # fmt: skip
    return [first, second]


def named(source: Played, target: Played, data: str, start: str, seed: int) -> str:
    """What a trial is called."""
    return f"{source.name}-{target.name}-{data}-{start}-{seed}"


def comparisons(series: str, reference: Path) -> list[Comparison]:
    """The devices of a series."""
    if series == "circuits":
        return [
            Comparison(_circuit("overdrive"), _circuit("distortion")),
            Comparison(_circuit("warm"), _circuit("driven")),
        ]
    models = reference / "models"
    return [
        Comparison(
            _model("ts9", models / "TS9_FullD.neuralpi.json"),
            _model("mt2", models / "BossMT2_PedalHighGain.proteus.json"),
        ),
        Comparison(
            _model("bluesjr", models / "BluesJR-FullD.neuralpi.json"),
            _model("ht40", models / "BlackstarHT40_GainKnob.proteus.json", LOW_GAIN),
        ),
    ]


def _timed(folder: Path, reference: Path, minutes: float) -> list[Trial]:
    """Every bundled circuit, its knob in the middle; and a public model of an amplifier, where it is there."""
    guitars = synthesised()
    names = dict.fromkeys(recipe.device for recipe in RECIPES.values() if not DEVICES[recipe.device].knob)
    found = [Trial(name, *_pair(_circuit(name), "full", guitars, folder), minutes) for name in (*names, "crunch")]
    path = reference / "models" / "BlackstarHT40_GainKnob.proteus.json"
    if path.exists():
        played = _model("ht40-high-gain", path, HIGH_GAIN)
        found.append(Trial(played.name, *_pair(played, "full", real(reference), folder), minutes))
    return found


def _circuit(name: str) -> Played:
    return Played(name, lambda guitar: DEVICES[name].play(guitar, RATE_HZ, 0.5))


def _model(name: str, path: Path, knob: float = 0.5) -> Played:
    """A model as a device, its knob there."""

    def sound(guitar: Samples) -> Samples:
        model = read(path)
        if (model.input_gain, model.output_gain, model.sample_rate_hz) != (1.0, 1.0, RATE_HZ):
            raise ConfigError(
                f"{path} has gains or a sample rate of its own; expected a model for {RATE_HZ} Hz without"
            )
        inputs = torch.full((len(guitar), 1, model.inputs), knob)
        inputs[:, 0, 0] = torch.from_numpy(guitar.astype(np.float32))
        return np.asarray(play(from_model(model), inputs)[:, 0].numpy(), dtype=np.float64)

    return Played(name, sound, path)


def synthesised() -> Mapping[str, Callable[[], Samples]]:
    """The guitar of the bundle, each PASSAGE_S by another pickup and at another level: 36 of them in three minutes."""
    return {
        "full": lambda: practice(FULL_S, LEARNT_SEED, PASSAGE_S),
        "limited": lambda: practice(FULL_S, LEARNT_SEED, PASSAGE_S)[: LIMITED_S * RATE_HZ],
        "unheard": lambda: practice(UNHEARD_S, UNHEARD_SEED, PASSAGE_S),
    }


def real(reference: Path) -> Mapping[str, Callable[[], Samples]]:
    """A passage at each level one after the other; the take that is not learnt from as it is."""
    paths = {name: reference / "di" / f"{name}.wav" for name in (*LEARNT, UNHEARD)}
    if missing := [str(path) for path in paths.values() if not path.exists()]:
        raise ConfigError(f"reference recordings {', '.join(missing)} are not there; expected --reference FOLDER")

    def recording(name: str) -> Samples:
        found = wav.read(paths[name])
        return np.asarray(at_rate(found.channel(), found.rate_hz, RATE_HZ), dtype=np.float64)

    def at_levels(seconds: int) -> Samples:
        once = np.concatenate([recording(name) for name in LEARNT])[: seconds // len(LEVELS_DB) * RATE_HZ]
        return np.concatenate([once * 10.0 ** (level / 20.0) for level in LEVELS_DB])

    return {
        "full": lambda: at_levels(FULL_S),
        "limited": lambda: at_levels(LIMITED_S),
        "unheard": lambda: recording(UNHEARD),
    }


def _pair(
    played: Played, data: str, guitars: Mapping[str, Callable[[], Samples]], folder: Path
) -> tuple[Listed, Listed]:
    """What is learnt from, and what is measured by, as WAVs in the folder; those that are there stay."""
    found = []
    for part in (data, "unheard"):
        clean, sound = (folder / "recordings" / f"{played.name}-{part}-{kind}.wav" for kind in ("guitar", "sound"))
        if not sound.exists():
            sound.parent.mkdir(parents=True, exist_ok=True)
            guitar = guitars[part]()
            wav.write(clean, guitar.astype(np.float32), RATE_HZ)
            wav.write(sound, played.sound(guitar).astype(np.float32), RATE_HZ)
        found.append(Listed(clean, sound, {}, 0))
    return found[0], found[1]
