"""`pedal models`: what model files are, which there are, and changing that."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import changing, host
from pedal.cli.notes import note, printable
from pedal.errors import KernelError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pedal.control.rack import Rack
    from pedal.kernel.library import Library
    from pedal.model.model import Model

FORMATS = {"native": "NeuralPi/Proteus", "keras": "AIDA-X", "nam": "NAM"}
"""What players call the formats."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `models` and its commands."""
    told = "look at model files, and change which there are"
    parser = commands.add_parser("models", help=told, description="Model files, and the models folder.")
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
    host.add(show)
    show.set_defaults(run=run_show)
    listing = group.add_parser(
        "list",
        help="list the models folder in the order of the set list",
        description="List the models folder in the order of the set list, setlist.txt beside it; then what that leaves "
        "out, then what is refused. Trim and load are there once the pedal has tried the model. "
        "Status 1 if any model is refused.",
    )
    host.add(listing)
    listing.set_defaults(run=run_list)
    changing.add(group)


def run_check(arguments: argparse.Namespace) -> int:
    """One line a file; 1 if any is refused."""
    from pedal.model import formats

    library, card_hz = _library(), card_rate_hz()
    refused = unplayed = 0
    for path in arguments.files:
        try:
            model = formats.read(path)
            if library is None:
                unplayed += model.selftest is not None
            else:
                _replayed(model, path, library)
        except ModelError as error:
            refused += 1
            print(f"refused   {error}")
        else:
            print(f"accepted  {printable(str(path))}: {summary(model, card_hz)}")
    if unplayed:
        note(
            "self-tests were not replayed by the compiled kernels, which are not built here, or not by this version; "
            "run `pedal kernel build`, then check again"
        )
    return int(refused > 0)


def run_show(arguments: argparse.Namespace) -> int:
    """A table of everything the file says, and of what was measured."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pedal.model import library
    from pedal.model.loaded import load

    if arguments.host:
        return host.run(arguments.host, ["models", "show", "--", arguments.model])
    found = load(library.find(arguments.model, models_folder()))
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("file", Text(printable(str(found.path))))
    for label, value in (*_everything(found.model, card_rate_hz()), *_measured(_rack(), found.word)):
        table.add_row(label, Text(value))
    Console().print(table)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """One line a model of the models folder; 1 if any cannot be played."""
    from pedal.config import places
    from pedal.control import setlist
    from pedal.model import library

    if arguments.host:
        return host.run(arguments.host, ["models", "list"])
    folder, card_hz, rack = models_folder(), card_rate_hz(), _rack()
    told = {path: _line(path, rack, card_hz) for path in library.files(folder)}
    names = {path: library.name_of(path) for path in told}
    listed = setlist.look(places().setlist)
    if listed.fault:
        note(listed.fault)
    order = setlist.order(listed.text, names.values())
    numbers = {setlist.key(name): number for number, name in enumerate((*order.playing, *order.out))}
    refused = {path for path, line in told.items() if line.startswith("refused: ")}
    width = max((len(name) for name in names.values()), default=0)
    walk = sorted((path in refused, numbers[setlist.key(name)], path) for path, name in names.items())
    for is_refused, number, path in walk:
        left_out = "" if is_refused or number < len(order.playing) else ", not in the set"
        print(f"{printable(names[path]):{width}}  {told[path]}{left_out}")
    if not told:
        print(f"there are no models in {folder}")
    return int(bool(refused))


def _line(path: Path, rack: "Rack", card_hz: int) -> str:
    """What there is to say of a file of the models folder."""
    from pedal.model.loaded import load

    try:
        found = load(path)
    except ModelError as error:
        return f"refused: {error}"
    entry = next((entry for entry in rack.models if entry.file == path.name), None)
    if entry is None or entry.word not in (0, found.word):
        return summary(found.model, card_hz)  # it has not been tried yet
    if entry.refused:
        return f"refused: {entry.reason}"
    return f"{summary(found.model, card_hz)}, trim {entry.trim_db:+.1f} dB, takes {100 * entry.load:.1f} %"


def _measured(rack: "Rack", word: int) -> "Iterator[tuple[str, str]]":
    """Labels and values of what was measured when the pedal tried the model."""
    entry = rack.with_word(word)
    if entry is None or not entry.load:
        yield "measured", "not yet; the pedal measures what is in its models folder"
        return
    if entry.loudness_lkfs is not None:
        yield "loudness", f"{entry.loudness_lkfs:.1f} LKFS for the test guitar; trim {entry.trim_db:+.1f} dB"
    period = f"{rack.period_frames} frames at {rack.rate_hz} Hz"
    yield "takes", f"{100 * entry.load:.1f} % of the period ({period}) on this processor"
    if entry.refused:
        yield "refused", entry.reason


def _rack() -> "Rack":
    """What is known of the models folder; a damaged rack is said."""
    from pedal.config import places
    from pedal.control import rack

    found = rack.look(places().rack)
    if found.fault:
        note(found.fault)
    return found.rack


def models_folder() -> Path:
    """The models folder of this user, filled with the shipped models when it is new."""
    from pedal.config import places, shipped
    from pedal.model import library

    folder = places().models
    library.seed(folder, shipped("models"))
    return folder


def card_rate_hz() -> int:
    """The rate that the card is configured to run at."""
    from pedal.cli.configured import config

    return config().card.rate_hz


def summary(model: "Model", card_hz: int) -> str:
    """The model in one line: what every file says, then what this one does."""
    inputs = f"{model.inputs} inputs" if model.knobs else "1 input"
    named = ", ".join(("guitar", *(knob.name for knob in model.knobs)))
    network = f"{FORMATS[model.format]} {model.cell.upper()} {model.hidden}"
    parts = [network, f"{inputs} ({named})", f"{model.sample_rate_hz} Hz"]
    if model.loudness_dbfs is not None:
        parts.append(f"{model.loudness_dbfs:.1f} dBFS")
    if model.esr is not None:
        parts.append(f"ESR {model.esr:.4g}")
    if model.licence:
        parts.append(f"licence {model.licence}")
    if different := rate_note(model, card_hz):
        parts.append(different)
    return ", ".join(parts)


def rate_note(model: "Model", card_hz: int) -> str:
    """What to expect of a model that is made for another rate than the card's; empty where it is made for that one."""
    if model.sample_rate_hz == card_hz:
        return ""
    return f"plays as it is at the card's {card_hz} Hz, and sounds somewhat different there"


def _everything(model: "Model", card_hz: int) -> "Iterator[tuple[str, str]]":
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
    different = rate_note(model, card_hz)
    yield "sample rate", f"{model.sample_rate_hz} Hz" + (f"; {different}" if different else "")
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


def _replayed(model: "Model", path: Path, library: "Library") -> None:
    """Replay the self-test in the file, where there is one, by the compiled kernel."""
    from pedal.measure.audition import replay

    if model.selftest is None:
        return
    try:
        replay(model, model.selftest, library)
    except ModelError as error:
        raise ModelError(f"{printable(str(path))}: {error}") from error
