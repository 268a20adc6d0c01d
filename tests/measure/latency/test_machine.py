"""Which computer and kernel, from a folder that looks like /."""

import os
from pathlib import Path

from pedal.measure.latency.machine import machine


def written(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_pi(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        **{
            "proc__device-tree__model": "Raspberry Pi 4 Model B Rev 1.4\0",
            "proc__sys__kernel__osrelease": "6.12.47+rpt-rpi-v8\n",
            "proc__sys__kernel__version": "#1 SMP PREEMPT Debian 1:6.12.47-1+rpt1 (2025-09-16)\n",
        },
    )
    assert machine(root) == ("Raspberry Pi 4 Model B Rev 1.4", "6.12.47+rpt-rpi-v8", "PREEMPT")


def test_a_laptop(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        proc__cpuinfo="processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n",
        proc__sys__kernel__version="#1 SMP Debian",
    )
    assert machine(root) == ("Some CPU @ 2 GHz", os.uname().release, "")


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    assert machine(tmp_path)[:2] == (os.uname().machine, os.uname().release)
