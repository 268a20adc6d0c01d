"""The models that the project ships, each made by `pedal train`'s own way from a circuit and the synthesised guitar.

`python -m pedal.train.bundle NAME…` plays the guitar through the circuit, trains, writes models/NAME.json and a picture
of it for docs; a run that was stopped goes on. `--page` writes the table of them all.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from pedal import wav
from pedal.files import replacing
from pedal.model.formats import read, to_native
from pedal.train import pictures, report
from pedal.train.devices import DEVICES, Device
from pedal.train.fit import Settings
from pedal.train.guitar import practice
from pedal.train.heard import heard, response
from pedal.train.pairs import Listed
from pedal.train.run import PLAN, Run, resumed
from pedal.train.start import Asked, started
from pedal.train.strings import RATE_HZ

LICENCE = "CC0-1.0"
SEED, REHEARSAL_SEED = 1, 101
PASSAGE_S = 5
"""From one pickup and level to the next: in passages of 20 s, three minutes have nine levels, and may have one loud."""
REHEARSAL_S = 30
"""Of another performance, never learnt from, by which the best epoch is chosen and the ESR is measured."""
POSITIONS, BETWEEN = (0.0, 0.25, 0.5, 0.75, 1.0), (0.12, 0.6, 0.9)
"""At which a knob is recorded, and at which it is rehearsed."""
MIDDLE = (0.5,)
SETTINGS = Settings(segment=22_050, warmup=4_096)
"""A supply that sags takes a tenth of a second: what a net hears from rest is to be judged when it has caught up."""


class Recipe(NamedTuple):
    """How one of them is made."""

    device: str
    """Its name in DEVICES."""
    hidden: int
    esr: float
    """What it has to come below, on passages that it has not learnt from."""
    seconds: int = 180
    """Of guitar; where there is a knob, at each of POSITIONS."""
    epochs: int = 16


RECIPES: Mapping[str, Recipe] = {
    "clean": Recipe("clean", 16, 0.01),
    "edge": Recipe("edge", 20, 0.01, epochs=24),
    "crunch": Recipe("crunch", 32, 0.02, seconds=48),
    "lead": Recipe("lead", 32, 0.02),
    "fuzz": Recipe("fuzz", 40, 0.02),
    "simulated-overdrive": Recipe("overdrive", 20, 0.01),
    "simulated-overdrive-drive": Recipe("overdrive-drive", 20, 0.01, seconds=60),
}


def recorded(
    device: Device, folder: Path, seconds: int, seed: int = SEED, turned: Sequence[float] = POSITIONS
) -> list[Listed]:
    """The guitar and the device as WAVs in the folder, its knob `turned` to each of these; those that are there stay.

    Raises:
        OSError: the folder cannot be written to.
    """
    pairs = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, at in enumerate(turned if device.knob else MIDDLE, seed):
        clean, sound = (folder / f"{played}-{number}-{seconds}s.wav" for played in ("guitar", device.title.lower()))
        if not clean.exists():
            wav.write(clean, practice(seconds, number, PASSAGE_S).astype(np.float32), RATE_HZ)
        if not sound.exists():
            guitar = wav.read(clean).channel().astype(np.float64)
            wav.write(sound, device.play(guitar, RATE_HZ, at).astype(np.float32), RATE_HZ)
        pairs.append(Listed(clean, sound, {device.knob: at} if device.knob else {}, 0))
    return pairs


def begun(name: str, folder: Path, tell: Callable[[str], None], seconds: int | None = None) -> Run:
    """The run of that name in the folder, new or as it was left; `seconds` of guitar instead of the recipe's.

    Raises:
        PedalError: see `started` and `resumed`.
    """
    recipe = RECIPES[name]
    run = folder / f"{name}.run"
    if (run / PLAN).exists():
        return resumed(run)
    device, recordings = DEVICES[recipe.device], folder / "recordings"
    asked = Asked(
        pairs=recorded(device, recordings, seconds or recipe.seconds),
        validation=recorded(device, recordings, REHEARSAL_S, REHEARSAL_SEED, BETWEEN),
        out=folder / f"{name}.json",
        folder=run,
        hidden=recipe.hidden,
        settings=replace(SETTINGS, epochs=recipe.epochs, patience=recipe.epochs),
        device="cpu",
    )
    return started(asked, tell)


def finish(name: str, run: Run, models: Path, docs: Path) -> float:
    """Write the model with its name, licence and origin, and its picture; gives its ESR.

    Raises:
        OSError: a folder cannot be written to.
    """
    device = DEVICES[RECIPES[name].device]
    origin = f"{device.says}: a simulated circuit (pedal.train.devices), played by pedal.train.guitar"
    model = replace(run.best(), name=device.title, licence=LICENCE, trained_from=origin)
    models.mkdir(parents=True, exist_ok=True)
    with replacing(models / f"{name}.json") as temporary:
        temporary.write_bytes(to_native(model))
    net = run.net(run.training.best)
    docs.mkdir(parents=True, exist_ok=True)
    found = heard(net, run.data.validation, run.plan.rate_hz)
    pictures.small(docs / f"{name}.png", run.log, found, response(net, run.plan.rate_hz), run.plan.rate_hz)
    return run.training.best_esr


def page(models: Path, docs: Path) -> str:
    """The table of the shipped models, Markdown, from what the files say of themselves."""
    lines = [
        "# The models that come with the pedal",
        "",
        "Each is a network trained on a simulated circuit (`pedal/train/circuits/`), played by the synthesised guitar",
        "(`pedal/train/guitar.py`): no recording of anybody's amplifier is in them. They are released under CC0 1.0:",
        "do with them what you like. `python -m pedal.train.bundle NAME` makes one again, but for the two simulated",
        "overdrives: they are older than it, and it makes others of the same circuit.",
        "",
        "| file | what it is | knob | network | ESR |",
        "|---|---|---|---|---|",
    ]
    shown = []
    for name, recipe in RECIPES.items():
        path = models / f"{name}.json"
        if not path.exists():
            continue
        model, device = read(path), DEVICES[recipe.device]
        knob = ", ".join(each.name for each in model.knobs) or "–"
        lines.append(f"| {name} | {device.says} | {knob} | {model.cell.upper()} {model.hidden} | {model.esr:.4f} |")
        if (docs / f"{name}.png").exists():
            shown += [
                "",
                f"## {name}",
                "",
                f"![Its training; sound and model; harmonics by level]({docs.name}/{name}.png)",
            ]
    lines += [
        "",
        "The ESR is of another performance than the one it learnt from; 0 is equal, 1 is silence. A test holds each to",
        "its limit, 0.01 or 0.02, on a third, by which nothing was chosen. The pictures: how training went; the",
        "circuit's sound and the model's where it is loudest; the harmonics of a tone by its level.",
    ]
    return "\n".join((*lines, *shown, ""))


def _known(name: str) -> str:
    if name not in RECIPES:
        raise argparse.ArgumentTypeError(f"{name!r} was given; expected one of {', '.join(RECIPES)}")
    return name


def _trained(run: Run, name: str, epochs: int) -> None:
    """Train to the end, or so many epochs more; a line for each."""
    last = run.training.epoch + epochs
    while not run.done and run.training.epoch < last:
        line, best = run.epoch(), run.training.best_esr
        print(f"{name} {line.epoch}/{run.training.epochs}: ESR {line.esr:.4f}, best {best:.4f}", flush=True)


def main() -> None:
    """Make models."""
    parser = argparse.ArgumentParser(description="Make the models that the project ships.")
    parser.add_argument("names", nargs="*", type=_known, metavar="NAME", help=", ".join(RECIPES))
    parser.add_argument("--runs", type=Path, default=Path("out/bundle"), help="recordings and run folders")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--docs", type=Path, default=Path("docs/models"), help="pictures")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--epochs", type=int, help="no more than these in this call")
    parser.add_argument("--page", type=Path, help="write the table there: docs/models.md")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    for name in given.names:
        run = begun(name, given.runs, lambda line: print(line, flush=True))
        _trained(run, name, given.epochs or run.training.epochs)
        if not run.done:
            continue
        esr, wanted = finish(name, run, given.models, given.docs), RECIPES[name].esr
        report.write(run)
        print(f"{name}: ESR {esr:.4f}, {'below' if esr < wanted else 'NOT below'} {wanted:g}", flush=True)
    if given.page:
        with replacing(given.page) as temporary:
            temporary.write_text(page(given.models, given.docs))


if __name__ == "__main__":
    main()
