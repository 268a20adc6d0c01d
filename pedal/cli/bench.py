"""`pedal bench`: what models cost on this processor."""

import argparse
import json
from typing import TYPE_CHECKING

from pedal.cli import values
from pedal.cli.notes import progress, rows, show

if TYPE_CHECKING:
    from pedal.measure.bench import Timing

USUAL = (8, 12, 16, 20, 32, 40, 64, 96)
HEADINGS = ("min", "median", "p99", "of\nperiod", "numpy\noracle", "onnx-\nruntime")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `bench`."""
    parser = commands.add_parser(
        "bench",
        help="say what models cost on this processor",
        description="Time the compiled kernel alone, and beside it the numpy oracle and onnxruntime where it is "
        "installed (pip install 'pedal[bench]'). With --stomps, time the control process instead: from a footswitch's "
        "edge to the engine's word, while the display draws.",
    )
    parser.add_argument(
        "--hidden", type=values.whole(1, 128, "units"), nargs="+", metavar="N", help="LSTMs of these sizes"
    )
    parser.add_argument("--model", nargs="+", default=[], metavar="NAME|FILE", help="these models")
    parser.add_argument("--block", type=values.whole(1, 65_536, "frames"), default=64, metavar="FRAMES")
    parser.add_argument("--rate", type=values.whole(8_000, 192_000, "Hz"), default=44_100, metavar="HZ")
    parser.add_argument("--stomps", type=values.whole(1, 100_000, "presses"), metavar="N", help="press so many times")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Time each in turn."""
    if arguments.stomps:
        return _run_stomps(arguments.stomps, arguments.json)
    from pedal.cli import named
    from pedal.cli.compiled import library
    from pedal.measure.bench import bench, random_model

    sizes = arguments.hidden or (() if arguments.model else USUAL)
    models = [random_model("lstm", hidden) for hidden in sizes] + [named.model(name).model for name in arguments.model]
    kernels, timings = library(), []
    with progress() as bar:
        task = bar.add_task("timing", total=len(models))
        for model in models:
            bar.update(task, description=f"timing {model.cell.upper()} {model.hidden}")
            timings.append(bench(model, kernels, arguments.block, arguments.rate))
            bar.advance(task)
    if arguments.json:
        results = [timing._asdict() for timing in timings]
        print(json.dumps({"block": arguments.block, "rate_hz": arguments.rate, "results": results}, indent=2))
    else:
        _print(timings, arguments.block, arguments.rate)
    return 0


def _run_stomps(count: int, as_json: bool) -> int:
    """Press, then say how long the engine's word took."""
    import numpy as np

    from pedal.measure.stomps import stomps

    with progress() as bar:
        task = bar.add_task("pressing", total=count)
        waits_ms = 1000.0 * np.array(stomps(count, lambda: bar.advance(task)))
    median, p99, longest = (round(float(np.percentile(waits_ms, share)), 2) for share in (50, 99, 100))
    if as_json:
        print(json.dumps({"stomps": count, "median_ms": median, "p99_ms": p99, "longest_ms": longest}))
    else:
        print(f"{count} presses of bypass, from edge to word: median {median} ms, p99 {p99} ms, longest {longest} ms")
    return 0


def _print(timings: "list[Timing]", block: int, rate_hz: int) -> None:
    """A table, or figure by figure where the terminal is too narrow for one."""
    from rich.console import Console
    from rich.table import Table

    period_us = block / rate_hz * 1e6
    title = f"ns a sample in blocks of {block} at {rate_hz} Hz (a period is {period_us:.0f} µs)"
    table = Table(title=title)
    table.add_column("model")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for timing in timings:
        table.add_row(_called(timing), *_cells(timing))
    console = Console()
    if console.measure(table, options=console.options.update(max_width=1_000)).maximum <= console.width:
        console.print(table)
        return
    labels = [" ".join(heading.replace("-\n", "").split()) for heading in HEADINGS]
    console.print(title, soft_wrap=True)
    for timing in timings:
        console.print(_called(timing))
        show(rows(zip(labels, _cells(timing), strict=True), width=13))


def _called(timing: "Timing") -> str:
    knobs = f", {timing.inputs - 1} knob{'s' * (timing.inputs > 2)}" if timing.inputs > 1 else ""
    return f"{timing.cell.upper()} {timing.hidden}{knobs}"


def _cells(timing: "Timing") -> list[str]:
    """What stands under HEADINGS."""
    onnx = timing.onnxruntime_ns_per_sample
    return [
        f"{timing.min_ns_per_sample:.1f}",
        f"{timing.median_ns_per_sample:.1f}",
        f"{timing.p99_ns_per_sample:.1f}",
        f"{timing.share_of_period:.2%}",
        f"{timing.oracle_ns_per_sample:.0f}",
        "absent" if onnx is None else f"{onnx:.0f}",
    ]
