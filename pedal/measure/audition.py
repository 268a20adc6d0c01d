"""Trying a model before it is played: does it sound as its file promises, how loud is it, and is there time for it?"""

import ctypes
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal import wav
from pedal.config import shipped
from pedal.errors import ModelError
from pedal.kernel.chain import Chain, Controls, Ramp, fit, listen, settle
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.measure.alone import Alone
from pedal.measure.level import dbfs
from pedal.measure.loudness import loudness
from pedal.model.model import SELFTEST_TOLERANCE, Model, Selftest
from pedal.model.reference import difference, run

GUITAR = "guitar.wav"
PASSAGE_S = (4.0, 8.0)
"""The four seconds of it that are heard: chords, at the level at which they were recorded."""
LEAD_IN_S = 0.5
"""Played before them, so that the model has settled."""
KNOBS = 0.5
VECTOR_FROM, VECTOR_FRAMES = 22_050, 1_024
"""Of the passage, where its first chord sounds: what the oracle plays of a model whose file has no self-test."""

TARGET_LKFS = -20.0
"""What every model is brought to: a clean one, 14 dB from peak to mean, has room for a boost of 6 dB then."""
MOST_TRIM_DB = 20.0
LOUDEST_PEAK_DBFS = -1.0
SILENCE_LKFS = -70.0
"""The standard's own gate."""

MOST_LOAD = 0.40
"""Two models run at once while one is faded into the other, and something is left for the unforeseen."""
TIMED_FRAMES = 64_000
"""Of the guitar, by the engine's periods: 1000 calls of 64 frames."""
LEAST_CALLS = 100
PERCENTILE = 99


class Heard(NamedTuple):
    """How the passage sounded through a model."""

    loudness_lkfs: float
    peak: float
    """Full scale = 1."""


def verify(model: Model, library: Library) -> float:
    """The same as `replay`, by the self-test in the model's file; where it has none, by the oracle's sound.

    Raises:
        ModelError: the kernel's sound is further from it than any float32 player's may be.
        KernelError: no compiled size holds the model.
    """
    return replay(model, model.selftest or vector(model), library)


def vector(model: Model) -> Selftest:
    """A self-test made by the oracle: a moment of guitar with the knobs in the middle."""
    guitar = passage()[0][VECTOR_FROM : VECTOR_FROM + VECTOR_FRAMES].astype(np.float64)
    knobs = tuple(KNOBS for _ in model.knobs)
    return Selftest(guitar, run(model, guitar, knobs)[0].astype(np.float64), knobs)


def replay(model: Model, selftest: Selftest, library: Library) -> float:
    """How far the kernel's sound is from the stored self-test, at worst, as a share of max(1, the stored peak).

    Raises:
        ModelError: it is further than any float32 player may be.
        KernelError: no compiled size holds the model.
    """
    kernel = Alone(model, library, len(selftest.input))
    kernel.inputs[0] = selftest.input
    kernel.inputs[1 : model.inputs] = np.array(selftest.knobs)[:, np.newaxis]
    kernel.run(len(selftest.input))
    error = difference(kernel.output.astype(np.float64), selftest.output)
    if not error <= SELFTEST_TOLERANCE:
        raise ModelError(
            f"the compiled kernel is off by {error:.2g} of full scale or peak in the model's self-test; "
            f"expected at most {SELFTEST_TOLERANCE:g}; run `pedal kernel build`"
        )
    return error


def hear(model: Model, library: Library) -> Heard:
    """How loud the model is: the passage through the compiled kernel, its gain at 0 dB and its knobs in the middle.

    Raises:
        ModelError: it puts out silence.
        KernelError: no compiled size holds the model.
    """
    guitar, rate_hz = passage()
    kernel = Alone(model, library, len(guitar))
    kernel.inputs[0], kernel.inputs[1:] = guitar, KNOBS
    kernel.run(len(guitar))
    sound = kernel.output[round(LEAD_IN_S * rate_hz) :]
    heard = Heard(loudness(sound, rate_hz), float(np.max(np.abs(sound))))
    if not heard.loudness_lkfs >= SILENCE_LKFS:  # no number either
        raise ModelError("puts out silence for a guitar; its training went wrong")
    return heard


def trim_db(heard: Heard) -> float:
    """What brings a model to TARGET_LKFS, as far as its peaks and MOST_TRIM_DB allow."""
    wanted = min(TARGET_LKFS - heard.loudness_lkfs, LOUDEST_PEAK_DBFS - dbfs(heard.peak))
    return max(-MOST_TRIM_DB, min(wanted, MOST_TRIM_DB))


def load(
    model: Model,
    library: Library,
    rate_hz: int,
    period_frames: int,
    clock_ns: Callable[[], int] = time.thread_time_ns,
) -> float:
    """The share of the period that the model takes: 99 of 100 calls, made as the engine makes them, are below it.

    By the processor's time of this thread, so that it does not matter what else runs here.

    Raises:
        KernelError: no compiled size holds the model.
    """
    kernel = library.kernel_for(model.cell, model.hidden, model.inputs)
    floats = aligned(pack(model, kernel, library.tag))
    chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0))
    fit(chain, ("S32_LE", 2), ("S32_LE", 2), 1, ())
    listen(chain, kernel, floats.ctypes.data, Controls())
    settle(chain)
    out = (ctypes.c_int32 * (2 * period_frames))()
    address, heard = ctypes.addressof(chain), ctypes.addressof(out)
    calls = max(LEAST_CALLS, TIMED_FRAMES // period_frames)
    times = []
    for capture in _periods(period_frames, calls // 10 + calls):  # the first tenth warms up
        before = clock_ns()
        library.process(address, capture, heard, period_frames)
        times.append(clock_ns() - before)
    period_ns = period_frames * 1e9 / rate_hz
    return float(np.percentile(times[-calls:], PERCENTILE)) / period_ns


def check_load(share: float) -> None:
    """Raise ModelError, with the figure, where a model takes more of the period than it may."""
    if share > MOST_LOAD:
        raise ModelError(
            f"takes {100 * share:.0f} % of the period on this processor; expected at most {100 * MOST_LOAD:.0f} %"
        )


def passage() -> tuple[NDArray[np.float32], int]:
    """The guitar that every model is measured with, [frames] with its lead-in, and its rate in Hz.

    Raises:
        AudioFileError: the installed recording is missing or damaged.
    """
    recording = wav.read(shipped(GUITAR))
    first, last = round((PASSAGE_S[0] - LEAD_IN_S) * recording.rate_hz), round(PASSAGE_S[1] * recording.rate_hz)
    return recording.channel()[first:last], recording.rate_hz


def _periods(frames: int, count: int) -> Iterator[bytes]:
    """So many periods of the guitar, S32 stereo, again from the start where it ends."""
    guitar, _ = passage()
    integers = np.repeat(np.rint(guitar * (2.0**31 - 256)).astype(np.int32), 2)
    size = 2 * frames
    for number in range(count):
        start = number * size % (len(integers) - size)
        yield integers[start : start + size].tobytes()
