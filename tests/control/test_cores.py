"""Whoever leaves a core leaves it for good, or goes on where that is forbidden; each in a child, as it lasts."""

import os
import subprocess
import sys

import pytest

FORBIDDEN = """
import ctypes, os, platform, struct
from pedal.control.cores import leave_core
# As a service's ~@resources has it: a filter of three instructions that says EPERM to sched_setaffinity alone.
number = {"x86_64": 203, "aarch64": 122}[platform.machine()]
program = b"".join(struct.pack("HBBI", *step) for step in (
    (0x20, 0, 0, 0),  # load the call's number
    (0x15, 0, 1, number),  # is it that one?
    (0x06, 0, 0, 0x00050000 | 1),  # EPERM
    (0x06, 0, 0, 0x7FFF0000),  # allowed
))
code = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(code)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
if libc.prctl(22, 2, filter) != 0:
    raise SystemExit(77)
"""
LEAVE = """
before = os.sched_getaffinity(0)
leave_core(min(before), print)
print(sorted(before - os.sched_getaffinity(0)))
"""

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="this machine has one core, for everyone")


def said(script: str) -> list[str]:
    """What a process of its own prints."""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip("this machine filters no system calls")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_the_engines_core_is_left() -> None:
    core = min(os.sched_getaffinity(0))
    assert said(f"import os\nfrom pedal.control.cores import leave_core\n{LEAVE}") == [f"[{core}]"]


def test_where_it_is_forbidden_it_is_logged() -> None:
    core = min(os.sched_getaffinity(0))
    assert said(FORBIDDEN + LEAVE) == [f"core {core} cannot be left to the engine: Operation not permitted", "[]"]


@pytest.mark.parametrize("core", [-1, 5_000])
def test_an_engine_on_no_core_of_this_machine_takes_none(core: int) -> None:
    """Nothing is asked for, so nothing is refused."""
    assert said(FORBIDDEN + LEAVE.replace("min(before)", str(core))) == ["[]"]


def test_one_core_is_shared() -> None:
    script = (
        "import os\nfrom pedal.control.cores import leave_core\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    )
    assert said(script + LEAVE) == ["[]"]
