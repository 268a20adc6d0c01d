"""A picture of a soak: how much jitter there was, then load and temperature over time, with everything heard marked."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from pedal.files import replacing
from pedal.histogram import BUCKETS, LOWEST_NS, floor_ns
from pedal.measure.soak.report import Report

INK, FAINT = "#22252b", "#8a8f98"
LOAD, JITTER, HEAT, HEARD = "#2f6f9f", "#1f7a3a", "#c47f17", "#b4452c"
MOST_LABELS = 25
NARROW = 300.0
"""An axis over less than that many times its beginning has numbers between the powers of ten, too."""
UNSEEN, LEAST_COUNT = 0.1, 0.7
"""An empty bucket's height, as a logarithm has no zero; and where the picture begins."""
LEAST_SHARE = 0.003
"""Of the period: less load than this is drawn at the edge."""


def save(path: Path, found: Report) -> None:
    """Save a PNG.

    Raises:
        OSError: the folder cannot be written to.
    """
    figure = Figure(figsize=(11, 8.4), dpi=120, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(3, 2, height_ratios=(1.15, 1.0, 0.8))
    jitter, calls = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    over_time = figure.add_subplot(grid[1, :])
    heat = figure.add_subplot(grid[2, :], sharex=over_time)
    for axes in (jitter, calls, over_time, heat):
        _tidy(axes, "left", "bottom")
    _histogram(jitter, found.wake_histogram, "jitter", JITTER, found)
    _histogram(calls, found.load_histogram, "compiled call", LOAD, found)
    _load(over_time, found)
    _heat(heat, found)
    unit, unit_s = _unit(found)
    for axes in (over_time, heat):
        _mark(axes, found, labelled=axes is over_time)
        axes.set_xlim(0.0, max(found.seconds, 1.0) / unit_s)
    over_time.legend(loc="lower right", ncols=4, frameon=False, fontsize=8, labelcolor=INK)
    heat.set_xlabel(unit, color=INK)
    under = "under load" if found.course.stress else "without load"
    what = "simulated engine" if found.course.simulated else "engine"
    title = f"{found.seconds / 60:.1f} minutes of the {what} {under}: {found.verdict}"
    figure.suptitle(_wrapped(title), x=0.01, ha="left", color=INK, weight="bold", parse_math=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _histogram(axes: Axes, counts: list[int], name: str, colour: str, found: Report) -> None:
    """Counts on both logarithmic axes, with the bounds of `Spread` and the period."""
    edges_us = np.array([LOWEST_NS / 2**0.25, *map(floor_ns, range(1, BUCKETS)), floor_ns(BUCKETS - 1) * 2**0.25]) / 1e3
    axes.set_xscale("log")
    axes.set_yscale("log")
    heights = np.maximum(counts, UNSEEN)
    axes.bar(edges_us[:-1], heights, np.diff(edges_us), align="edge", color=colour, edgecolor="white", linewidth=0.4)
    axes.set_ylim(LEAST_COUNT, 15.0 * max(10, *counts))  # with room for the labels
    filled = [number for number, count in enumerate(counts) if count] or [0]
    right_us = max(edges_us[min(filled[-1] + 3, BUCKETS)], 1.4 * found.period_us)
    left_us = edges_us[max(0, filled[0] - 2)]
    axes.set_xlim(left_us, right_us)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if right_us > NARROW * left_us else (1.0, 2.0, 5.0)))
    spread = found.jitter if name == "jitter" else found.load
    for label, value in (("p50", spread.p50_us), ("p99", spread.p99_us), ("p99.9", spread.p999_us)):
        if value is not None:
            axes.axvline(value, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
            _label(axes, value, label, INK)
    if found.period_us:
        axes.axvline(found.period_us, color=HEARD, linewidth=1.4)
        _label(axes, found.period_us, "period", HEARD)
    axes.set_xlabel(f"{name}, µs", color=INK)
    axes.set_ylabel("periods", color=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", "\u2009")))
        axis.set_minor_formatter(NullFormatter())


def _label(axes: Axes, x: float, text: str, colour: str) -> None:
    axes.annotate(
        text, (x, 1.0), (-2, -2), ("data", "axes fraction"), "offset points", rotation=90, ha="right", va="top",
        color=colour, fontsize=8, parse_math=False,
    )  # fmt: skip


def _load(axes: Axes, found: Report) -> None:
    """The mean of every second, and what its longest call and its latest period stayed below."""
    history = found.history
    at, period_us = np.array(history.at_s) / _unit(found)[1], found.period_us or 1.0
    top = 2.0
    axes.set_ylim(LEAST_SHARE, top)
    axes.set_yscale("log")
    for values, scale, label, colour, wide in (
        (history.jitter_us, period_us, "jitter, longest", JITTER, 1.0),
        (history.longest_us, period_us, "load, longest call", LOAD, 1.0),
        (history.load, 1.0, "load, mean", LOAD, 2.0),
    ):
        shares = np.maximum(_numbers(values) / scale, LEAST_SHARE)
        top = max(top, 3.0 * float(np.nanmax(shares, initial=0.0)))
        axes.plot(at, shares, color=colour, linewidth=wide, alpha=1.0 if wide > 1 else 0.75, label=label)
    axes.axhline(1.0, color=HEARD, linewidth=1.2)
    axes.set_ylabel("share of the period", color=INK)
    axes.set_ylim(LEAST_SHARE, top)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _heat(axes: Axes, found: Report) -> None:
    """Temperature, and the clock beside it; a line of words where neither is known."""
    history = found.history
    at = np.array(history.at_s) / _unit(found)[1]
    heat, clock = _numbers(history.temperature_c), _numbers(history.clock_mhz)
    axes.set_ylabel("°C", color=HEAT)
    if np.isfinite(heat).any():
        axes.plot(at, heat, color=HEAT, linewidth=1.6)
        axes.margins(y=0.3)
    else:
        axes.set_yticks([])
        axes.annotate(
            "this machine does not tell its temperature",
            (0.01, 0.5),
            xycoords="axes fraction",
            color=FAINT,
            backgroundcolor="white",
        )
    if np.isfinite(clock).any():
        beside = axes.twinx()
        beside.plot(at, clock, color=FAINT, linewidth=1.0)
        beside.set_ylabel("MHz", color=FAINT)
        beside.set_ylim(0.0, 1.25 * float(np.nanmax(clock)))
        _tidy(beside, "right")


def _mark(axes: Axes, found: Report, labelled: bool) -> None:
    """A line wherever something was heard; how often, as long as there is room for that."""
    history = found.history
    heard = [mark for mark in zip(history.at_s, history.xruns, history.restarts, strict=True) if mark[1] or mark[2]]
    for at_s, xruns, restarts in heard:
        x = at_s / _unit(found)[1]
        wide = 1.8 if restarts else 1.0
        axes.axvline(x, color=HEARD, linewidth=wide, alpha=0.45, linestyle=(0, (4, 2)), zorder=0)
        if labelled and len(heard) <= MOST_LABELS:
            _label(axes, x, "restart" if restarts else f"{xruns} xrun{'s' * (xruns != 1)}", HEARD)
    if labelled and heard:
        axes.plot([], [], color=HEARD, linewidth=1.0, alpha=0.45, linestyle=(0, (4, 2)), label="xruns, restarts")


def _unit(found: Report) -> tuple[str, float]:
    """What time is shown in, and how many seconds that is."""
    return ("seconds", 1.0) if found.seconds < 180.0 else ("minutes", 60.0)


def _numbers(values: "list[float | None]") -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _wrapped(title: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(title, 110)[:3])


def _tidy(axes: Axes, *sides: str) -> None:
    axes.tick_params(colors=FAINT, labelcolor=INK, length=3, which="both")
    for side, spine in axes.spines.items():
        spine.set_visible(side in sides)
        spine.set_color(FAINT)
