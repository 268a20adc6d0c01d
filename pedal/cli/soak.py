"""`pedal soak`: the engine watched for minutes, under load where that is wanted."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import host, values
from pedal.cli.notes import note, progress

if TYPE_CHECKING:
    from pedal.cli.watched import Watched
    from pedal.measure.load.stress import Stress
    from pedal.measure.load.turning import Turning
    from pedal.measure.soak.report import Report
    from pedal.measure.soak.sample import Sampler, Sensors
    from pedal.measure.soak.tally import Tally

USUAL_MINUTES = 10.0
MOST_MINUTES = 1440.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `soak`."""
    parser = commands.add_parser(
        "soak",
        help="watch the engine for minutes, under load where that is wanted",
        description="Watch the engine that runs, and say whether anything would have been heard: xruns, restarts, late "
        "periods, the spread of load and scheduling jitter, temperature and throttling. Where no engine runs and the "
        "pedal is not installed, a simulated one is watched. Status 1 where something would have been heard.",
        epilog="Ctrl-C ends it early, with what there is until then.",
    )
    minutes = values.number(0.05, MOST_MINUTES, "minutes")
    parser.add_argument("--minutes", type=minutes, default=USUAL_MINUTES, metavar="N", help=f"{USUAL_MINUTES:g}")
    parser.add_argument(
        "--stress",
        action="store_true",
        help="load processor, memory, disk and network meanwhile, and turn a knob so that the screen is drawn; what "
        "the player had set is put back",
    )
    parser.add_argument("--sim", action="store_true", help="watch a simulated engine, whatever else runs")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of it, here also with --host")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    host.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Soak here or there, and say how it went."""
    from pedal.cli import picture, reported, soaked
    from pedal.cli.service_user import as_service_user

    asked = ["soak", *words(arguments)]
    picture.check(arguments.picture)
    if arguments.host:
        if arguments.picture:
            note(f"soaking {arguments.host} for {arguments.minutes:g} minutes")
        return reported.elsewhere(arguments, asked, soaked.present_printed)
    by_service = reported.by_service(arguments, asked, soaked.present_printed) if arguments.picture else None
    if by_service is not None:
        return by_service
    as_service_user(asked)
    found = _soaked(arguments)
    soaked.present(found, arguments.json, arguments.picture)
    return 1 if found.heard else 0


def words(arguments: argparse.Namespace) -> list[str]:
    """The options that say what is soaked, as they were given."""
    flags = [f"--{name}" for name in ("stress", "sim", "json") if getattr(arguments, name)]
    return ["--minutes", f"{arguments.minutes:g}", *flags]


def _soaked(arguments: argparse.Namespace) -> "Report":
    """Soak the pedal of this machine."""
    from pedal.cli.watched import watched
    from pedal.sim.stage import ended_by_signals

    with ended_by_signals(), watched(arguments.sim) as pedal:
        return _soak(pedal, 60.0 * arguments.minutes, arguments.stress)


def _soak(pedal: "Watched", seconds: float, stress: bool) -> "Report":
    """Watch it, and add up what was seen."""
    from contextlib import ExitStack, closing

    from pedal.cli.interrupts import Interrupts
    from pedal.measure.soak.report import Course, report
    from pedal.measure.soak.sample import Sampler
    from pedal.measure.soak.soak import soak

    with ExitStack() as stack:
        sensors, source = _sensors(pedal)
        sampler = stack.enter_context(closing(Sampler(pedal.where.link, sensors)))
        stop = stack.enter_context(Interrupts())
        loads = stack.enter_context(_loads(pedal, seconds, sampler)) if stress else _Nothing(pedal.look)
        told = stack.enter_context(_told(seconds))
        tally = soak(sampler.sample, seconds, loads, ended=stop.asked, told=told, clock=time.monotonic, wait=time.sleep)
        described = loads.described()  # before they are ended
    described |= loads.afterwards()
    return report(tally, Course(seconds, _machine(), pedal.simulated, described, source))


class _Nothing:
    """No load: the pedal is kept going."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.step = step

    def described(self) -> dict[str, str]:
        """Nothing was applied."""
        return {}

    def afterwards(self) -> dict[str, str]:
        """And nothing had to be put back."""
        return {}


class _Loads(_Nothing):
    """Everything that `--stress` applies."""

    def __init__(self, look: Callable[[], None], stress: "Stress", turning: "Turning") -> None:
        self._look, self._stress, self._turning = look, stress, turning
        super().__init__(self._go_on)

    def described(self) -> dict[str, str]:
        """What was applied, by name."""
        return self._stress.described()

    def afterwards(self) -> dict[str, str]:
        """What became of the knob."""
        return {"display": self._turning.described()}

    def _go_on(self) -> None:
        self._look()
        self._turning.step()


@contextmanager
def _loads(pedal: "Watched", seconds: float, sampler: "Sampler") -> Iterator[_Loads]:
    """The loads, which end with it; then the knob is put back."""
    from pedal.cli.asking import ask
    from pedal.control.cores import leave_core
    from pedal.control.rack import look
    from pedal.measure.load.stress import isolated, stressed
    from pedal.measure.load.turning import Turning

    where = pedal.where
    if pedal.config.engine.cpu in isolated():
        leave_core(pedal.config.engine.cpu, note)

    def knob_of(word: int) -> str:
        entry = look(where.rack).rack.with_word(word)
        return entry.knobs[0].name if entry and entry.knobs else ""

    turning = Turning(sampler.words, knob_of, lambda name, value: ask(where.run, [(name, value)]))
    _note_sleep(pedal, seconds)
    with stressed(seconds, [where.state]) as stress:
        try:
            yield _Loads(pedal.look, stress, turning)
        finally:
            turning.back()


def _note_sleep(pedal: "Watched", seconds: float) -> None:
    """Say where the display will not be drawn for the whole time."""
    from pedal.control.settings import playable

    sleep_s = 0.0 if pedal.simulated else playable(pedal.where.config)[1].screen.sleep_s
    if 0.0 < sleep_s < seconds:
        note(
            f"the display sleeps {sleep_s:g} s after the last touch, and is not drawn then; press a switch now and "
            "then, or set screen.sleep_s = 0 for the soak"
        )


def _sensors(pedal: "Watched") -> "tuple[Sensors, str]":
    """How the processor is read, and what the firmware's flags come from."""
    from pedal.measure.soak.sample import Sensors
    from pedal.measure.temperature import temperature_c
    from pedal.measure.throttling import clock_hz, throttling

    core = max(0, pedal.config.engine.cpu)
    source = throttling()
    clock = clock_hz if clock_hz(core) is not None else lambda _core: clock_hz(0)
    flags: Callable[[], int | None] = (lambda: throttling().flags) if source.flags is not None else lambda: None
    return Sensors(temperature_c, lambda: clock(core), flags), source.source


def _machine() -> str:
    """Kernel and architecture."""
    import platform

    system = platform.uname()
    return f"{system.system} {system.release} {system.machine}"


@contextmanager
def _told(seconds: float) -> "Iterator[Callable[[Tally, float], None]]":
    """A line on stderr that is brought up to date: time left, xruns so far, temperature."""
    from rich.progress import BarColumn, TextColumn

    with progress(BarColumn(24), TextColumn("{task.description}")) as bar:
        task = bar.add_task("", total=seconds)

        def tell(tally: "Tally", now_s: float) -> None:
            left_s = max(0, round(seconds - now_s))
            xruns = f"{tally.xruns} xrun{'s' * (tally.xruns != 1)}, {tally.restarts} restarts"
            heat = f", {tally.temperatures_c[-1]:.0f} °C" if tally.temperatures_c else ""
            text = f"{left_s // 60}:{left_s % 60:02d} left, {xruns}{heat}"
            bar.update(task, completed=now_s, description=text)

        yield tell
