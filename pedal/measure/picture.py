"""A picture of what went in and what came out: waveforms and spectrograms, one above the other."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from pedal.files import replacing

INK, FAINT = "#22252b", "#8a8f98"
GUITAR, SOUND, STOMP = "#2f6f9f", "#b4452c", "#1f7a3a"
FLOOR_DB = -105.0
TOP_DB = -30.0
WINDOW_FRAMES = 2048
TOP_HZ = 12_000
COLUMNS = 1600
"""Widths of the picture, in which each column's least and largest sample are drawn."""


def save(
    path: Path,
    guitar: NDArray[np.float32],
    sound: NDArray[np.float32],
    rate_hz: int,
    *,
    stomp_seconds: float | None = None,
    title: str = "",
) -> None:
    """Save a PNG of guitar and sound, [frames] each and aligned; stomp_seconds marks where the model came in.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure = Figure(figsize=(11, 7.2), dpi=120, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(4, 1, sharex=True, height_ratios=(1, 1.45, 1, 1.45))
    _waveform(rows[0], guitar, rate_hz, "in", GUITAR)
    _waveform(rows[2], sound, rate_hz, "out", SOUND)
    image = _spectrogram(rows[1], guitar, rate_hz, "in")
    _spectrogram(rows[3], sound, rate_hz, "out")
    for axes in rows:
        _tidy(axes, stomp_seconds)
    if stomp_seconds is not None:
        for axes, words in ((rows[0], "stomp"), (rows[2], "model on")):
            axes.annotate(
                words, (stomp_seconds, 1.0), (4, -3), "data", "offset points", va="top", color=STOMP, weight="bold"
            )
    rows[-1].set_xlabel("seconds", color=INK)
    bar = figure.colorbar(image, ax=[rows[1], rows[3]], aspect=40, pad=0.01)
    bar.set_label("dBFS per band", color=INK)
    bar.outline.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", color=INK, weight="bold", parse_math=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _waveform(axes: Axes, samples: NDArray[np.float32], rate_hz: int, name: str, colour: str) -> None:
    """The envelope: a column between the least and the largest of its samples."""
    columns = min(COLUMNS, len(samples))
    starts = np.linspace(0, len(samples), columns, endpoint=False).astype(int)
    least, largest = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    axes.fill_between(starts / rate_hz, least, largest, color=colour, linewidth=0.4, step="post")
    axes.set_ylim(-1.0, 1.0)
    axes.set_yticks([-1, 0, 1])
    axes.set_ylabel(f"{name}\nfull scale = 1", color=INK)
    axes.set_xlim(0.0, len(samples) / rate_hz)


def _spectrogram(axes: Axes, samples: NDArray[np.float32], rate_hz: int, name: str) -> AxesImage:
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


def _tidy(axes: Axes, stomp_seconds: float | None) -> None:
    axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
    if stomp_seconds is not None:
        axes.axvline(stomp_seconds, color=STOMP, linewidth=1.2, linestyle=(0, (4, 2)))
