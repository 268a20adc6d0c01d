"""`pedal render`: a recording through a model, faster than it sounds."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import values
from pedal.cli.notes import note, printable, progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pedal.measure.render import Rendering
    from pedal.model.loaded import Loaded
    from pedal.model.model import Model


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `render`."""
    parser = commands.add_parser(
        "render",
        help="play a recording through a model into a file",
        description="Play a recording through a model, by the engine's own code, into a mono WAV of 32-bit floats at "
        "the model's rate, aligned with the recording sample by sample.",
    )
    decibels = values.number(-60.0, 40.0, "dB")
    parser.add_argument("recording", type=Path, metavar="IN.wav", help="WAV, AIFF or FLAC")
    parser.add_argument("out", type=Path, metavar="OUT.wav")
    parser.add_argument("--model", required=True, metavar="NAME|FILE")
    parser.add_argument("--input-gain", type=decibels, default=0.0, metavar="DB", help="before the model (0)")
    parser.add_argument("--output-gain", type=decibels, default=0.0, metavar="DB", help="after the model (0)")
    parser.add_argument(
        "--knob", type=values.assignment, action="append", default=[], metavar="NAME=0..1", help="a knob's place (0.5)"
    )
    parser.add_argument(
        "--channel", type=values.whole(1, 1024, ""), default=1, metavar="N", help="which channel holds the guitar (1)"
    )
    parser.add_argument(
        "--block", type=values.whole(1, 65_536, "frames"), default=64, metavar="FRAMES", help="frames a call (64)"
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render; says on stderr what a listener should know, on stdout the figures."""
    from pedal import wav
    from pedal.cli import named
    from pedal.measure.render import at_rate

    wav.check_output(arguments.out)
    chosen = named.model(arguments.model)
    model = chosen.model
    knobs = _positions(arguments.knob, model)
    recording = wav.read(arguments.recording)
    guitar = recording.channel(arguments.channel)
    if recording.rate_hz != model.sample_rate_hz:
        note(f"{arguments.recording} has {recording.rate_hz} Hz; resampled to the model's {model.sample_rate_hz} Hz")
        guitar = at_rate(guitar, recording.rate_hz, model.sample_rate_hz)
    if (channels := recording.samples.shape[1]) > 1:
        note(f"{arguments.recording} has {channels} channels; channel {arguments.channel} was taken")
    rendering, seconds = _render(arguments, guitar, model, knobs)
    wav.write(arguments.out, rendering.samples, model.sample_rate_hz)
    _report(arguments, rendering, chosen, seconds)
    return 0


def _positions(assignments: list[tuple[str, str]], model: "Model") -> list[float]:
    """Where each of the model's knobs stands."""
    from pedal.typed import chosen, within

    positions = [0.5] * len(model.knobs)
    for name, text in assignments:
        knob = chosen("knob", name, [knob.name for knob in model.knobs])
        positions[knob] = within(text, 0.0, 1.0, f"for knob {name}")
    return positions


def _render(
    arguments: argparse.Namespace, guitar: "NDArray[np.float32]", model: "Model", knobs: list[float]
) -> "tuple[Rendering, float]":
    """What came out, and how many seconds it took."""
    from pedal.cli.compiled import library
    from pedal.measure.render import render

    kernels = library()
    with progress() as bar:
        task = bar.add_task("rendering", total=len(guitar))
        start = time.perf_counter()
        rendering = render(
            guitar,
            model,
            kernels,
            input_gain_db=arguments.input_gain,
            output_gain_db=arguments.output_gain,
            knobs=knobs,
            block=arguments.block,
            progress=lambda done: bar.update(task, completed=done),
        )
        return rendering, time.perf_counter() - start


def _report(arguments: argparse.Namespace, rendering: "Rendering", chosen: "Loaded", seconds: float) -> None:
    import numpy as np

    from pedal.measure.level import dbfs, rounded, spoken
    from pedal.model.library import name_of

    if rendering.clipped:
        note(f"{rendering.clipped} frames were clipped to full scale; lower --output-gain")
    if rendering.resets:
        note(f"the model put out something that was not a number, and was reset {rendering.resets} times")
    rate_hz = chosen.model.sample_rate_hz
    played = len(rendering.samples) / rate_hz
    peak_dbfs = dbfs(float(np.max(np.abs(rendering.samples))))
    figures = {
        "samples": len(rendering.samples),
        "sample_rate_hz": rate_hz,
        "seconds": round(played, 6),
        "realtime_factor": round(played / seconds, 2),
        "peak_dbfs": rounded(peak_dbfs),
        "model": chosen.model.name or name_of(chosen.path),
    }
    if arguments.json:
        print(json.dumps(figures))
    else:
        length = f"{played:.2f} s" if played >= 1.0 else f"{len(rendering.samples)} frames"
        loudest = spoken(peak_dbfs) if rounded(peak_dbfs) is None else f"peak {spoken(peak_dbfs)}"
        faster = played / seconds
        speed = f"{faster:.0f} times faster than it sounds" if faster >= 2.0 else f"in {seconds:.2f} s"
        told = f"{arguments.out}: {length} at {rate_hz} Hz through {figures['model']}, {loudest}, {speed}"
        print(printable(told))
