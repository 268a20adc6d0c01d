"""What can be put right at once: shell lines for root, all in one go, so that sudo asks once at most."""

import subprocess
from collections.abc import Callable, Iterable, Sequence

from pedal.measure.finding import Examined

TUNE = "systemctl restart pedal-tune"
"""The installed service's own way; what follows it is for what it leaves, and for machines without it."""

Start = Callable[[Sequence[str]], int]
"""Runs a command at this terminal; gives its exit status."""


def remedies(found: Iterable[Examined], has_tune: bool) -> list[str]:
    """The lines that help, each once, in the order of the findings."""
    lines = dict.fromkeys(line for examined in found for line in examined.finding.remedy)
    return list(dict.fromkeys([*([TUNE] if lines and has_tune else []), *lines]))


def command(lines: Sequence[str], is_root: bool) -> list[str]:
    """One command for all of the lines; a line that fails leaves the others to be done, and is told by the status."""
    script = "\n".join(["status=0", *(f"{line} || status=1" for line in lines), "exit $status"])
    return [*(() if is_root else ("sudo", "--")), "sh", "-c", script]


def started(words: Sequence[str]) -> int:
    """Run it at this terminal, where sudo may ask; gives its exit status, 127 where there is no such command."""
    try:
        return subprocess.run(words).returncode
    except FileNotFoundError:
        return 127
