"""`pedal sim`: the pedal on this computer, with a recorded guitar instead of a sound card."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pedal.cli import values
from pedal.cli.notes import note, progress, rows, show
from pedal.errors import PedalError

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from pedal.link import Link
    from pedal.model.model import Model
    from pedal.sim import Played

GUITAR = "guitar.wav"
BYPASSED_SHARE = 0.3
"""Of the time, before the model is switched in."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `sim`."""
    parser = commands.add_parser(
        "sim",
        help="play the pedal on this computer, without a sound card",
        description="Run the real engine in real time on a simulated interface: a recorded guitar, bypassed at first, "
        "then through a model. Prints latency, load, xruns and levels.",
    )
    seconds = values.number(1.0, 600.0, "s")
    parser.add_argument("--seconds", type=seconds, default=8.0, metavar="N", help="how long to play (8)")
    parser.add_argument("--guitar", type=Path, metavar="WAV", help="another recording than the shipped one")
    parser.add_argument("--model", metavar="NAME|FILE", help="another model than the first")
    parser.add_argument("--out", type=Path, metavar="WAV", help="write what came out")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of what went in and came out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play, then say how it went."""
    from pedal import wav
    from pedal.cli import named
    from pedal.model.library import name_of
    from pedal.sim import RATE_HZ

    _check_outputs(arguments)
    chosen = named.model(arguments.model)
    name = chosen.model.name or name_of(chosen.path)
    if chosen.model.sample_rate_hz != RATE_HZ:
        note(
            f"{chosen.path} was made for {chosen.model.sample_rate_hz} Hz and plays as it is at {RATE_HZ} Hz: it "
            "sounds different"
        )
    guitar = _guitar(arguments.guitar, arguments.seconds)
    played = _play(guitar, chosen.model, chosen.word, arguments.seconds * BYPASSED_SHARE)
    figures = _figures(played, guitar, name)
    if arguments.out is not None:
        wav.write(arguments.out, played.sound, RATE_HZ)
    if arguments.picture is not None:
        _draw(arguments.picture, guitar, played, f"A guitar, bypassed at first, then through {name}")
    if arguments.json:
        print(json.dumps(figures))
    else:
        _report(figures, played, [path for path in (arguments.out, arguments.picture) if path])
    return 0


def _check_outputs(arguments: argparse.Namespace) -> None:
    """See whether everything asked for can be written, before it is played."""
    from pedal import wav
    from pedal.files import replaceable

    if arguments.out is not None:
        wav.check_output(arguments.out)
    if arguments.picture is not None:
        _import_picture()
        replaceable(arguments.picture)


def _guitar(path: Path | None, seconds: float) -> "NDArray[np.float32]":
    """[frames] of guitar at the simulated card's rate; a shorter recording begins again."""
    import numpy as np

    from pedal import wav
    from pedal.config import shipped
    from pedal.measure.render import at_rate
    from pedal.sim import RATE_HZ

    path = path or shipped(GUITAR)
    recording = wav.read(path)
    if recording.rate_hz != RATE_HZ:
        note(f"{path} has {recording.rate_hz} Hz; resampled to the card's {RATE_HZ} Hz")
    if (channels := recording.samples.shape[1]) > 1:
        note(f"{path} has {channels} channels; channel 1 was taken")
    return np.resize(at_rate(recording.channel(), recording.rate_hz, RATE_HZ), round(seconds * RATE_HZ))


def _play(guitar: "NDArray[np.float32]", model: "Model", word: int, stomp_seconds: float) -> "Played":
    """Play with a progress line and meters on stderr."""
    from rich.progress import BarColumn, TextColumn

    from pedal.cli.compiled import library
    from pedal.measure.level import dbfs
    from pedal.sim import RATE_HZ, simulate

    meters_column = TextColumn("{task.completed:4.1f} s  {task.fields[meters]}")
    kernels = library()
    with progress(TextColumn("{task.description:8}"), BarColumn(24), meters_column) as bar:
        task = bar.add_task("starting", total=len(guitar) / RATE_HZ, meters="")

        def watch(link: "Link", seconds: float) -> None:
            meters = (
                f"in {dbfs(link.get('input_peak')):6.1f} dBFS  out {dbfs(link.get('output_peak')):6.1f} dBFS  "
                f"load {link.get('load'):6.1%}"
            )
            sounding = "bypassed" if link.get("bypass") else "model on"
            bar.update(task, completed=seconds, description=sounding, meters=meters)

        return simulate(guitar, model, word, kernels, stomp_seconds, watch)


def _figures(played: "Played", guitar: "NDArray[np.float32]", model: str) -> dict[str, Any]:
    """How it went, as JSON has it; levels are those of the time with the model."""
    import numpy as np

    from pedal.measure.level import dbfs, rounded
    from pedal.sim import RATE_HZ

    levels: dict[str, object] = {}
    for name, samples in (("input", guitar[played.stomp_frame :]), ("output", played.sound[played.stomp_frame :])):
        levels[f"{name}_peak_dbfs"] = rounded(dbfs(float(np.max(np.abs(samples)))))
        levels[f"{name}_rms_dbfs"] = rounded(dbfs(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))))
    words = played.words
    return {
        "model": model,
        "seconds": round(len(guitar) / RATE_HZ, 3),
        "stomp_seconds": round(played.stomp_frame / RATE_HZ, 3),
        "sample_rate_hz": RATE_HZ,
        "period_frames": words["period_frames"],
        "latency_frames": played.delay_frames,
        "latency_ms": None if played.delay_frames is None else round(1000.0 * played.delay_frames / RATE_HZ, 3),
        "buffer_frames": words["latency_frames"],
        "load_mean": round(played.load_mean, 4),
        "load_peak": round(played.load_peak, 4),
        **{name: words[name] for name in ("xruns_capture", "xruns_playback", "interruptions", "clipped", "resets")},
        **levels,
    }


def _draw(path: Path, guitar: "NDArray[np.float32]", played: "Played", title: str) -> None:
    from pedal.sim import RATE_HZ

    _import_picture().save(
        path, guitar, played.sound[: len(guitar)], RATE_HZ, stomp_seconds=played.stomp_frame / RATE_HZ, title=title
    )


def _import_picture() -> "ModuleType":
    """What draws.

    Raises:
        PedalError: matplotlib is missing.
    """
    try:
        from pedal.measure import picture
    except ModuleNotFoundError as error:
        raise PedalError(
            f"{error.name}, which draws pictures, is missing; run `pip install 'pedal[picture]'`"
        ) from error
    return picture


def _report(figures: dict[str, Any], played: "Played", written: list[Path]) -> None:
    from pedal.measure.level import spoken

    latency = "not measured: the bypassed guitar is not in the sound bit by bit"
    if figures["latency_frames"] is not None:
        latency = f"{figures['latency_ms']} ms ({figures['latency_frames']} frames), measured in the sound"
    xruns = f"{figures['xruns_capture']} capture, {figures['xruns_playback']} playback"
    late = figures["xruns_capture"] or figures["xruns_playback"]
    if late and played.load_peak < 1.0:  # no period took too long, so the engine was kept from running
        xruns += ": this computer had other work to do"
    lines = [
        (
            "played",
            f"{figures['seconds']} s of guitar, from {figures['stomp_seconds']} s on through {figures['model']}",
        ),
        ("latency", f"{latency}; the buffers hold {figures['buffer_frames']} frames"),
        ("load", f"{figures['load_mean']:.1%} of the period in the mean, {figures['load_peak']:.1%} at most"),
        ("xruns", xruns),
    ]
    for way in ("input", "output"):
        peak, mean = (figures[f"{way}_{kind}_dbfs"] for kind in ("peak", "rms"))
        lines.append((way, "silence" if peak is None else f"{spoken(peak)} peak, {spoken(mean)} RMS"))
    show(rows([*lines, *(("written", str(path)) for path in written)]))
