"""What a player should know beside the answer, on stderr: a line, or how far a long job is."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.progress import Progress, ProgressColumn
    from rich.text import Text


def note(text: str) -> None:
    """Say it in a line, as errors are said."""
    if sys.stderr is not None:  # closed by whoever started us; print would take stdout instead
        print(f"pedal: {printable(text)}", file=sys.stderr)


def printable(text: str) -> str:
    """The text with what would steer a terminal, or end the line, as escapes: file names may hold anything."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def progress(*columns: "ProgressColumn") -> "Progress":
    """A progress line that leaves nothing behind, and is not there at all where nobody looks at a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def rows(labelled: "Iterable[tuple[str, str]]", width: int = 11) -> "Text":
    """Lines with a label before each, padded to that width."""
    from rich.text import Text

    text = Text()
    for label, line in labelled:
        text.append(f"{printable(label):{width}}", "dim").append(f"{printable(line)}\n")
    text.rstrip()
    return text


def show(text: "Text") -> None:
    """Print on stdout, lines as long as they are."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text)
