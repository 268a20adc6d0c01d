"""`pedal train`: from recordings of a guitar and of an amplifier to a model of the amplifier."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import values
from pedal.cli.notes import note, printable, progress
from pedal.errors import ConfigError, KernelError, ModelError, PedalError

if TYPE_CHECKING:
    from pedal.train.pairs import Listed
    from pedal.train.run import Line, Run
    from pedal.train.start import Asked

SIZES = (1, 96)
REPORT_S, REPORT_SHARE = 10.0, 0.1
"""Of the minutes, at most, left for what follows the last epoch: the model, its self-test and the report."""
OF_A_RUN = ("out", "hidden", "unit", "origin", "knob", "schedule", "epochs", "minutes", "device", "seed", "run_folder",
            "pair", "validate", "delay", "emphasis", "stft")  # fmt: skip
"""What a run keeps from its beginning on: not to be given again with --resume."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `train`."""
    parser = commands.add_parser(
        "train",
        help="make a model from recordings of a guitar and of an amplifier",
        description="Learn an amplifier from a clean guitar and the same take through it. The recordings are checked "
        "first, as `pedal pair check` does. What is learnt lies in a run folder after every epoch; a run that was "
        "stopped goes on with --resume. Needs PyTorch: pip install 'pedal[train]'.",
    )
    parser.add_argument(
        "recordings",
        type=Path,
        nargs="*",
        metavar="CLEAN.wav AMP.wav | PAIRS.toml",
        help="one pair, or a list of pairs",
    )
    parser.add_argument("-o", "--out", type=Path, metavar="MODEL.json", help="the model to write")
    parser.add_argument("--hidden", type=values.whole(*SIZES, "units"), metavar="N", help="units (20)")
    parser.add_argument("--unit", choices=("lstm", "gru"), help="their kind (lstm)")
    parser.add_argument(
        "--from",
        dest="origin",
        metavar="MODEL|auto",
        help="start from a model, or from the nearest of the models folder",
    )
    parser.add_argument(
        "--knob", action="append", metavar="NAME", help="a knob that the model gets (all that the pairs name)"
    )
    parser.add_argument(
        "--pair", action="append", metavar="NAME=0..1:CLEAN.wav:AMP.wav", help="recordings with a knob at that place"
    )
    parser.add_argument(
        "--validate",
        action="append",
        metavar="CLEAN.wav:AMP.wav",
        help="another take to measure the model by (an eighth of the recordings, held back)",
    )
    parser.add_argument(
        "--delay", type=values.whole(0, 10_000_000, "frames"), metavar="FRAMES",
        help="by which the amplifier comes after the guitar (found)",
    )  # fmt: skip
    parser.add_argument("--schedule", choices=("cosine", "plateau", "constant"), help="of the learning rate (cosine)")
    parser.add_argument("--epochs", type=values.whole(1, 100_000, ""), metavar="N", help="times through all (60)")
    parser.add_argument(
        "--minutes", type=values.number(0.01, 10_000, "minutes"), metavar="M",
        help="no longer than that in all, but one epoch at least",
    )  # fmt: skip
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where to compute (auto)")
    parser.add_argument("--seed", type=values.whole(0, 2**31, ""), metavar="N", help="of the weights and the order (0)")
    parser.add_argument(
        "--emphasis", choices=("first-order", "a-weighted", "low-passed", "none"),
        help="what the error is filtered by (first-order)",
    )  # fmt: skip
    parser.add_argument("--stft", type=values.number(0.0, 10.0, ""), metavar="WEIGHT", help="of the spectral loss (0)")
    parser.add_argument("--run", dest="run_folder", type=Path, metavar="DIR", help="the run folder (MODEL.run)")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run that was stopped")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, write model and report; 130 where it was stopped, and then with what was learnt."""
    from pedal.cli.interrupts import Interrupts

    began = time.monotonic()
    if missing := [name for name in ("torch", "matplotlib", "scipy") if not find_spec(name)]:
        raise PedalError(
            f"training needs {', '.join(missing)}, not installed here; "
            "pip install 'pedal[train]', and for torch's smaller build without CUDA first pip install torch "
            "--index-url https://download.pytorch.org/whl/cpu"
        )
    if arguments.resume is not None:
        from pedal.train.run import resumed

        if given := [name for name in OF_A_RUN if getattr(arguments, name) is not None] or arguments.recordings:
            named = ", ".join(map(str, given)).replace("run_folder", "run").replace("origin", "from")
            raise ConfigError(f"{named} was given with --resume; expected nothing else: a run keeps what it began with")
        training = resumed(arguments.resume, began)
    else:
        from pedal.train.start import started

        training = started(_asked(arguments), note, began)
    with Interrupts((signal.SIGINT,)) as stop:
        interrupted = _trained(training, lambda: stop.came)
        _finish(training, arguments.json)
    if interrupted:
        note(f"stopped after epoch {training.training.epoch}; go on with pedal train --resume {training.folder}")
        return 130
    return 0


def _asked(arguments: argparse.Namespace) -> "Asked":
    """What the options say.

    Raises:
        ConfigError: they do not say enough, or contradict each other.
    """
    from pedal.files import replaceable
    from pedal.train.fit import Settings
    from pedal.train.pairs import typed
    from pedal.train.run import UNBOUNDED
    from pedal.train.start import Asked

    if arguments.out is None:
        raise ConfigError("-o is missing; expected -o MODEL.json, the model to write")
    if arguments.out.suffix != ".json":
        raise ConfigError(f"-o is {arguments.out}; expected the name of a model, MODEL.json")
    replaceable(arguments.out)
    folder: Path = arguments.run_folder or arguments.out.with_suffix(".run")
    model, run_folder = arguments.out.resolve(), folder.resolve()
    if run_folder in (model, *model.parents) or model in run_folder.parents:
        raise ConfigError(
            f"model {arguments.out} and run folder {folder} are in each other's way; expected neither in the other: "
            "-o MODEL.json, or another --run DIR"
        )
    chosen = {name: value for name in ("schedule", "epochs", "seed") if (value := getattr(arguments, name)) is not None}
    terms = {name: value for name in ("emphasis", "stft") if (value := getattr(arguments, name)) is not None}
    settings = Settings()
    if arguments.minutes is not None and arguments.epochs is None:
        chosen["epochs"] = UNBOUNDED
    settings = replace(settings, **chosen, loss=replace(settings.loss, **terms))
    pairs = _pairs(arguments)
    asked = Asked(
        pairs=[pair._replace(delay=arguments.delay) if arguments.delay is not None else pair for pair in pairs],
        validation=[typed(text, bare=True)._replace(delay=arguments.delay) for text in arguments.validate or ()],
        out=arguments.out,
        folder=folder,
        knobs=arguments.knob or (),
        cell=arguments.unit,
        hidden=arguments.hidden,
        settings=settings,
        minutes=_trainable(arguments.minutes),
        device=arguments.device or "auto",
    )
    return _with_origin(asked, arguments.origin)


def _trainable(minutes: float | None) -> float | None:
    """Of the minutes of all, those until the last epoch ends."""
    return minutes and minutes - min(REPORT_S / 60.0, REPORT_SHARE * minutes)


def _with_origin(asked: "Asked", origin: str | None) -> "Asked":
    """The model to start from, or those to choose from."""
    from pedal.cli.models import models_folder
    from pedal.model.library import files, find

    if origin is None:
        return asked
    folder = models_folder()
    return replace(asked, library=files(folder)) if origin == "auto" else replace(asked, origin=find(origin, folder))


def _pairs(arguments: argparse.Namespace) -> "list[Listed]":
    from pedal.train.pairs import Listed, listed, typed

    recordings: list[Path] = arguments.recordings
    found = [typed(text) for text in arguments.pair or ()]
    if len(recordings) == 1 and recordings[0].suffix.lower() == ".toml":
        found += listed(recordings[0])
    elif len(recordings) == 2 and not found:
        found.append(Listed(recordings[0], recordings[1], {}))
    elif recordings:
        given = "1 recording was" if len(recordings) == 1 else f"{len(recordings)} recordings were"
        beside = " beside --pair" if found else ""
        raise ConfigError(f"{given} given{beside}; expected CLEAN.wav AMP.wav, or PAIRS.toml, or --pair")
    if not found:
        raise ConfigError("no recordings were given; expected CLEAN.wav AMP.wav, or PAIRS.toml, or --pair")
    return found


def _trained(training: "Run", ended: Callable[[], bool]) -> bool:
    """Train to the end, or until somebody has ended it; whether it was that. What is validated is saved, too."""
    from rich.progress import BarColumn, TextColumn

    from pedal.train.verdict import stalled

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[news]}"))
    with progress(*columns) as bar:
        task = bar.add_task("training", total=training.training.epochs, news="")

        def tell(share: float) -> None:
            if ended():
                raise KeyboardInterrupt
            done = training.training.epoch + share
            bar.update(task, completed=done, total=training.training.epochs)

        try:
            while not training.done:
                line = training.epoch(tell)
                news = _news(training, line)
                bar.update(task, completed=line.epoch, total=training.training.epochs, news=news)
                if bar.disable:
                    note(f"epoch {line.epoch} of {training.training.epochs}: {news}")
                if training.training.overflown and training.training.waited and not training.done:
                    note("gradients overflowed: back to the best so far, and on with half the rate")
                if warning := stalled([before.esr for before in training.log]):
                    note(warning)
        except KeyboardInterrupt:
            return True
    found = training.training
    if found.epoch < found.epochs:
        note(f"ended after epoch {found.epoch} of {found.epochs}: {found.waited} in a row were no better than the best")
    return False


def _news(training: "Run", line: "Line") -> str:
    """Loss, ESR, speed and time left."""
    sound = training.data.training.target.numel() / training.plan.rate_hz
    # Kept is the model of the least loss, whose ESR need not be the least.
    kept, left = training.training.best_esr, max(0.0, training.seconds_left)
    speed = sound / max(line.seconds, 1e-9)
    return (
        f"loss {line.loss:.4f}, ESR {line.esr:.4f} (of the model kept {kept:.4f}), "
        f"{speed:.{int(speed < 10)}f} times as fast as it sounds, {int(left // 60)}:{int(left % 60):02d} left"
    )


def _finish(training: "Run", as_json: bool) -> None:
    """Write the model, check it by the compiled kernel, write the report, and say what came of it."""
    from pedal.files import replacing
    from pedal.model import formats
    from pedal.train import report
    from pedal.train.verdict import verdict

    if not training.training.epoch:
        note("no epoch was finished; there is no model yet")
        return
    if not training.training.best_epoch:
        note("no epoch was better than what it began with, which is kept")
    out = Path(training.plan.out)
    with replacing(out) as temporary:
        temporary.write_bytes(formats.to_native(training.best()))
    error = _replayed(out)
    page = report.write(training)
    esr = training.training.best_esr
    figures = {
        "model": str(out),
        "run": str(training.folder),
        "report": str(page),
        "esr": round(esr, 5),
        "verdict": verdict(esr),
        "epochs": training.training.epoch,
        "best_epoch": training.training.best_epoch,
        "seconds": round(training.seconds, 1),
        "selftest_error": error,
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print(printable(f"{out}: ESR {esr:.4f}: {verdict(esr)}; {page}"))
    sys.stdout.flush()


def _replayed(path: Path) -> float | None:
    """How far the compiled kernel is from the self-test of the file; None where there is no kernel.

    Raises:
        ModelError: further than any float32 player may be.
    """
    from pedal.config import places
    from pedal.kernel.library import Library, library_path
    from pedal.measure.audition import replay
    from pedal.model import formats

    model = formats.read(path)
    if model.selftest is None:
        raise ModelError(f"{path} has no self-test; expected one")
    try:
        return replay(model, model.selftest, Library(library_path(places().kernels)))
    except KernelError:
        note("the self-test was not replayed by the compiled kernels, which are not built here: pedal kernel build")
        return None
