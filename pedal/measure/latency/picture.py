"""A picture of a survey: where the round trips of each setting lie, and what they are made of."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pedal.files import replacing
from pedal.measure.latency.findings import Half, Measured, Survey

INK, FAINT, PALE = "#22252b", "#8a8f98", "#eef1f4"
MODEL, BYPASS = "#b4452c", "#2f6f9f"
BUFFER, CONVERTERS, PROCESSING, CHOSEN = "#9fbad0", "#d9b26f", "#b4452c", "#1f7a3a"
LANES = ((0.19, MODEL, "model", "with the model"), (-0.19, BYPASS, "bypass", "without"))
"""Of a setting's row: where each half lies, its colour, its field, its name."""
SPREAD = 0.11
"""How far a half's dots are strewn, so that they do not hide each other."""
LEAST_LABEL = 0.06
"""Of the axis: a shorter piece of a bar has no room for its figure."""


def save(path: Path, survey: Survey) -> None:
    """Save a PNG.

    Raises:
        OSError: the folder cannot be written to.
    """
    settings = survey.settings
    figure = Figure(figsize=(11, 2.3 + 0.72 * len(settings)), dpi=120, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    trips, parts = figure.subplots(1, 2, sharey=True, width_ratios=(1.15, 1.0))
    for place, one in enumerate(settings):
        _trips(trips, place, one, survey)
        _parts(parts, place, one, survey)
    for axes in (trips, parts):
        _tidy(axes, survey)
    trips.set_yticks(range(len(settings)), [one.name for one in settings])
    trips.set_ylim(len(settings) - 0.5, -0.5)
    trips.set_ylabel("frames × periods ahead", color=INK)
    trips.set_xlabel("round trip, ms: a dot a start", color=INK)
    parts.set_xlabel("median with the model, ms: what it is made of", color=INK)
    for label, one in zip(trips.get_yticklabels(), settings, strict=True):
        if one.name == survey.recommended:
            label.set_color(CHOSEN)
            label.set_weight("bold")
    _legends(trips, parts)
    figure.suptitle(_title(survey), x=0.01, ha="left", color=INK, weight="bold", parse_math=False)
    figure.supxlabel(_about(survey), x=0.01, ha="left", color=FAINT, fontsize=8, parse_math=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _trips(axes: Axes, place: int, one: Measured, survey: Survey) -> None:
    """Both halves of a setting: the range of all sweeps, every start, and the median."""
    if one.refused:
        axes.text(0.02, place, "not measured", color=FAINT, va="center", transform=axes.get_yaxis_transform())
        return
    for aside, colour, field, _ in LANES:
        half: Half | None = getattr(one, field)
        if half is None or half.round_trip is None:
            continue
        lane, figures = place - aside, half.round_trip
        low, middle, high = map(survey.milliseconds, (figures.minimum, figures.median, figures.maximum))
        axes.plot((low, high), (lane, lane), color=colour, linewidth=5, alpha=0.25, solid_capstyle="butt")
        dots = [survey.milliseconds(start.round_trip_frames) for start in half.starts if start.round_trip_frames]
        strewn = lane + SPREAD * np.linspace(-1.0, 1.0, len(dots)) if len(dots) > 1 else [lane]
        axes.scatter(dots, strewn, s=11, color=colour, linewidths=0, alpha=0.85, zorder=3)
        axes.plot((middle, middle), (lane - 0.16, lane + 0.16), color=INK, linewidth=1.6, zorder=4)
        xruns = f"   {half.xruns} xrun{'s' * (half.xruns != 1)}" if half.xruns else ""
        axes.annotate(
            f"{middle:.2f}{xruns}", (high, lane), (6, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )


def _parts(axes: Axes, place: int, one: Measured, survey: Survey) -> None:
    """The median as a bar of buffer and converters; processing lies within the buffer."""
    half = one.model
    if half is None or half.round_trip is None:
        return
    buffer, whole = survey.milliseconds(one.buffer_frames), survey.milliseconds(one.median_frames)
    axes.barh(place, buffer, 0.5, color=BUFFER)
    axes.barh(place, whole - buffer, 0.5, left=buffer, color=CONVERTERS)
    period = survey.milliseconds(one.period_frames)
    axes.barh(place + 0.19, half.load_p99 * period, 0.12, color=PROCESSING)
    longest = max(survey.milliseconds(other.median_frames) for other in survey.settings if other.median_frames > 0.0)
    for left, right in ((0.0, buffer), (buffer, whole)):
        if right - left > LEAST_LABEL * longest:
            axes.text(0.5 * (left + right), place - 0.06, f"{right - left:.2f}", ha="center", va="center", fontsize=8)
    chosen = one.name == survey.recommended
    text = f"{whole:.2f} ms{', recommended' if chosen else ''}\nload p99 {half.load_p99:.0%}"
    axes.annotate(
        text, (whole, place), (6, 0), textcoords="offset points", va="center", fontsize=8,
        color=CHOSEN if chosen else INK, weight="bold" if chosen else "normal", linespacing=1.3,
    )  # fmt: skip
    axes.set_xlim(0.0, 1.28 * longest)


def _legends(trips: Axes, parts: Axes) -> None:
    """Above the axes, where nothing lies."""
    for _, colour, _, name in LANES:
        trips.scatter((), (), s=22, color=colour, label=name)
    trips.plot((), (), color=INK, linewidth=1.6, label="median")
    for colour, name in ((BUFFER, "buffer"), (CONVERTERS, "converters, USB"), (PROCESSING, "processing (p99), within")):
        parts.barh(0, 0, 0, color=colour, label=name)
    for axes in (trips, parts):
        axes.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, fontsize=8, labelcolor=INK,
            borderaxespad=0.2, handlelength=1.2, columnspacing=1.4,
        )  # fmt: skip


def _title(survey: Survey) -> str:
    what = "a SIMULATED interface" if survey.simulated else survey.card
    chosen = next((one for one in survey.settings if one.name == survey.recommended), None)
    if chosen is None:
        return f"Round trip of {what}: no setting will do"
    return f"Round trip of {what}: {survey.milliseconds(chosen.median_frames):.2f} ms with {chosen.name}"


def _about(survey: Survey) -> str:
    starts = max((len(half.starts) for one in survey.settings for half in (one.model, one.bypass) if half), default=0)
    return (
        f"{survey.rate_hz} Hz {survey.format}, {starts} starts each, model {survey.model_name}; {survey.machine}, "
        f"kernel {survey.kernel} {survey.preemption}; {survey.at}"
    )


def _tidy(axes: Axes, survey: Survey) -> None:
    axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
    axes.grid(axis="x", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(x=0.12)
    for place in range(1, len(survey.settings)):
        axes.axhline(place - 0.5, color=PALE, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
