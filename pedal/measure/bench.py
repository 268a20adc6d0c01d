"""How long a sample takes: the compiled kernel alone, the slow oracle and, where it is installed, onnxruntime."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.kernel.library import Library
from pedal.measure.alone import Alone
from pedal.measure.onnx import session
from pedal.model import reference
from pedal.model.model import GATES, Cell, Knob, Model

WARM_UP_CALLS = 200
SECONDS = 0.5
"""For which each kernel is timed."""
ORACLE_FRAMES = 512


class Timing(NamedTuple):
    """Nanoseconds a sample of one model's kernel, weights aligned, after a warm-up, less the cost of the call."""

    cell: str
    hidden: int
    inputs: int
    min_ns_per_sample: float
    median_ns_per_sample: float
    p99_ns_per_sample: float
    share_of_period: float
    """The median call against the time its block sounds."""
    oracle_ns_per_sample: float
    """Median, of the float64 numpy reference."""
    onnxruntime_ns_per_sample: float | None
    """Median, of a stateful onnxruntime session on one thread with the same blocks; None where it is not installed."""


def random_model(cell: Cell, hidden: int, inputs: int = 1) -> Model:
    """A model whose weights are uniform within 1/√hidden: what it costs does not depend on what it has learnt."""
    rng, rows, bound = np.random.default_rng(hidden), len(GATES[cell]) * hidden, hidden**-0.5

    def weights(*shape: int) -> NDArray[np.float32]:
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    return Model(
        format="native",
        cell=cell,
        weight_ih=weights(rows, inputs),
        weight_hh=weights(rows, hidden),
        bias_ih=weights(rows),
        bias_hh=weights(rows),
        dense_weight=weights(hidden),
        dense_bias=0.0,
        skip=1.0,
        knobs=tuple(Knob(f"knob {number}") for number in range(1, inputs)),
    )


def bench(model: Model, library: Library, block: int, rate_hz: int) -> Timing:
    """Time one model in blocks of `block` frames at a sample rate."""
    kernel = Alone(model, library, block)
    kernel.inputs[0] = np.random.default_rng(0).uniform(-0.5, 0.5, block)
    calling = np.median(_times(lambda: kernel.run(0), SECONDS / 10))
    calls = _times(lambda: kernel.run(block), SECONDS) - calling
    onnx = session(model, block)
    middle = float(np.median(calls))
    return Timing(
        cell=model.cell,
        hidden=model.hidden,
        inputs=model.inputs,
        min_ns_per_sample=float(np.min(calls)) / block,
        median_ns_per_sample=middle / block,
        p99_ns_per_sample=float(np.percentile(calls, 99)) / block,
        share_of_period=middle * 1e-9 * rate_hz / block,
        oracle_ns_per_sample=float(np.median(_times(_oracle(model), SECONDS / 5, 1))) / ORACLE_FRAMES,
        onnxruntime_ns_per_sample=float(np.median(_times(onnx, SECONDS / 2))) / block if onnx else None,
    )


def _oracle(model: Model) -> Callable[[], object]:
    guitar = np.random.default_rng(0).uniform(-0.5, 0.5, ORACLE_FRAMES)
    return lambda: reference.run(model, guitar)


def _times(call: Callable[[], object], seconds: float, warm_up: int = WARM_UP_CALLS) -> NDArray[np.int64]:
    """Nanoseconds that each call took, made again and again for so long; whatever else runs here shows in the worst."""
    for _ in range(warm_up):
        call()
    clock, times = time.perf_counter_ns, []
    end = clock() + int(seconds * 1e9)
    while (before := clock()) < end:
        call()
        times.append(clock() - before)
    return np.array(times)
