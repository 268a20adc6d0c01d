"""`pedal status`: what the engine is doing."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from pedal.cli import host
from pedal.cli.notes import note, rows, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.text import Text

    from pedal.link import Link

STATES = ("off", "starting", "running", "waiting for the card")
REFRESHES_HZ = 10
LOOK_S = 0.005
"""Between two looks at whether the engine moves; an engine that plays does so as often."""
METER_FLOOR_DB = -60.0
METER_WIDTH = 30


class Status(NamedTuple):
    """The words of the link, and what they mean on this machine."""

    words: "Mapping[str, float | int]"
    alive: bool
    """Whether the process that wrote them still runs."""
    model: str
    """The name of what is playing; empty for none."""
    knobs: tuple[str, ...]
    temperature_c: float | None
    stuck: bool = False
    """Whether the engine has not moved for a second."""

    @property
    def state(self) -> str:
        """One of STATES, or stuck."""
        if self.stuck:
            return "stuck"
        return STATES[int(self.words["state"]) % len(STATES)] if self.alive else "off"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `status`."""
    parser = commands.add_parser(
        "status",
        help="show what the engine is doing",
        description="Show what the engine is doing. Status 0 where it is playing, 1 where it is not.",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--watch", action="store_true", help="go on showing it, until Ctrl-C; once a second where there is no terminal"
    )
    shape.add_argument("--json", action="store_true", help="print it as JSON")
    host.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the status once, or until interrupted."""
    from contextlib import closing

    from pedal.config import places
    from pedal.link import Link

    words = ["status", *(["--watch"] if arguments.watch else []), *(["--json"] if arguments.json else [])]
    if arguments.host:
        return host.run(arguments.host, words)
    path = places().link
    if not path.exists():
        if arguments.json:
            print(json.dumps({"state": "off"}))
        note(f"the engine is not running: there is no link {path}; start it with `pedal engine`")
        return 1
    with closing(Link(path, look=True)) as link:
        if arguments.watch:
            return _watch(link)
        status = read(link)._replace(stuck=_stands_still(link))
        if arguments.json:
            print(json.dumps(figures(status)))
        else:
            show(lines(status))
    return 0 if status.state == "running" else 1


def read(link: "Link", last: Status | None = None) -> Status:
    """What the link says now; the model is looked up again where it is another than last."""
    from pedal.link import WORDS
    from pedal.measure.temperature import temperature_c

    words = {word.name: link.get(word.name) for word in WORDS}
    word = int(words["playing"])
    if last is None or last.words["playing"] != word:
        name, knobs = _model(word) if word else ("", ())
    else:
        name, knobs = last.model, last.knobs
    return Status(words, link.engine_runs(), name, knobs, temperature_c())


def _model(word: int) -> tuple[str, tuple[str, ...]]:
    """The name of the model that the engine knows by that word, and those of its knobs.

    From the rack, because reading a model file takes numpy; where no control keeps one, from the model files.
    """
    from pedal.cli import named
    from pedal.config import places
    from pedal.control import rack
    from pedal.model.library import name_of

    if entry := rack.look(places().rack).rack.with_word(word):
        return entry.name, tuple(knob.name for knob in entry.knobs)
    if loaded := named.with_word(word):
        return name_of(loaded.path), tuple(knob.name for knob in loaded.model.knobs)
    return f"{word:016x}, not in the models folder", ()


def _stands_still(link: "Link") -> bool:
    """Whether the engine is stuck; looks until it moves, for a second where it does not."""
    from pedal.control.watch import Watch

    watch, beat = Watch(), link.get("heartbeat")
    while (engine := watch.look(link, time.monotonic(), None).engine) in ("running", "waiting"):
        if link.get("heartbeat") != beat:
            return False
        time.sleep(LOOK_S)
    return engine == "stuck"


def figures(status: Status) -> dict[str, object]:
    """The status as JSON has it; levels in dBFS, None for silence."""
    from pedal.measure.level import dbfs, rounded

    words = status.words
    levels = {
        f"{name}_dbfs": rounded(dbfs(words[name])) for name in ("input_peak", "input_rms", "output_peak", "output_rms")
    }
    copied = (
        "process", "rate_hz", "period_frames", "latency_frames", "model_rate_hz", "input_gain_db", "level_db", "load",
        "load_peak", "xruns_capture", "xruns_playback", "interruptions", "late", "clipped", "resets", "heartbeat",
    )  # fmt: skip
    return {
        "state": status.state,
        "model": status.model or None,
        "model_word": f"{int(words['playing']):016x}" if words["playing"] else None,
        "bypass": bool(words["bypass"]),
        "knobs": {name: words[f"knob_{number}"] for number, name in enumerate(status.knobs, 1)},
        "latency_ms": _latency_ms(words),
        "temperature_c": status.temperature_c,
        "boot_to_sound_s": words["boot_to_sound_ms"] / 1000 if words["boot_to_sound_ms"] else None,
        **levels,
        **{name: words[name] for name in copied},
        "warnings": warnings(status),
    }


def warnings(status: Status) -> list[str]:
    """What the player should know, one line each."""
    words, found = status.words, []
    if not status.alive:
        if words["process"]:
            found.append(f"the engine (process {words['process']}) ended without a word; what is shown is its last")
        else:
            found.append("the engine is not running; what is shown is its last")
    if status.stuck:
        found.append(
            "the engine stands still; its service ends it after 2 s, 15 s where it opens a card, and starts another; "
            "or end it yourself"
        )
    if words["model_rate_hz"] not in (0, words["rate_hz"]):
        found.append(
            f"the model was made for {words['model_rate_hz']} Hz and plays as it is at {words['rate_hz']} Hz: it "
            "sounds different"
        )
    if words["refused"]:
        found.append(f"model {int(words['refused']):016x} could not be taken; `pedal set model=NAME` packs it again")
    if status.temperature_c is not None and status.temperature_c >= 80.0:
        found.append(f"the processor is at {status.temperature_c:.0f} °C and may slow down; cool it")
    return found


def lines(status: Status) -> "Text":
    """The status as a person reads it; what is measured while it plays, only then."""
    words, plays, sounded = status.words, status.state == "running", status.words["boot_to_sound_ms"]
    xruns = f"{words['xruns_capture']} capture, {words['xruns_playback']} playback"
    process = f" (process {words['process']})" if status.alive else ""
    bypassed = " (bypassed)" if words["bypass"] else ""
    found = [
        ("engine", f"{status.state}{process}"),
        *([("card", _card(words))] if plays else []),
        ("model", (status.model or ("none: the guitar passes untouched" if plays else "none")) + bypassed),
        *((f"  {name}", f"{words[f'knob_{number}']:.2f}") for number, name in enumerate(status.knobs, 1)),
        ("gain", f"{words['input_gain_db']:+.1f} dB before the model, {words['level_db']:+.1f} dB after it"),
        *(_live(words) if plays else []),
        ("xruns", f"{xruns}; {words['interruptions']} interruptions, {words['late']} late"),
        *([("sound", f"{words['boot_to_sound_ms'] / 1000:.1f} s after the machine's start")] if sounded else []),
        ("clipped", f"{words['clipped']} frames; {words['resets']} resets of the model"),
    ]
    if status.temperature_c is not None:
        found.append(("processor", f"{status.temperature_c:.0f} °C"))
    return rows([*found, *(("note", warning) for warning in warnings(status))])


def _card(words: "Mapping[str, float | int]") -> str:
    return (
        f"{words['rate_hz']} Hz, {words['period_frames']} frames a period, {_latency_ms(words):.1f} ms in the buffers"
    )


def _live(words: "Mapping[str, float | int]") -> list[tuple[str, str]]:
    """What moves while the guitar is played."""
    return [
        ("input", _meter(words["input_peak"], words["input_rms"])),
        ("output", _meter(words["output_peak"], words["output_rms"])),
        ("load", f"{words['load']:.1%} of the period, {words['load_peak']:.1%} at most"),
    ]


def _watch(link: "Link") -> int:
    """Show it until interrupted; gives the exit status for what was shown last."""
    from rich.console import Console
    from rich.live import Live

    from pedal.control.watch import Watch

    watch = Watch()

    def reread(last: Status | None) -> Status:
        return read(link, last)._replace(stuck=watch.look(link, time.monotonic(), None).engine == "stuck")

    console, status = Console(), reread(None)
    try:
        if not console.is_terminal:
            while True:
                show(lines(status))
                sys.stdout.flush()
                time.sleep(1.0)
                status = reread(status)
        with Live(lines(status), console=console, refresh_per_second=REFRESHES_HZ) as live:
            while True:
                time.sleep(1.0 / REFRESHES_HZ)
                status = reread(status)
                live.update(lines(status))
    except KeyboardInterrupt:
        return 0 if status.state == "running" else 1


def _meter(peak: float, rms: float) -> str:
    """A bar up to the peak, its part below the RMS level solid."""
    from pedal.measure.level import dbfs, spoken

    loud, mean = (
        round(METER_WIDTH * max(0.0, 1.0 - max(dbfs(value), METER_FLOOR_DB) / METER_FLOOR_DB)) for value in (peak, rms)
    )
    loud, mean = min(loud, METER_WIDTH), min(mean, loud)
    bar = "█" * mean + "▒" * (loud - mean) + "·" * (METER_WIDTH - loud)
    return f"{bar} {spoken(dbfs(peak)):>10} peak, {spoken(dbfs(rms)):>10} RMS"


def _latency_ms(words: "Mapping[str, float | int]") -> float:
    return round(1000.0 * words["latency_frames"] / words["rate_hz"], 3) if words["rate_hz"] else 0.0
