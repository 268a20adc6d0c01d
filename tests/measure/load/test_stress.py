"""All loads together, as real processes: they are there, they end, and nothing of them is left."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from pedal.measure.load.stress import isolated, stressed

PATIENCE_S, LOOK_S = 20.0, 0.005
NONE = "stress-ng-that-nobody-has"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stress-ng of one's own: two processes that write down their numbers and options, and go on."""
    path = tmp_path / "stress-ng"
    path.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import os, sys, time
        os.fork()
        with open({str(tmp_path / "started")!r}, "a") as file:
            file.write(f"{{os.getpid()}} {{' '.join(sys.argv[1:])}}\\n")
        time.sleep(600)
        """)
    )
    path.chmod(0o755)
    return path


def children() -> set[int]:
    """Of this process, as the kernel lists them."""
    return {int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def gone(process: int) -> bool:
    """Whether it has ended, as far as a zombie whose parent has not looked yet."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def awaited(condition: Callable[[], bool]) -> None:
    """Look until it holds."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(LOOK_S)


def ready(load: int) -> bool:
    """Whether it has come so far that it ends with its parent."""
    return Path(f"/proc/{load}/oom_score_adj").read_text().strip() == "1000"


def test_our_own_run_at_ordinary_priority_and_end(temporary: Path, tmp_path: Path) -> None:
    before, cores = children(), os.sched_getaffinity(0)
    with stressed(60.0, [tmp_path], NONE) as stress:
        ours = children() - before
        assert len(ours) == len(cores) + 3
        for process in ours:
            awaited(partial(ready, process))
            assert os.sched_getscheduler(process) == os.SCHED_OTHER
            assert os.sched_getaffinity(process) == cores
        described = stress.described()
        assert described.keys() == {"processor", "memory", "network", "disk"}
        assert described["processor"].startswith(f"our own: {len(cores)} × ")
        assert described["disk"].endswith(str(tmp_path))
        assert not any("ended early" in words for words in described.values())
    assert all(map(gone, ours))
    assert list(temporary.iterdir()) == []


def test_stress_ng_where_it_is_installed_with_all_its_processes(temporary: Path, tmp_path: Path, program: Path) -> None:
    started = tmp_path / "started"
    with stressed(60.0, [tmp_path], str(program)) as stress:
        awaited(lambda: started.exists() and len(started.read_text().splitlines()) == 4)
        lines = [line.split(maxsplit=1) for line in started.read_text().splitlines()]
        described = stress.described()
    assert described["processor"].startswith(f"{program}: --cpu ")
    awaited(lambda: all(gone(int(process)) for process, _ in lines))  # a killed one takes its moment
    assert all("--timeout 120s" in options and f"--temp-path {temporary}" in options for _, options in lines)
    assert list(temporary.iterdir()) == []


def test_one_that_ends_early_is_said(temporary: Path, tmp_path: Path, program: Path) -> None:
    assert temporary.is_dir()
    program.write_text("#!/bin/sh\necho out of stress >&2; exit 3\n")
    with stressed(60.0, [tmp_path], str(program)) as stress:
        awaited(lambda: "ended early" in stress.described()["memory"])
        assert stress.described()["memory"].endswith("; it ended early: out of stress")


def test_without_a_disk_the_others_run(temporary: Path) -> None:
    assert temporary.is_dir()
    with stressed(60.0, [Path("/proc")], NONE) as stress:
        assert "network" in stress.described()


def test_killed_it_takes_its_loads_with_it(temporary: Path, tmp_path: Path) -> None:
    assert temporary.is_dir()
    script = (
        "import sys, time; from pathlib import Path; from pedal.measure.load.stress import stressed\n"
        f"with stressed(60.0, [Path({str(tmp_path)!r})], {NONE!r}) as stress:\n"
        "    print(*[child.pid for _, child in stress._children], flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as soaking:
        assert soaking.stdout
        loads = [int(word) for word in soaking.stdout.readline().split()]
        assert len(loads) >= 4
        for load in loads:
            awaited(partial(ready, load))
        soaking.send_signal(signal.SIGKILL)
    awaited(lambda: all(map(gone, loads)))


@pytest.mark.parametrize(("text", "cores"), [("", set()), ("3\n", {3}), ("1,3-5\n", {1, 3, 4, 5}), ("x", set())])
def test_isolated_cores(tmp_path: Path, text: str, cores: set[int]) -> None:
    (tmp_path / "isolated").write_text(text)
    assert isolated(tmp_path / "isolated") == cores
    assert isolated(tmp_path / "absent") == set()
