"""A picture of what went in and what came out: waveforms and spectrograms, one above the other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from PIL.Image import Image

from pedal.files import replacing

Samples = NDArray[np.float32]

INK, FAINT = "#22252b", "#8a8f98"
GUITAR, SOUND, MARK = "#2f6f9f", "#b4452c", "#1f7a3a"
FLOOR_DB = -105.0
TOP_DB = -30.0
WINDOW_FRAMES = 2048
TOP_HZ = 12_000
SCREENS_RATIO = 0.8
"""Height of the screens above the waveforms."""
COLUMNS = 1600
"""Widths of the picture, in which each column's least and largest sample are drawn."""


def save(
    path: Path,
    guitar: Samples,
    sound: Samples,
    rate_hz: int,
    *,
    marks: Sequence[tuple[float, str]] = (),
    screens: Sequence[tuple[float, Image]] = (),
    title: str = "",
    names: tuple[str, str] = ("in", "out"),
) -> None:
    """Save a PNG of guitar and sound, [frames] each and aligned; they are called by `names`.

    marks are seconds and words: what was pressed. screens are seconds and what the pedal's screen showed from then on.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure = Figure(figsize=(11, 8.0 if screens else 7.2), dpi=120, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    ratios = (*((SCREENS_RATIO,) if screens else ()), 1, 1.45, 1, 1.45)
    *above, first, second, third, fourth = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios)
    _waveform(first, guitar, rate_hz, names[0], GUITAR)
    _waveform(third, sound, rate_hz, names[1], SOUND)
    image = _spectrogram(second, guitar, rate_hz, names[0])
    _spectrogram(fourth, sound, rate_hz, names[1])
    for axes in (first, second, third, fourth):
        _tidy(axes, marks)
    for seconds, words in marks:
        first.annotate(
            words,
            (seconds, 1.0),
            (4, -3),
            "data",
            "offset points",
            va="top",
            color=MARK,
            weight="bold",
            parse_math=False,
        )
    fourth.set_xlabel("seconds", color=INK)
    bar = figure.colorbar(image, ax=[second, fourth], aspect=40, pad=0.01)
    bar.set_label("dBFS per band", color=INK)
    bar.outline.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", color=INK, weight="bold", parse_math=False)
    if screens:
        _screens(figure, above[0], screens)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _screens(figure: Figure, axes: Axes, screens: Sequence[tuple[float, Image]]) -> None:
    """What the pedal showed, each where it began; what would cover the one before it is left out."""
    axes.set_axis_off()
    figure.draw_without_rendering()  # only now is known how wide a second is
    size = axes.get_window_extent()
    begin, end = axes.get_xlim()
    free = begin
    for seconds, screen in screens:
        wide = (end - begin) * size.height / size.width * screen.width / screen.height
        if seconds < free or seconds + wide > end:
            continue
        free = seconds + 1.04 * wide
        axes.imshow(
            np.asarray(screen),
            cmap="gray",
            aspect="auto",
            interpolation="none",
            extent=(seconds, seconds + wide, 0.0, 1.0),
        )
    axes.set_xlim(begin, end)
    axes.set_ylim(0.0, 1.0)


def _waveform(axes: Axes, samples: Samples, rate_hz: int, name: str, colour: str) -> None:
    """The envelope: a column between the least and the largest of its samples."""
    columns = min(COLUMNS, len(samples))
    starts = np.linspace(0, len(samples), columns, endpoint=False).astype(int)
    least, largest = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    axes.fill_between(starts / rate_hz, least, largest, color=colour, linewidth=0.4, step="post")
    axes.set_ylim(-1.0, 1.0)
    axes.set_yticks([-1, 0, 1])
    axes.set_ylabel(f"{name}\nfull scale = 1", color=INK)
    axes.set_xlim(0.0, len(samples) / rate_hz)


def _spectrogram(axes: Axes, samples: Samples, rate_hz: int, name: str) -> AxesImage:
    """Level over time and frequency, Hann windows overlapping by three quarters; gives what the colour bar explains."""
    padded = np.pad(samples, (WINDOW_FRAMES // 2, WINDOW_FRAMES))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_FRAMES)[:: WINDOW_FRAMES // 4]
    frames = frames[: len(samples) // (WINDOW_FRAMES // 4) + 1]
    window = np.hanning(WINDOW_FRAMES).astype(np.float32)
    bands = int(TOP_HZ * WINDOW_FRAMES / rate_hz) + 1
    amplitude = np.abs(np.fft.rfft(frames * window, axis=1))[:, :bands] * 2.0 / window.sum()
    level = 20.0 * np.log10(np.maximum(amplitude, 1e-7))
    top_hz = (min(bands, amplitude.shape[1]) - 1) * rate_hz / WINDOW_FRAMES
    image = axes.imshow(
        level.T, origin="lower", aspect="auto", cmap="BuPu", vmin=FLOOR_DB, vmax=TOP_DB, interpolation="bilinear",
        extent=(0.0, len(samples) / rate_hz, 0.0, top_hz / 1000.0),
    )  # fmt: skip
    axes.set_ylabel(f"{name}\nkHz", color=INK)
    return image


def _tidy(axes: Axes, marks: Sequence[tuple[float, str]]) -> None:
    axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
    for seconds, _ in marks:
        axes.axvline(seconds, color=MARK, linewidth=1.2, linestyle=(0, (4, 2)))
