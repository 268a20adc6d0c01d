"""How soon the engine is ready: `python -m tests.engine.ready [STARTS]`, with the kernels built here, in milliseconds.

From the moment before the process is made to its READY=1, on a card made of a recording and without one; and the
processor time of both, beside that of a Python that does nothing.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ABSENT = '[card]\nname = "Nowhere"\n'


class Start(NamedTuple):
    """One of them, in milliseconds."""

    wall: float
    processor: float


def started(command: Sequence[str], folder: Path) -> Start:
    """Start a process, wait for its READY=1 or its end, and kill it."""
    address = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(20.0)
        environment = os.environ | {"NOTIFY_SOCKET": str(address), "INVOCATION_ID": "1", "PEDAL_RUN": str(folder)}
        before = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        if "pedal.engine" in command:
            assert manager.recv(100) == b"READY=1"
            process.kill()
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        process.returncode = 0
    address.unlink()
    return Start(wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000)


def commands(folder: Path) -> dict[str, list[str]]:
    """What is started, by what it is."""
    (folder / "absent.toml").write_text(ABSENT)
    (folder / "capture").write_bytes(bytes(8 * 441_000))
    python, engine = [sys.executable, "-I"], ["-m", "pedal.engine"]
    recordings = ["--sim-capture", str(folder / "capture"), "--sim-playback", "/dev/null"]
    return {
        "Python that does nothing": [*python, "-c", ""],
        "engine without a card": [*python, *engine, "--config", str(folder / "absent.toml")],
        "engine that plays": [*python, *engine, *recordings],
    }


def main(starts: int) -> None:
    """Measure, in turn."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        asked = commands(folder)
        found: dict[str, list[Start]] = {name: [] for name in asked}
        for _ in range(starts):
            for name, command in asked.items():
                found[name].append(started(command, folder))
    for name, measured in found.items():
        wall, processor = ([start[index] for start in measured] for index in (0, 1))
        print(
            f"{name:26} median {statistics.median(wall):6.1f} ms, least {min(wall):6.1f}, most {max(wall):6.1f}; "
            f"processor time {statistics.median(processor):6.1f} ms, least {min(processor):6.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
