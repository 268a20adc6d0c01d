"""All loads at once, as processes that end with this one."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pedal.measure.cores import numbers
from pedal.measure.load.disk import A_SECOND as BLOCKS_A_SECOND
from pedal.measure.load.disk import FILE_BLOCKS, MEBIBYTE, folder_for

PROGRAM = "stress-ng"
MOST_MEMORY_BYTES = 256 * MEBIBYTE
MEMORY_SHARE = 0.25
"""Of what is available: nothing else on the machine is to be pushed out by it."""
LONGER_S = 60
"""stress-ng ends by itself so long after the soak should have."""
PATIENCE_S = 3.0
ISOLATED = Path("/sys/devices/system/cpu/isolated")


class Kind(NamedTuple):
    """One load: what it is about, how it is described, and what `python -m pedal.measure.load` is given."""

    name: str
    words: str
    arguments: tuple[str, ...]


NETWORK = Kind("network", "our own: 4.5 MB a second of datagrams on the loopback interface", ("network",))


class Stress:
    """The processes, while they run."""

    def __init__(self, kinds: Sequence[Kind], missing: dict[str, str], log: Path) -> None:
        self._kinds = kinds
        self._missing = missing
        self._log = log
        self._children: list[tuple[Kind, subprocess.Popen[bytes]]] = []

    def start(self) -> None:
        """Start them all; one that cannot be is among those that `described` calls missing."""
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        for kind in self._kinds:
            command = [sys.executable, "-P", "-m", "pedal.measure.load", str(os.getpid()), *kind.arguments]
            try:
                with open(self._log_of(kind), "ab") as log:
                    # A session of its own: Ctrl-C is the soak's.
                    child = subprocess.Popen(
                        command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                        start_new_session=True,
                    )  # fmt: skip
            except OSError as error:
                self._missing[kind.name] = f"none: {error.strerror}"
            else:
                self._children.append((kind, child))

    def described(self) -> dict[str, str]:
        """Each load in words; where one ended early, why."""
        found = dict(self._missing)
        for kind, child in self._children:
            if child.poll() is None:
                found.setdefault(kind.name, kind.words)
            else:
                found[kind.name] = f"{kind.words}; it ended early: {self._last_line(kind) or f'status {child.poll()}'}"
        return found

    def close(self) -> None:
        """End them all, and their own children."""
        for _, child in self._children:
            _signal(child, signal.SIGTERM)
        until = time.monotonic() + PATIENCE_S
        for _, child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, until - time.monotonic()))
            _signal(child, signal.SIGKILL)
            child.wait()
        self._children.clear()

    def _log_of(self, kind: Kind) -> Path:
        return self._log / f"{kind.name}.log"

    def _last_line(self, kind: Kind) -> str:
        try:
            lines = self._log_of(kind).read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextmanager
def stressed(seconds: float, folders: list[Path], program: str = PROGRAM) -> Iterator[Stress]:
    """Processor, memory, disk and network under load; of the folders, the first that is on a disk is written to.

    The processor cores are those that this thread may use. With stress-ng where that is installed.

    Raises:
        OSError: there is no folder for temporary files.
    """
    with tempfile.TemporaryDirectory(prefix="pedal-soak-") as name:
        kinds = [*_burning(seconds, name, program), NETWORK]
        missing = {}
        folder, why = folder_for([*folders, Path("/var/tmp"), Path(tempfile.gettempdir())])  # noqa: S108 (no name in it)
        if folder:
            words = f"our own: {BLOCKS_A_SECOND} MiB a second, forced out, into {FILE_BLOCKS} MiB in {folder}"
            kinds.append(Kind("disk", words, ("disk", str(folder))))
        else:
            missing["disk"] = f"none: {why}"
        stress = Stress(kinds, missing, Path(name))
        try:
            stress.start()
            yield stress
        finally:
            stress.close()


def isolated(path: Path = ISOLATED) -> frozenset[int]:
    """The cores that the kernel leaves to whoever asks for them by name."""
    try:
        return numbers(path.read_text())
    except (OSError, ValueError):
        return frozenset()


def _burning(seconds: float, folder: str, program: str) -> list[Kind]:
    """Processor and memory: by stress-ng, or one process of our own for each core and one for the memory."""
    cores = sorted(os.sched_getaffinity(0))
    size = _memory_bytes()
    on, what = f"on cores {','.join(map(str, cores))}", f"{size // MEBIBYTE} MiB"
    if (found := shutil.which(program)) is None:
        return [
            *(Kind("processor", f"our own: {len(cores)} × matrix products, {on}", ("processor",)) for _ in cores),
            Kind("memory", f"our own: {what}, copied over and over", ("memory", str(size))),
        ]
    ends = ("--timeout", f"{int(seconds) + LONGER_S}s", "--temp-path", folder, "--oomable", "--quiet")
    processor = ("program", found, "--cpu", str(len(cores)), "--cpu-method", "all", *ends)
    memory = ("program", found, "--vm", "1", "--vm-bytes", str(size), "--vm-keep", *ends)
    return [
        Kind("processor", f"{program}: --cpu {len(cores)}, {on}", processor),
        Kind("memory", f"{program}: --vm 1, {what}", memory),
    ]


def _memory_bytes(path: Path = Path("/proc/meminfo")) -> int:
    """A part of what is available."""
    lines = (line.split() for line in path.read_text().splitlines())
    available = next((1024 * int(words[1]) for words in lines if words[0] == "MemAvailable:"), 0)
    return min(MOST_MEMORY_BYTES, int(MEMORY_SHARE * available))


def _signal(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """To the child and those of its session, as far as they are there."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
