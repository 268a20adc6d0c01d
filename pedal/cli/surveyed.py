"""What `pedal latency` says and draws of a survey, measured here or on another machine."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pedal.cli.notes import rows, show

if TYPE_CHECKING:
    from rich.table import Table

    from pedal.measure.latency.findings import Half, Measured, Survey

HALVES = (("model", "with"), ("bypass", "without"))
"""Fields of a setting, and what they are called."""


def present(survey: "Survey", as_json: bool, picture: Path | None) -> None:
    """Say it, and draw it where that is wanted."""
    if picture is not None:
        from pedal.measure.latency.picture import save

        save(picture, survey)
    if as_json:
        print(json.dumps(figures(survey)))
    else:
        _print(survey, picture)


def present_printed(data: bytes, as_json: bool, picture: Path | None) -> None:
    """The same of one that another process printed as JSON.

    Raises:
        PedalError: it is none.
    """
    from pedal.measure.latency.findings import decoded

    present(decoded(data), as_json, picture)


def figures(survey: "Survey") -> dict[str, Any]:
    """Everything as JSON has it, with what a setting's round trip is made of in milliseconds."""
    import msgspec

    from pedal.measure.latency.findings import RULE

    told: dict[str, Any] = msgspec.to_builtins(survey)
    for one, setting in zip(survey.settings, told["settings"], strict=True):
        setting["setting"] = one.name
        if one.model and one.model.round_trip:
            setting["median_ms"] = round(survey.milliseconds(one.median_frames), 3)
            setting["parts_ms"] = {name: round(ms, 3) for name, ms in _parts(one, survey).items()}
    return told | {"rule": RULE}


def _parts(one: "Measured", survey: "Survey") -> dict[str, float]:
    """What the median with the model is made of; processing lies within the buffer, and adds nothing."""
    assert one.model is not None
    period = survey.milliseconds(one.period_frames)
    return {
        "buffer": survey.milliseconds(one.buffer_frames),
        "converters_and_usb": survey.milliseconds(one.converter_frames),
        "processing_mean": one.model.load_mean * period,
        "processing_p99": one.model.load_p99 * period,
    }


def _print(survey: "Survey", picture: Path | None) -> None:
    """Two tables, or line by line where the terminal is too narrow; then what to do."""
    from rich.console import Console

    console = Console()
    for table in (_trips(survey), _made_of(survey)):
        if console.measure(table, options=console.options.update(max_width=1_000)).maximum <= console.width:
            console.print(table)
        else:
            _print_lines(table)
    show(rows(_said(survey, picture), width=13))


def _trips(survey: "Survey") -> "Table":
    """The round trips of each half of each setting: milliseconds above frames."""
    table = _table("round trip in ms, and in frames", ("min", "median", "p99", "max", "xruns", "starts"))
    for one in survey.settings:
        for field, name in HALVES:
            half: Half | None = getattr(one, field)
            if half is None:
                continue
            trip = half.round_trip
            frames = (trip.minimum, trip.median, trip.p99, trip.maximum) if trip else ()
            cells = [f"{survey.milliseconds(count):.2f}\n{count:.1f}" for count in frames] or ["–"] * 4
            table.add_row(f"{one.name}", name, *cells, str(half.xruns), str(len(half.starts)))
    return table


def _made_of(survey: "Survey") -> "Table":
    """What the medians are made of, and what they cost."""
    headings = ("buffer", "converters\nand USB", "processing\nmean, p99", "load\nmean, p99", "°C", "MHz")
    table = _table("of the median, in ms; processing lies within the buffer", headings)
    for one in survey.settings:
        for field, name in HALVES:
            half: Half | None = getattr(one, field)
            if half is None:
                continue
            buffer, period = survey.milliseconds(one.buffer_frames), survey.milliseconds(one.period_frames)
            rest = f"{survey.milliseconds(half.round_trip.median) - buffer:.2f}" if half.round_trip else "–"
            table.add_row(
                one.name, name, f"{buffer:.2f}", rest,
                f"{half.load_mean * period:.3f} {half.load_p99 * period:.3f}",
                f"{half.load_mean:.1%} {half.load_p99:.1%}",
                "–" if half.temperature_c is None else f"{half.temperature_c:.0f}",
                "–" if half.clock_mhz is None else f"{half.clock_mhz:.0f}",
            )  # fmt: skip
    return table


def _table(title: str, headings: Sequence[str]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1), title_justify="left")
    table.add_column("frames\n× ahead")
    table.add_column("model")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _print_lines(table: "Table") -> None:
    """Every cell with its heading before it."""
    headings = [" ".join(str(column.header).split()) for column in table.columns]
    columns = [list(column.cells) for column in table.columns]
    lines = [(str(table.title), "")]
    for cells in zip(*columns, strict=True):
        lines.append((" ".join(map(str, cells[:2])), ""))
        lines += [
            (f"  {heading}", " / ".join(str(cell).split("\n")))
            for heading, cell in zip(headings[2:], cells[2:], strict=True)
        ]
    show(rows(lines, width=24))


def _said(survey: "Survey", picture: Path | None) -> list[tuple[str, str]]:
    """What stands below the tables."""
    from pedal.measure.latency.findings import RULE
    from pedal.measure.level import spoken

    levels = f"played at {spoken(survey.played_dbfs)}, back at {spoken(survey.captured_dbfs)}"
    chosen = next((one for one in survey.settings if one.name == survey.recommended), None)
    lines = [
        ("card", f"{'SIMULATED: ' if survey.simulated else ''}{survey.card}, {survey.format}, {survey.rate_hz} Hz"),
        ("machine", f"{survey.machine}, kernel {survey.kernel} {survey.preemption}".rstrip()),
        ("model", survey.model_name),
        ("signal", f"{levels}, {survey.snr_db:.0f} dB above the noise"),
        *(("note", text) for text in survey.notes),
        *((one.name, f"not measured: {one.refused}") for one in survey.settings if one.refused),
    ]
    if chosen is None:
        lines.append(("recommended", f"none; expected {RULE}"))
    else:
        lines += [
            ("recommended", f"{chosen.name}, {survey.milliseconds(chosen.median_frames):.2f} ms: it has {RULE}"),
            ("pedal.toml", "[card]"),
            ("", f"period_frames = {chosen.period_frames}"),
            ("", f"periods = {chosen.periods}"),
            ("", f"prefill_periods = {chosen.prefill_periods}"),
        ]
    return [*lines, *([("picture", str(picture))] if picture else [])]
