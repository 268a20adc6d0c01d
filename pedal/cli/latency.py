"""`pedal latency`: the round trip from output to input by a cable, for several settings of the card."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import host, values
from pedal.cli.notes import note, progress
from pedal.errors import ModelError, PedalError

if TYPE_CHECKING:
    from pedal.config import Config
    from pedal.measure.latency.findings import Survey
    from pedal.measure.latency.survey import Plan, Progress
    from pedal.model.loaded import Loaded

PERIODS, COUNTS = (32, 64, 128), (2, 3)
RESTARTS, SECONDS = 10, 1.0
MOST_SETTINGS = 32
OPENING_S = 0.5
"""For a start, beside the signal: opening, and looking through what was captured."""
WARNING = (
    "this plays a test signal: switch the speakers off, or unplug the amplifier, and take headphones off",
    "then put a cable from output {output} of the interface to its input {input}",
)
JITTER_FRAMES = 32.0
"""By which the simulated interface's starts differ."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `latency`."""
    parser = commands.add_parser(
        "latency",
        help="measure the round trip by a cable from output to input, and recommend a setting",
        description="Measure how long the sound takes from the interface's output back to its input, by a cable, for "
        "every setting of a grid, with many starts of the streams, with a model running and without. On the installed "
        "pedal the engine is stopped meanwhile, and plays again afterwards. SPEAKERS OFF.",
    )
    parser.add_argument(
        "--periods",
        type=whole_numbers(8, 4_096, "frames"),
        default=PERIODS,
        metavar="N,N…",
        help=f"frames each {_listed(PERIODS)}",
    )
    parser.add_argument(
        "--counts", type=whole_numbers(2, 16, "periods"), default=COUNTS, metavar="N,N…",
        help=f"periods ahead, as prefill_periods in pedal.toml {_listed(COUNTS)}",
    )  # fmt: skip
    parser.add_argument(
        "--restarts", type=values.whole(1, 1_000, "starts"), default=RESTARTS, metavar="N",
        help=f"starts of each setting, with the model and without ({RESTARTS})",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=values.number(0.2, 20.0, "s"), default=SECONDS, metavar="S", help=f"each ({SECONDS:g})"
    )
    parser.add_argument("--model", metavar="NAME|FILE", help="the model that runs (the first that plays)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="pedal.toml (default: the one of this user)")
    parser.add_argument("--sim", action="store_true", help="measure a simulated interface, on any computer")
    parser.add_argument("--yes", action="store_true", help="do not wait for Enter: the speakers are off")
    parser.add_argument("--history", action="store_true", help="list what was measured here before")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of it, here also with --host")
    host.add(parser)
    parser.set_defaults(run=run)


def whole_numbers(low: int, high: int, unit: str) -> Callable[[str], tuple[int, ...]]:
    """An argparse type: whole numbers from low to high, with commas between them, each once."""
    one = values.whole(low, high, unit)

    def parse(text: str) -> tuple[int, ...]:
        return tuple(dict.fromkeys(one(part.strip()) for part in text.split(",")))

    return parse


def run(arguments: argparse.Namespace) -> int:
    """Measure here or there, and say what was found; 1 where no setting will do."""
    from pedal.cli import picture, reported, surveyed
    from pedal.cli.service_user import as_service_user

    if (count := len(arguments.periods) * len(arguments.counts)) > MOST_SETTINGS:
        raise PedalError(f"--periods and --counts make {count} settings; expected at most {MOST_SETTINGS}")
    if arguments.history:
        return _history(arguments)
    picture.check(arguments.picture)
    if arguments.host:
        if not arguments.sim:
            _warn(None, arguments.yes)
        return reported.elsewhere(arguments, ["latency", *words(arguments), "--yes"], surveyed.present_printed)
    if not arguments.sim:
        _of_the_folder(arguments.model)
        asked = ["latency", *words(arguments), *(["--yes"] if arguments.yes else [])]
        by_service = reported.by_service(arguments, asked, surveyed.present_printed) if arguments.picture else None
        if by_service is not None:
            return by_service
        as_service_user(asked)
    survey = _survey(arguments)
    surveyed.present(survey, arguments.json, arguments.picture)
    return 0 if survey.recommended else 1


def _of_the_folder(model: str | None) -> None:
    """Refuse a file that the service which measures cannot read: it sees no home.

    Raises:
        ModelError: the pedal is installed, and it is one.
    """
    from pedal.config import is_installed, places

    if model and is_installed() and Path(model).is_file() and Path(model).resolve().parent != places().models.resolve():
        raise ModelError(f"{model} is not in {places().models}, where the service reads models; `pedal flash` it first")


def _history(arguments: argparse.Namespace) -> int:
    """List the surveys of this machine or that one."""
    from pedal.cli import earlier
    from pedal.cli.service_user import as_service_user

    asked = ["latency", "--history", *(["--json"] if arguments.json else [])]
    if arguments.host:
        return host.run(arguments.host, asked)
    as_service_user(asked)
    return earlier.present(arguments.json)


def words(arguments: argparse.Namespace) -> list[str]:
    """The options that say what is measured, as they were given."""
    lists = [f"--{name}={','.join(map(str, getattr(arguments, name)))}" for name in ("periods", "counts")]
    texts = [f"--{name}={getattr(arguments, name)}" for name in ("model", "config") if getattr(arguments, name)]
    flags = [f"--{name}" for name in ("sim", "json") if getattr(arguments, name)]
    return [*lists, f"--restarts={arguments.restarts}", f"--seconds={arguments.seconds:g}", *texts, *flags]


def _survey(arguments: argparse.Namespace) -> "Survey":
    """Measure a simulated card, the real one by the service where the pedal is installed, or that in this process."""
    from pedal.cli import configured, named
    from pedal.config import INSTALLED, is_installed, load

    config = load(arguments.config) if arguments.config else configured.config()
    model = named.model(arguments.model)
    if arguments.sim:
        return _simulated(arguments, config, model)
    if is_installed() and (INSTALLED / "trial").exists():
        raise PedalError("this release is on trial, and its engine is watched; try again in a minute")
    _warn(config, arguments.yes)
    starts = 2 * arguments.restarts * len(arguments.periods) * len(arguments.counts)
    note(f"{starts} starts of the streams, which take about {_minutes(starts * (arguments.seconds + OPENING_S))}")
    return _by_service(arguments, model) if is_installed() else _here(arguments, config, model)


def _simulated(arguments: argparse.Namespace, config: "Config", model: "Loaded") -> "Survey":
    """Measure a simulated interface, which takes no time of its own."""
    from pedal.cli.compiled import library
    from pedal.engine.simcard import FreeClock
    from pedal.measure.latency.converter import Converter, Simulated
    from pedal.measure.latency.survey import Bench, Surveyor
    from pedal.measure.latency.urgent import unhurried
    from pedal.model.library import name_of

    kernels, card = library(), config.card
    cable = Converter(output=min(card.outputs, default=1), input=card.input_channel)
    simulated = Simulated(cable, FreeClock, jitter_frames=JITTER_FRAMES)
    note("a simulated interface is measured: of this computer are only the load and the clock")
    with _told() as tell:
        # By this thread's time: on a clock that waits, nobody else's work makes a call late.
        name, clock_ns = name_of(model.path), time.thread_time_ns
        bench = Bench(config, kernels, model.model, name, simulated.open, True, unhurried, clock_ns)
        return Surveyor(_plan(arguments), bench, tell).survey()


def _by_service(arguments: argparse.Namespace, model: "Loaded") -> "Survey":
    """Have the unit measure, which systemd follows by the engine whatever it ends by."""
    from pedal.cli.interrupts import Interrupts
    from pedal.config import places
    from pedal.measure.latency.request import Request
    from pedal.measure.latency.unit import Unit, measured

    config = str(arguments.config.resolve()) if arguments.config else ""
    request = Request(_plan(arguments), str(model.path.resolve()), config)
    note("the engine is stopped meanwhile, and plays again afterwards")
    with Interrupts() as interrupts, _told() as tell:
        return measured(places().run, request, Unit(), tell=tell, note=note, ended=interrupts.asked, wait=time.sleep)


def _here(arguments: argparse.Namespace, config: "Config", model: "Loaded") -> "Survey":
    """Measure in this process, which no engine may disturb."""
    from pedal.cli.compiled import library
    from pedal.config import places
    from pedal.engine.alsa import AlsaCard
    from pedal.link import engine_lock
    from pedal.measure.latency import history
    from pedal.measure.latency.survey import Bench, Surveyor
    from pedal.model.library import name_of
    from pedal.sim.stage import ended_by_signals

    where, kernels = places(), library()
    with ended_by_signals(), engine_lock(where.run), _told() as tell:
        bench = Bench(config, kernels, model.model, name_of(model.path), AlsaCard)
        survey = Surveyor(_plan(arguments), bench, tell).survey()
    if fault := history.keep(where.state / history.NAME, survey):
        note(fault)
    return survey


def _plan(arguments: argparse.Namespace) -> "Plan":
    from pedal.measure.latency.survey import Plan

    return Plan(arguments.periods, arguments.counts, arguments.restarts, arguments.seconds)


def _warn(config: "Config | None", sure: bool) -> None:
    """Say what is to be done first; where a person is at a terminal, wait for it.

    No configuration: it is another machine's.
    """
    places = {"output": "1", "input": "1, or between those that the pedal.toml there names"}
    if config:
        places = {"output": str(min(config.card.outputs, default=1)), "input": str(config.card.input_channel)}
    for line in WARNING:
        note(line.format(**places))
    if sure or sys.stdin is None or not sys.stdin.isatty():
        return
    print("Enter begins, Ctrl-C does not: ", end="", file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        raise PedalError("nothing was measured")


@contextmanager
def _told() -> "Iterator[Callable[[Progress], None]]":
    """A line on stderr that is brought up to date; a line for each setting where there is no terminal."""
    from rich.progress import BarColumn, TextColumn

    with progress(BarColumn(24), TextColumn("{task.description}")) as bar:
        task = bar.add_task("beginning")
        last = ""

        def tell(now: "Progress") -> None:
            nonlocal last
            bar.update(task, description=now.doing, completed=now.done, total=now.total)
            setting = now.doing.partition(",")[0]
            if bar.disable and setting != last:
                note(f"{now.done} of {now.total}: {setting}")
                last = setting

        yield tell


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90.0 else "a minute" if seconds > 30.0 else "half a minute"


def _listed(numbers: Sequence[int]) -> str:
    return f"({','.join(map(str, numbers))})"
