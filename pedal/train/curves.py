"""Pictures of trainings side by side: how the error fell with the minutes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pedal.files import replacing
from pedal.train.trials import Outcome

INK, FAINT, PALE = "#22252b", "#8a8f98", "#eef1f4"
COLOURS = ("#8a8f98", "#b4452c", "#2f6f9f", "#1f7a3a", "#8a5a9f", "#c08a2d", "#22252b", "#4aa0a0")


def save(path: Path, panels: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> None:
    """A panel each, by its title; in it a colour for each name, and a line for each of its outcomes.

    Raises:
        OSError: the folder cannot be written to.
    """
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(5.5 * columns, 3.2 * rows), dpi=90, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, (title, lines) in zip(every, panels.items(), strict=False):
        for colour, (name, outcomes) in zip(COLOURS * len(lines), lines.items(), strict=False):
            for number, outcome in enumerate(outcomes):
                label = name if number == 0 else None
                axes.plot(outcome.minutes, outcome.esrs, color=colour, linewidth=1.1, label=label)
        axes.set_yscale("log")
        axes.set_title(title, color=INK, fontsize=10, loc="left")
        axes.set_xlabel("minutes", color=INK)
        axes.set_ylabel("ESR, a take not learnt from", color=INK)
        axes.grid(color=PALE, linewidth=0.8)
        axes.tick_params(colors=FAINT, labelcolor=INK, length=3)
        if any(lines.values()):
            axes.legend(frameon=False, labelcolor=INK, fontsize=8)
    for axes in every[len(panels) :]:
        axes.set_axis_off()
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")
