"""`pedal control` as a process: what it says, what it imports, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pedal.config import Config, Places
from pedal.control.service import configured
from pedal.control.settings import Settings
from pedal.link import Link

PATIENCE_S = 30.0
BARE = '[gpio]\nfactory = "none"\n[screen]\ndriver = "none"\n'
"""A machine with neither pins nor a screen."""


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pedal", "control", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(arguments: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pedal.control", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    """Until the file is there."""
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{path} did not come"
        os.sched_yield()


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_runs_until_a_signal(places: Path, number: signal.Signals) -> None:
    (places / "my.toml").write_text(BARE)
    with started("--config", str(places / "my.toml")) as process:
        wait_for(places / "run" / "control.sock", process)
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert not (places / "run" / "control.sock").exists()
    assert "Traceback" not in said


@pytest.mark.usefixtures("kernels")
def test_a_pedal_without_pins_screen_and_engine_takes_models_all_the_same(places: Path) -> None:
    """This machine as it is, with the configuration that is shipped."""
    with started() as process:
        wait_for(places / "state" / "state.json", process)  # the first model was chosen
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "pedal control: NO GPIO" in said or "the pins are opened by" in said
    link = Link(places / "run" / "link")
    assert link.get("model") != 0
    link.close()


@pytest.mark.usefixtures("kernels")
def test_a_faulty_configuration_is_said_and_the_rest_of_it_plays(places: Path) -> None:
    (places / "config" / "pedal").mkdir(parents=True)
    (places / "config" / "pedal" / "pedal.toml").write_text(f"{BARE}[switch.A]\npni = 17\n")
    with started() as process:
        wait_for(places / "run" / "control.sock", process)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "pedal.toml: line 6: switch.A.pni is unknown, did you mean pin?" in said
    assert "NO GPIO" not in said  # what is good of it holds


@pytest.mark.parametrize("folder", ["absent", "x" * 300], ids=["missing", "unreadable"])
def test_a_configuration_that_cannot_be_looked_for_is_the_default_one(tmp_path: Path, folder: str) -> None:
    """A name that no file system takes, as root may read everything else."""
    where = Places(tmp_path / folder / "pedal.toml", tmp_path, tmp_path, tmp_path)
    config, settings, faults = configured(where, None)
    assert config == Config()
    assert (settings.switch, settings.knob) == (Settings().switch, Settings().knob)
    assert len(faults) == (folder != "absent")


@pytest.mark.usefixtures("kernels")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="this machine has one core, for everyone")
def test_no_thread_runs_on_the_engines_core(places: Path) -> None:
    """Nor one that was started before the rest: the display's."""
    core = min(os.sched_getaffinity(0))
    (places / "my.toml").write_text(f"{BARE}[engine]\ncpu = {core}\n")
    with started("--config", str(places / "my.toml")) as process:
        wait_for(places / "run" / "control.sock", process)
        threads = [int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir()]
        allowed = [os.sched_getaffinity(thread) for thread in threads]
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert len(threads) > 1
    assert allowed == [os.sched_getaffinity(0) - {core}] * len(threads)


@pytest.mark.parametrize(("given", "kept"), [(None, "1"), ("2", "2")])
def test_numpy_will_start_no_threads(monkeypatch: pytest.MonkeyPatch, given: str | None, kept: str) -> None:
    """What was asked for otherwise stays; the admission of models inherits it."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
    script = "import os; from pedal.control.service import main; main(['--config', '/']); print(os.environ[{!r}])"
    command = [sys.executable, "-c", script.format("OPENBLAS_NUM_THREADS")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{kept}\n"


def test_a_named_configuration_with_faults_is_refused(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[screen]\ndriver = 3\n")
    run = ended(["--config", str(tmp_path / "my.toml")])
    assert run.returncode == 1
    assert run.stderr.startswith("pedal control: ")
    assert "screen.driver is 3" in run.stderr


@pytest.mark.parametrize("arguments", [["--config"], ["--conf", "x"], ["x"]], ids=" ".join)
def test_usage(arguments: list[str]) -> None:
    run = ended(arguments)
    assert run.returncode == 2
    assert run.stderr.startswith("usage: pedal control")


def test_it_imports_no_numpy_until_the_tuner_does() -> None:
    script = (
        "import sys, pedal.control.service, pedal.control.main, pedal.control.pins; "
        "print(*({'numpy', 'numba', 'llvmlite', 'torch', 'scipy', 'soundfile'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "\n"


def test_the_boot_screen_needs_little() -> None:
    """What takes long to import comes after it: pins, the socket, the models folder."""
    script = "import sys, pedal.control.service; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "pedal.control.display" in modules
    assert {"gpiozero", "luma", "pedal.control.main", "msgspec", "socket"} & set(modules) == set()
