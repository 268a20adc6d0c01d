"""Pictures of a training: how it went, what was learnt beside what was to be learnt, and how the model distorts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pedal.files import replacing
from pedal.train.heard import HARMONICS, LEVELS_DBFS, STEP_S, Heard, Response
from pedal.train.run import Line

INK, FAINT, PALE, TARGET, MODEL, MARK = "#22252b", "#8a8f98", "#eef1f4", "#2f6f9f", "#b4452c", "#1f7a3a"
SHOWN_S = 0.03
"""Of a waveform."""
LOOPS = (-24, -12, 0)
"""dBFS of the tones whose curves are drawn."""


def losses(path: Path, log: Sequence[Line]) -> None:
    """Loss, validation and learning rate over the epochs.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure, (above, below) = _figure(2, (9, 5.5), ratios=(3, 1))
    epochs = [line.epoch for line in log]
    above.plot(epochs, [line.loss for line in log], color=FAINT, label="loss, learning")
    for name, colour, label in (("validation", TARGET, "loss, held back"), ("esr", MODEL, "ESR, held back")):
        above.plot(epochs, [getattr(line, name) for line in log], color=colour, label=label)
    above.set_yscale("log")
    above.legend(frameon=False, labelcolor=INK)
    below.plot(epochs, [line.rate for line in log], color=MARK)
    below.set_ylabel("rate", color=INK)
    below.set_xlabel("epoch", color=INK)
    _save(figure, path)


def waveforms(path: Path, found: Heard, rate_hz: int) -> None:
    """Target and prediction, where it is loudest and where it is worst.

    Raises:
        OSError: the folder cannot be written to.
    """
    loudest = int(np.argmax(np.abs(found.target))) / rate_hz
    places = [("loudest", loudest), *((f"worst {number + 1}", at) for number, at in enumerate(found.worst[:2]))]
    figure, rows = _figure(len(places), (9, 2.2 * len(places)))
    for axes, (name, at) in zip(rows, places, strict=True):
        start = max(0, min(round(at * rate_hz), len(found.target) - round(SHOWN_S * rate_hz)))
        part = slice(start, start + round(SHOWN_S * rate_hz))
        milliseconds = 1e3 * np.arange(len(found.target[part])) / rate_hz
        axes.plot(milliseconds, found.target[part], color=TARGET, label="amplifier")
        axes.plot(milliseconds, found.prediction[part], color=MODEL, linewidth=1.0, label="model")
        axes.set_ylabel(f"{name}\n{at:.2f} s", color=INK)
    rows[0].legend(frameon=False, ncols=2, labelcolor=INK)
    rows[-1].set_xlabel("ms", color=INK)
    _save(figure, path)


def errors(path: Path, found: Heard, rate_hz: int) -> None:
    """The ESR of each tenth of a second, the worst marked, and how loud it was there.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure, (above, below) = _figure(2, (9, 4.5))
    seconds = STEP_S * np.arange(len(found.error))
    above.plot(seconds, np.maximum(found.error, 1e-6), color=MODEL, linewidth=0.8)
    above.set_yscale("log")
    above.set_ylabel("ESR", color=INK)
    for number, at in enumerate(found.worst):
        above.axvline(at, color=MARK, linewidth=1.2, linestyle=(0, (4, 2)))
        above.annotate(f"{number + 1}", (at, 1.0), (3, -10), ("data", "axes fraction"), textcoords="offset points",
                       color=MARK)  # fmt: skip
    below.plot(np.arange(len(found.target)) / rate_hz, found.target, color=TARGET, linewidth=0.4)
    below.set_ylabel("amplifier", color=INK)
    below.set_xlabel("seconds of the passages held back", color=INK)
    _save(figure, path)


def distortion(path: Path, found: Response, frames: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    """Harmonics of a tone by its level, over the levels of the recordings, `frames`; and its transfer curves.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure, (levels, curves) = _figure(2, (9, 7.5))
    levels.scatter(*frames, s=3, color=TARGET, alpha=0.25, linewidths=0, label="amplifier, recorded")
    shades = np.linspace(0.0, 0.75, HARMONICS)
    for number, shade in enumerate(shades):
        colour = MODEL if number == 0 else (shade, shade, shade)
        levels.plot(LEVELS_DBFS, found.harmonics_dbfs[:, number], color=colour, label=f"{number + 1}", linewidth=1.2)
    levels.set_ylim(-90.0, 6.0)
    levels.set_xlabel("tone, dBFS", color=INK)
    levels.set_ylabel("harmonics, dBFS", color=INK)
    levels.legend(frameon=False, ncols=4, labelcolor=INK)
    for level in LOOPS:
        curves.plot(*found.curves[LEVELS_DBFS.index(level)], label=f"{level} dBFS", linewidth=1.0)
    curves.set_xlabel("in, full scale = 1", color=INK)
    curves.set_ylabel("out", color=INK)
    curves.legend(frameon=False, labelcolor=INK)
    _save(figure, path)


def small(path: Path, log: Sequence[Line], found: Heard, response: Response, rate_hz: int) -> None:
    """Three in a row, for docs: ESR over the epochs, target and prediction where it is loudest, harmonics by level.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure = Figure(figsize=(11, 2.6), dpi=80, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    course, wave, levels = figure.subplots(1, 3, width_ratios=(2, 3, 2))
    course.plot([line.epoch for line in log], [line.esr for line in log], color=MODEL)
    course.set_yscale("log")
    course.set_xlabel("epoch", color=INK)
    course.set_ylabel("ESR", color=INK)
    start = max(0, int(np.argmax(np.abs(found.target))) - round(0.3 * SHOWN_S * rate_hz))
    part = slice(start, start + round(SHOWN_S * rate_hz))
    milliseconds = 1e3 * np.arange(len(found.target[part])) / rate_hz
    wave.plot(milliseconds, found.target[part], color=TARGET, label="circuit")
    wave.plot(milliseconds, found.prediction[part], color=MODEL, linewidth=1.0, label="model")
    wave.set_xlabel("ms", color=INK)
    wave.legend(frameon=False, ncols=2, labelcolor=INK)
    for number, shade in enumerate(np.linspace(0.0, 0.75, HARMONICS)):
        colour = MODEL if number == 0 else (shade, shade, shade)
        levels.plot(LEVELS_DBFS, response.harmonics_dbfs[:, number], color=colour, linewidth=1.2)
    levels.set_ylim(-90.0, 6.0)
    levels.set_xlabel("tone, dBFS", color=INK)
    levels.set_ylabel("harmonics, dBFS", color=INK)
    for axes in (course, wave, levels):
        _tidy(axes)
    _save(figure, path)


def _figure(rows: int, size: tuple[float, float], ratios: Sequence[float] | None = None) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=size, dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    found = figure.subplots(rows, 1, height_ratios=ratios, squeeze=False)[:, 0]
    for axes in found:
        _tidy(axes)
    return figure, list(found)


def _tidy(axes: Axes) -> None:
    axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
    axes.grid(color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")
