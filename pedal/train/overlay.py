"""A picture of how two recordings lie to each other: before and after, the filter between, the delay over time."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pedal.files import replacing
from pedal.train.take import FRAME_S, Samples, Take, levels

INK, FAINT, GUITAR, AMP, MARK = "#22252b", "#8a8f98", "#2f6f9f", "#b4452c", "#1f7a3a"
AROUND_S = 0.006
"""Of the attack, each way."""
FILTER_S = 0.004


def save(path: Path, take: Take) -> None:
    """Save a PNG of a take that was compared.

    Raises:
        OSError: the folder cannot be written to.
    """
    assert take.alignment is not None
    figure = Figure(figsize=(11, 8.5), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    before, after, filtering, delay, level = figure.subplots(5, 1)
    clean, amp = take.aligned()
    at = _attack(clean, take.rate_hz)
    start = max(0, -take.delay)
    _attacked(before, take.clean.samples[start:], take.amp.samples[start:], at, take.rate_hz, "as recorded")
    _attacked(after, clean, amp, at, take.rate_hz, f"{take.delay} frames\ntaken out")
    _filter(filtering, take)
    _delays(delay, take)
    for sound, colour, name in ((clean, GUITAR, "guitar"), (amp, AMP, "amplifier")):
        heard = levels(sound, take.rate_hz)
        level.plot(FRAME_S * np.arange(len(heard)), heard, color=colour, linewidth=0.6, label=name)
    level.set_ylim(-100.0, 0.0)
    level.set_ylabel("dBFS", color=INK)
    level.set_xlabel("seconds", color=INK)
    before.legend(frameon=False, loc="upper right", ncols=2)
    for axes in (before, after, filtering, delay, level):
        axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(FAINT)
    figure.suptitle(
        f"{take.clean.path.name} → {take.amp.path.name}", x=0.01, ha="left", color=INK, weight="bold", parse_math=False
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _attack(clean: Samples, rate_hz: int) -> int:
    """The frame at which the guitar's level rises most."""
    heard = levels(clean, rate_hz)
    steepest = int(np.argmax(np.diff(heard, prepend=heard[:1]) * (heard > np.max(heard) - 12.0)))
    size = round(FRAME_S * rate_hz)
    return steepest * size + int(np.argmax(np.abs(clean[steepest * size : (steepest + 1) * size])))


def _attacked(axes: Axes, clean: Samples, amp: Samples, at: int, rate_hz: int, name: str) -> None:
    """Both around the attack, each to its own scale."""
    around = round(AROUND_S * rate_hz)
    part = slice(max(0, at - around), at + around)
    for sound, colour, label in ((clean, GUITAR, "guitar"), (amp, AMP, "amplifier")):
        shown = sound[part]
        milliseconds = 1e3 * (np.arange(len(shown)) + part.start - at) / rate_hz
        largest = max(float(np.max(np.abs(shown), initial=0.0)), 1e-9)
        axes.plot(milliseconds, shown / largest, color=colour, linewidth=1.0, label=label)
    axes.set_ylabel(name, color=INK)
    axes.set_xlabel("ms from an attack of the guitar", color=INK)


def _filter(axes: Axes, take: Take) -> None:
    assert take.alignment is not None
    response = take.alignment.response
    middle = len(response) // 2
    around = min(round(FILTER_S * take.rate_hz), middle)
    shown = response[middle - around : middle + around + 1]
    axes.plot(1e3 * np.arange(-around, around + 1) / take.rate_hz, shown / np.max(np.abs(response)), color=AMP)
    axes.axvline(0.0, color=MARK, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.set_ylabel("filter\nbetween", color=INK)
    axes.set_xlabel("ms from the delay by cross-correlation", color=INK)


def _delays(axes: Axes, take: Take) -> None:
    assert take.alignment is not None
    axes.plot(take.alignment.seconds, take.alignment.delays - take.delay, "o-", color=AMP, markersize=3, linewidth=0.8)
    axes.axhline(0.0, color=MARK, linewidth=1.2, linestyle=(0, (4, 2)))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -2.0), max(high, 2.0))
    axes.set_ylabel("delay, frames\nfrom that taken out", color=INK)
    axes.set_xlabel("seconds", color=INK)
