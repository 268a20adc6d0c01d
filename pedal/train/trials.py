"""One training as an experiment: what it is on, how long it may take, what came of it, kept so that it is done once."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import numba
import torch

from pedal.errors import ConfigError
from pedal.files import replacing
from pedal.train.fit import Settings
from pedal.train.pairs import Listed
from pedal.train.run import BEST, PLAN, UNBOUNDED, Plan, Run, digest, planned, resumed
from pedal.train.start import Asked, started

OUTCOME = "outcome.json"


class Trial(NamedTuple):
    """What is to be done."""

    name: str
    """Of its folder."""
    pair: Listed
    unheard: Listed
    """Another take, by which it is measured."""
    minutes: float
    seed: int = 0
    hidden: int = 20
    origin: Path | None = None
    """The model to start from."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of it."""

    name: str
    minutes: list[float]
    """From the start until the end of each epoch, checks, validation and saving included; nothing that was lost."""
    esrs: list[float]
    """On the take that was not learnt from, after each."""
    threads: int
    processor_s: float
    """Of this process: much less than the minutes where others had the machine too."""

    @property
    def best(self) -> float:
        """The least ESR."""
        return min(self.esrs)

    def minutes_to(self, esr: float) -> float | None:
        """Until it was first at or below; None where it never was."""
        return next((at for at, found in zip(self.minutes, self.esrs, strict=True) if found <= esr), None)


def folder_of(trial: Trial, folder: Path) -> Path:
    """Its run folder."""
    return folder / f"{trial.name}.run"


def model_of(trial: Trial, folder: Path) -> Path:
    """The best model of a trial that is done."""
    return folder_of(trial, folder) / BEST


def settings_of(trial: Trial) -> Settings:
    """How it trains: its minutes end it, and nothing else."""
    return replace(Settings(), epochs=UNBOUNDED, patience=UNBOUNDED, seed=trial.seed)


def kept(trial: Trial, folder: Path) -> Outcome | None:
    """What came of it; None where it is not done yet.

    Raises:
        ConfigError: what is there, done or not, was asked otherwise.
    """
    run = folder_of(trial, folder)
    if not (run / PLAN).exists():
        return None
    if others := _differences(trial, planned(run)):
        raise ConfigError(
            f"{run} is of another trial: {'; '.join(others)}; remove it to have this one done, or name another --folder"
        )
    path = run / OUTCOME
    return msgspec.json.decode(path.read_bytes(), type=Outcome) if path.exists() else None


def _differences(trial: Trial, plan: Plan) -> list[str]:
    """What was not asked as it is now, in words; where files lie does not matter."""
    settings = settings_of(trial)
    settings = replace(settings, loss=replace(settings.loss, rate_hz=plan.rate_hz))
    figures: list[tuple[str, object, object]] = [("minutes", plan.minutes, trial.minutes)]
    if trial.origin is None:  # or it brings its size
        figures.append(("hidden", plan.hidden, trial.hidden))
    figures += [(name, getattr(plan.settings, name), value) for name, value in vars(settings).items()]
    found = [f"{name} was {then}, {now} is asked" for name, then, now in figures if then != now]
    if plan.origin_sha256 != (digest(trial.origin) if trial.origin else ""):
        found.append("it was started from another model")
    recordings = [file.sha256 for pair in (*plan.pairs, *plan.validation) for file in (pair.clean, pair.amp)]
    if recordings != [digest(path) for pair in (trial.pair, trial.unheard) for path in (pair.clean, pair.amp)]:
        found.append("it was of other recordings")
    return found


def carried_out(trial: Trial, folder: Path, threads: int, tell: Callable[[str], None]) -> Outcome:
    """Train, or go on where it was left, or only say what came of it.

    Raises:
        PedalError: see `kept`, `started` and `resumed`.
    """
    if done := kept(trial, folder):
        return done
    torch.set_num_threads(threads)
    numba.set_num_threads(threads)
    run = _run(trial, folder_of(trial, folder), folder, tell)
    before = time.process_time()
    while not run.done:
        line = run.epoch()
        tell(f"{trial.name}: {run.seconds / 60:.1f} of {trial.minutes:g} minutes, ESR {line.esr:.4f}")
    minutes = [sum(line.seconds for line in run.log[: number + 1]) / 60 for number in range(len(run.log))]
    esrs = [line.esr for line in run.log]
    outcome = Outcome(trial.name, minutes, esrs, threads, time.process_time() - before)
    with replacing(run.folder / OUTCOME) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(outcome)))
    return outcome


def _run(trial: Trial, run: Path, folder: Path, tell: Callable[[str], None]) -> Run:
    if (run / PLAN).exists():
        return resumed(run)
    asked = Asked(
        pairs=[trial.pair],
        validation=[trial.unheard],
        out=folder / f"{trial.name}.json",
        folder=run,
        hidden=None if trial.origin else trial.hidden,
        origin=trial.origin,
        settings=settings_of(trial),
        minutes=trial.minutes,
        device="cpu",
    )
    return started(asked, tell)
