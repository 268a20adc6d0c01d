"""`pedal sim`: the whole pedal on this computer, in the terminal or by a script of presses."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import values
from pedal.cli.notes import note, progress
from pedal.errors import ConfigError

if TYPE_CHECKING:
    from pedal.config import Config, Places
    from pedal.control.settings import Settings
    from pedal.link import Link
    from pedal.sim.engine import Integers
    from pedal.sim.stage import Stage

GUITAR = "guitar.wav"
SECONDS = 8.0
SILENT = "a recorded guitar, not heard: --capture and --playback play through ALSA"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `sim`."""
    parser = commands.add_parser(
        "sim",
        help="play the whole pedal on this computer: in the terminal, or by a script of presses",
        description="Run the real pedal: screen, footswitches and knobs in this terminal, its engine on a simulated "
        "interface that plays a recorded guitar, or on one of ALSA's. Without a terminal, or with --headless, presses "
        "come from a script, and latency, load, xruns and levels are printed at the end.",
    )
    parser.add_argument("--model", metavar="NAME|FILE", help="the model to begin with")
    parser.add_argument("--guitar", type=Path, metavar="WAV", help="another recording than the shipped one")
    parser.add_argument("--config", type=Path, metavar="FILE", help="pedal.toml (default: the one of this user)")
    parser.add_argument("--state", type=Path, metavar="DIR", help="models and what is remembered")
    parser.add_argument("--capture", metavar="PCM", help="play live from this PCM of ALSA; with --playback")
    parser.add_argument("--playback", metavar="PCM", help="and to this one")
    script = parser.add_argument_group("without a terminal")
    script.add_argument("--headless", action="store_true", help="do without, even where there is one")
    seconds = values.number(1.0, 600.0, "s")
    script.add_argument("--seconds", type=seconds, metavar="N", help=f"how long to play ({SECONDS:g})")
    script.add_argument(
        "--press",
        metavar="SCRIPT",
        help='such as "0.5:B 1.2:A~ 2:B+C 3:gain+4 4:gain!": seconds:switch, ~ long, + chord',
    )
    script.add_argument("--out", type=Path, metavar="WAV", help="write what came out")
    script.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of what went in and came out")
    script.add_argument("--screens", type=Path, metavar="DIR", help="write what the screen showed, a PNG each")
    script.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play until it is ended, or through the script and say how it went."""
    from pedal.sim.stage import ended_by_signals

    scripted = (arguments.seconds, arguments.press, arguments.out, arguments.picture, arguments.screens)
    headless = arguments.headless or arguments.json or any(option is not None for option in scripted)
    with ended_by_signals():
        if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _headless(arguments)
        else:
            _interactive(arguments)
    return 0


def _headless(arguments: argparse.Namespace) -> None:
    """A run that depends on nothing it has not been given, and leaves nothing but what was asked for."""
    from pedal.cli import played
    from pedal.sim import headless, script
    from pedal.sim.stage import folders

    if arguments.capture or arguments.playback:
        raise ConfigError("--capture and --playback are for ears; expected neither of them without a terminal")
    played.check_outputs(arguments)
    where = _places(arguments)
    config, settings = _configuration(where, arguments.config is not None)
    seconds = arguments.seconds or SECONDS
    presses = script.usual(settings, seconds)
    if arguments.press is not None:
        presses = script.parse(arguments.press, settings, seconds)
    guitar = _guitar(arguments.guitar, config.card.rate_hz)
    with folders(where, arguments.state) as where:
        stage = _stage(arguments, where, config, settings, may_copy=arguments.state is None)
        with _watched(seconds) as watch:
            result, screens = headless.rehearse(stage, guitar, presses, seconds, watch, note)
    played.present(arguments, result, screens)


def _interactive(arguments: argparse.Namespace) -> None:
    """This user's own pedal, so that the other commands find it."""
    from pedal.sim import interactive

    if bool(arguments.capture) != bool(arguments.playback):
        raise ConfigError("--capture and --playback go together; expected both or neither")
    where = _places(arguments)
    where = where._replace(state=arguments.state or where.state)
    interactive.check_alone(where.run)
    config, settings = _configuration(where, arguments.config is not None)
    guitar, sound = None, f"from {arguments.capture} to {arguments.playback}"
    if arguments.capture:
        card = config.card._replace(capture=arguments.capture, playback=arguments.playback)
        config = config._replace(card=card)
    else:
        guitar, sound = _guitar(arguments.guitar, config.card.rate_hz), SILENT
    interactive.play(_stage(arguments, where, config, settings, may_copy=False), guitar, sound)


def _places(arguments: argparse.Namespace) -> "Places":
    """This user's folders, with the configuration that was named."""
    from pedal.config import places

    where = places()
    return where._replace(config=arguments.config or where.config)


def _configuration(where: "Places", named: bool) -> "tuple[Config, Settings]":
    """The engine's and control's; this user's own need not exist, and what is wrong in it is said and played over."""
    from pedal.control.settings import load, playable

    if named:
        return load(where.config)
    config, settings, faults = playable(where.config)
    for fault in faults:
        note(fault)
    return config, settings


def _guitar(path: Path | None, rate_hz: int) -> "Integers":
    """[frames] of guitar at the card's rate, in its own numbers."""
    from pedal import wav
    from pedal.config import shipped
    from pedal.measure.render import at_rate
    from pedal.sim.engine import integers

    path = path or shipped(GUITAR)
    recording = wav.read(path)
    if recording.rate_hz != rate_hz:
        note(f"{path} has {recording.rate_hz} Hz; resampled to the card's {rate_hz} Hz")
    if (channels := recording.samples.shape[1]) > 1:
        note(f"{path} has {channels} channels; channel 1 was taken")
    return integers(at_rate(recording.channel(), recording.rate_hz, rate_hz))


def _stage(
    arguments: argparse.Namespace, where: "Places", config: "Config", settings: "Settings", may_copy: bool
) -> "Stage":
    """Everything that has to be there before the first period: kernels, models, and one of them to begin with."""
    from rich.progress import SpinnerColumn, TextColumn

    from pedal.cli.compiled import library
    from pedal.measure.admission import admit
    from pedal.model.library import name_of
    from pedal.sim.stage import Stage, add_models, begin_with

    kernels = library()
    file = add_models(where, arguments.model, may_copy)
    with progress(SpinnerColumn(), TextColumn("{task.description}")) as bar:
        task = bar.add_task("trying the models")
        first = name_of(file) if file else ""
        rack = admit(where, config, kernels, lambda line: bar.update(task, description=line), first).rack
    if rack.fault:
        note(rack.fault)
    entry = begin_with(where, rack, file)
    if entry is None:
        note(f"the models folder {where.models} holds no model that can be played; the guitar is bypassed")
    elif entry.rate_hz != config.card.rate_hz:
        note(
            f"{entry.file} was made for {entry.rate_hz} Hz and plays as it is at {config.card.rate_hz} Hz: it sounds "
            "different"
        )
    return Stage(where, config, settings, rack)


@contextmanager
def _watched(seconds: float) -> "Iterator[Callable[[Link, float], None]]":
    """A progress line with meters on stderr, which what is given brings up to date."""
    from rich.progress import BarColumn, TextColumn

    from pedal.measure.level import dbfs

    meters_column = TextColumn("{task.completed:4.1f} s  {task.fields[meters]}")
    with progress(TextColumn("{task.description:8}"), BarColumn(24), meters_column) as bar:
        task = bar.add_task("starting", total=seconds, meters="")

        def watch(link: "Link", played: float) -> None:
            meters = (
                f"in {dbfs(link.get('input_peak')):6.1f} dBFS  out {dbfs(link.get('output_peak')):6.1f} dBFS  "
                f"load {link.get('load'):6.1%}"
            )
            sounding = "muted" if link.get("mute") else "bypassed" if link.get("bypass") else "model on"
            bar.update(task, completed=played, description=sounding, meters=meters)

        yield watch
