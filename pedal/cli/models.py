"""`pedal models`: what model files are, and which there are."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.errors import KernelError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pedal.kernel.library import Library
    from pedal.model.model import Model

FORMATS = {"native": "NeuralPi", "keras": "AIDA-X", "nam": "NAM"}
"""What players call the formats."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `models` and its commands."""
    parser = commands.add_parser("models", help="look at model files", description="Look at model files.")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = group.add_parser(
        "check",
        help="say which files the pedal plays",
        description="Say of each file whether the pedal plays it, and if not, why. A self-test in the file is "
        "replayed, by the compiled kernel too where there is one. Status 1 if any file is refused.",
    )
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.set_defaults(run=run_check)
    show = group.add_parser("show", help="say everything about one model", description="Say everything about a model.")
    show.add_argument("model", metavar="NAME|FILE")
    show.set_defaults(run=run_show)
    listing = group.add_parser("list", help="list the models folder", description="List the models folder.")
    listing.set_defaults(run=run_list)


def run_check(arguments: argparse.Namespace) -> int:
    """One line a file; 1 if any is refused."""
    from pedal.model import formats

    library, refused = _library(), 0
    for path in arguments.files:
        try:
            model = formats.read(path)
            _replayed(model, path, library)
        except ModelError as error:
            refused += 1
            print(f"refused   {error}")
        else:
            print(f"accepted  {_printable(path)}: {summary(model)}")
    return int(refused > 0)


def run_show(arguments: argparse.Namespace) -> int:
    """A table of everything the file says."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pedal.model import library

    found = library.load(library.find(arguments.model, models_folder()))
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("file", Text(_printable(found.path)))
    for label, value in _everything(found.model):
        table.add_row(label, Text(value))
    Console().print(table)
    return 0


def run_list(_arguments: argparse.Namespace) -> int:
    """One line a model of the models folder; 1 if any cannot be played."""
    from pedal.model import formats, library

    folder, refused = models_folder(), 0
    files = library.files(folder)
    width = max((len(library.name_of(path)) for path in files), default=0)
    for path in files:
        try:
            print(f"{_printable(library.name_of(path)):{width}}  {summary(formats.read(path))}")
        except ModelError as error:
            refused += 1
            print(f"{_printable(library.name_of(path)):{width}}  refused: {error}")
    if not files:
        print(f"there are no models in {folder}")
    return int(refused > 0)


def models_folder() -> Path:
    """The models folder of this user, filled with the shipped models when it is new."""
    from pedal.config import places, shipped
    from pedal.model import library

    folder = places().state / "models"
    library.seed(folder, shipped("models"))
    return folder


def summary(model: "Model") -> str:
    """The model in one line."""
    inputs = f"{model.inputs} inputs" if model.knobs else "1 input"
    named = ", ".join(("guitar", *(knob.name for knob in model.knobs)))
    network = f"{FORMATS[model.format]} {model.cell.upper()} {model.hidden}"
    parts = [network, f"{inputs} ({named})", f"{model.sample_rate_hz} Hz"]
    if note := rate_note(model):
        parts.append(note)
    return ", ".join(parts)


def rate_note(model: "Model") -> str:
    """What to expect of a model that is made for another rate than the card's; empty where it is made for that one."""
    from pedal.config import CardConfig

    card_hz = CardConfig().rate_hz
    if model.sample_rate_hz == card_hz:
        return ""
    return f"plays as it is at the card's {card_hz} Hz, and sounds somewhat different there"


def _everything(model: "Model") -> "Iterator[tuple[str, str]]":
    """Labels and values, in the order a player asks."""
    from math import log10

    from pedal.model.model import SELFTEST_TOLERANCE
    from pedal.model.reference import selftest_error

    unknown = "not in the file"
    yield "name", model.name or unknown
    yield "trained from", model.trained_from or unknown
    yield "licence", model.licence or unknown
    yield "format", FORMATS[model.format]
    yield "network", f"{model.cell.upper()}, {model.hidden} units" + (", plus its input" if model.skip else "")
    yield "inputs", f"{model.inputs}: guitar" + "".join(f", {knob.name}" for knob in model.knobs)
    for knob in model.knobs:
        yield f"knob {knob.name}", f"{knob.minimum:g} to {knob.maximum:g}"
    yield "sample rate", f"{model.sample_rate_hz} Hz" + (f"; {note}" if (note := rate_note(model)) else "")
    gains = (model.input_gain, model.output_gain)
    yield "gains", " in, ".join(f"{20 * log10(gain):+.1f} dB" for gain in gains) + " out"
    yield "level", unknown if model.loudness_dbfs is None else f"{model.loudness_dbfs:.1f} dBFS"
    yield "ESR", unknown if model.esr is None else f"{model.esr:.4g}"
    starts = model.initial_h is not None or model.initial_c is not None
    yield "starts from", "a learned state, settled" if starts else "zeros"
    if model.selftest is None:
        yield "self-test", "none in the file"
        return
    error = selftest_error(model, model.selftest)
    yield (
        "self-test",
        (
            f"{len(model.selftest.input)} samples, off by {error:.1e} of full scale or peak (at most "
            f"{SELFTEST_TOLERANCE:g})"
        ),
    )


def _library() -> "Library | None":
    """The compiled kernels where there are some for this machine; checking a file is no reason to compile them."""
    from pedal.config import places
    from pedal.kernel.library import Library, library_path

    try:
        return Library(library_path(places().kernels))
    except KernelError:
        return None


def _replayed(model: "Model", path: Path, library: "Library | None") -> None:
    """Replay the self-test in the file by the compiled kernel, where there are both."""
    from pedal.measure.audition import replay

    if library is None or model.selftest is None:
        return
    try:
        replay(model, model.selftest, library)
    except ModelError as error:
        raise ModelError(f"{_printable(path)}: {error}") from error


def _printable(path: Path | str) -> str:
    """One line, whatever the file is called."""
    name = str(path)
    return name if name.isprintable() else ascii(name)
