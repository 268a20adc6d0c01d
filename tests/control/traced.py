"""A program's system calls, as strace writes them down; and the program killed at one of them."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pedal
from tests.control.save_once import MARK

LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|\?)")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
MARKS = "?access,?faccessat,?faccessat2"


class Call(NamedTuple):
    """One system call that returned."""

    name: str
    arguments: str
    """With every string as one letter, S."""
    strings: list[bytes]
    result: int

    @property
    def descriptor(self) -> int:
        """The first argument."""
        return int(self.arguments.split(",")[0])

    @property
    def mark(self) -> str:
        """Of which mark this call tells; empty for none."""
        text = os.fsdecode(self.strings[0]) if self.strings else ""
        return text if text.startswith(MARK) else ""


def calls(log: Path) -> list[Call]:
    """What was written down, of one thread; calls that did not return are left out."""
    found = []
    for line in log.read_text().splitlines():
        if (match := LINE.match(line)) and match[3] != "?":
            assert not any(cut for _, cut in STRING.findall(match[2])), line
            strings = [bytes.fromhex(text.replace("\\x", "")) for text, _ in STRING.findall(match[2])]
            found.append(Call(match[1], STRING.sub("S", match[2]), strings, int(match[3])))
    return found


class Traced:
    """A Python program under strace, run from a copy of the sources: its calls are counted, so nobody may edit them."""

    def __init__(self, program: Path, tree: Path) -> None:
        """Copy the package and the program into the folder `tree`."""
        self._program = Path(shutil.copy(program, tree))
        package = Path(pedal.__file__).parent
        shutil.copytree(package, tree / package.name, ignore=shutil.ignore_patterns("data", "__pycache__"))
        compileall.compile_dir(tree, quiet=1)
        others = [path for path in sys.path if Path(path) != package.parent]
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(tree), *others]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, log: Path, arguments: Sequence[str | Path], options: Sequence[str] = ()) -> int:
        """Run it once, and write its calls to `log`; gives its exit status. It does the same every time."""
        command = ["strace", "-f", "-xx", "-s", "1000000", *options, "-o", str(log), sys.executable, "-S"]
        return subprocess.run([*command, self._program, *arguments], env=self._environment).returncode

    def killed_at(self, name: str, ordinal: int, log: Path, arguments: Sequence[str | Path]) -> list[str]:
        """Kill the program as it makes its so many-th call of that name; gives the marks that it had passed.

        The call is not carried out: killed at the next one is killed after it.
        """
        inject = f"inject={name}:signal=SIGKILL:when={ordinal}"
        status = self.run(log, arguments, ["-e", f"trace={name},{MARKS}", "-e", inject])
        assert status != 0, f"{name} {ordinal} was never called"
        last = log.read_text().splitlines()[-2:]
        assert re.search(rf"\b{name}\(.*= \?$", last[0]), last
        assert "killed by SIGKILL" in last[1], last
        return [call.mark for call in calls(log) if call.mark]
