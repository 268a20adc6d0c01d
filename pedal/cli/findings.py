"""Findings, of a machine or of two recordings: what was found, what was expected, what to do."""

from typing import TYPE_CHECKING

from pedal.cli.notes import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from pedal.measure.finding import Examined, Finding

SIGNS = {
    "refused": ("✗", "bold red"),
    "heard": ("✗", "bold red"),
    "warning": ("!", "yellow"),
    "fine": ("✓", "green"),
    "absent": ("–", "dim"),
}
"""What stands before a line, and how it looks."""


def figures(found: "Sequence[Examined]") -> "list[dict[str, object]]":
    """For JSON."""
    return [{"name": name, **finding._asdict()} for name, finding in found]


def show(found: "Sequence[Examined]") -> None:
    """A table in a terminal, lines elsewhere."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(_table(found))
    else:
        for examined in found:
            print(line(examined))


def _table(found: "Sequence[Examined]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for examined in found:
        finding = examined.finding
        sign, style = SIGNS[finding.mark]
        faint = "dim" if finding.mark == "absent" else ""
        text = Text(printable(finding.found), faint)
        if finding.expected:
            text.append(printable(f"; expected {finding.expected}"), "dim")
        if finding.fix:
            text.append(f"\n→ {printable(finding.fix)}", "cyan")
        table.add_row(Text(sign, style), Text(printable(examined.name), faint), text)
    return table


def line(examined: "Examined") -> str:
    """One finding as a line of text."""
    sign = SIGNS[examined.finding.mark][0]
    return printable(f"{sign} {examined.name}: {'; '.join(_parts(examined.finding))}")


def _parts(finding: "Finding") -> "Sequence[str]":
    expected = f"expected {finding.expected}" if finding.expected else ""
    return [part for part in (finding.found, expected, finding.fix) if part]
