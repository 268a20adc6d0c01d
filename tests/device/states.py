"""Machines kept as they ran, from which tests go on within seconds."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.device import cache
from tests.device.cache import DeviceError
from tests.device.display import shows
from tests.device.emulator import Options
from tests.device.image import Image
from tests.device.machine import Frozen, Machine, look_again
from tests.device.ssh import HOST
from tests.device.wheels import REPOSITORY, sent, wheelhouse, with_kernels
from tests.device.words import changed, plays
from tests.kernel import cross

HERE = Path(__file__).resolve().parent
EMULATOR = [HERE / name for name in ("board.dts", "board.py", "emulator.py")]
"""Another emulator could not read the memory that this one saves."""
PATIENCE = """
cd /etc/systemd/system
mkdir -p pedal-engine.service.d pedal-control.service.d
printf '[Service]\nTimeoutStartSec=300\n' >pedal-engine.service.d/emulated.conf
printf '[Service]\nEnvironment=LD_PRELOAD=/usr/local/lib/patient.so\n' >pedal-control.service.d/emulated.conf
systemctl daemon-reload
"""
"""An emulated processor may need longer than a Pi would be given, and has no time to waste."""
CPUINFO = "cpuinfo"
"""Beside a started machine: what its /proc/cpuinfo says."""
READY_S = 600
"""The longest from the first login until the pedal is ready for what is asked of it, on a busy computer."""
CONFIGURATION = HERE / "pedal.toml"
"""Of an installed machine."""
VIRTUAL = Options(virtual_time=True)
MODELS, ASIDE = "/var/lib/pedal/models", "/root/models"
"""Where they are kept while there is no time for them."""
NEWS = "NEW"
"""In the notice of models that have come, which hides the name of what plays for a while."""


def booted(image: Image) -> Frozen:
    """A machine that has been started from a new card, made first where it is missing."""

    def make(folder: Path) -> None:
        print("• starting the emulated Pi for the first time", flush=True)
        with Machine(image) as machine:
            machine.ssh("systemctl is-system-running --wait", "root", check=False)
            cpuinfo = machine.root("cat /proc/cpuinfo")
            machine.freeze(folder)
        (folder / CPUINFO).write_text(cpuinfo)

    return Frozen(cache.made(f"booted-{image.suite}", cache.digest([image.folder.name, CPUINFO, *EMULATOR]), make))


def installed(image: Image) -> Frozen:
    """A machine on which `./deploy.sh pi@…` has installed this working tree, then restarted: in real time, no models.

    While tests are written, PEDAL_DEVICE_STALE=1 takes the one that was installed last, from whatever working tree.
    """
    if os.environ.get("PEDAL_DEVICE_STALE") and (last := cache.latest(f"installed-{image.suite}")):
        return Frozen(last)
    with ThreadPoolExecutor() as aside:
        wheels = aside.submit(wheelhouse, image.suite)
        start = booted(image)
        cross.library()
        house = wheels.result()

    def make(folder: Path) -> None:
        print("• installing the pedal in the emulated Pi by ./deploy.sh", flush=True)
        # From a copy, as it takes long and bash reads a script while it runs it.
        with (
            Machine(image, frozen=start) as machine,
            copied() as project,
            with_kernels(house, start.folder / CPUINFO) as full,
        ):
            said = deploy(machine, f"pi@{HOST}", "--wheelhouse", str(full), project=project)
            (folder / "installation").write_text(said)
            machine.root("cat >/etc/pedal/pedal.toml", given=CONFIGURATION.read_bytes())
            machine.root(f"{PATIENCE}\nmkdir {ASIDE} && mv {MODELS}/* {ASIDE}")
            machine.reboot()
            plays(machine, READY_S)
            machine.until("systemctl -q is-active pedal-control", READY_S)
            machine.freeze(folder)

    made_from = [start.folder.name, house.name, CONFIGURATION, PATIENCE, REPOSITORY / "deploy.sh", *sent()]
    key = cache.digest(made_from)
    return Frozen(cache.made(f"installed-{image.suite}", key, make))


def playing(image: Image) -> Frozen:
    """The same card in a machine in virtual time, started, its models tried, when one is played and shown."""
    before = installed(image)

    def make(folder: Path) -> None:
        print("• starting the emulated Pi in virtual time", flush=True)
        with Machine(image, VIRTUAL, before) as machine:
            machine.root(f"mv {ASIDE}/simulated-* {MODELS}")  # each more takes its time to be tried
            plays(machine, READY_S)
            changed(machine, "playing", 0, READY_S)
            machine.until("! pgrep -f '[p]edal.measure.admission'", READY_S)
            began = time.monotonic()
            while shows(machine.picture(), NEWS):
                if time.monotonic() > began + READY_S:
                    raise DeviceError(f"a notice with {NEWS} has stood on the screen for {READY_S} s")
                look_again(began)
            machine.freeze(folder)

    key = cache.digest([before.folder.name, NEWS, *EMULATOR])
    return Frozen(cache.made(f"playing-{image.suite}", key, make), virtual_time=True)


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the working tree, of what git tracks, in which a test may change what it likes."""
    with tempfile.TemporaryDirectory(prefix="pedal-tree-") as folder:
        listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files"], check=True, capture_output=True, text=True)
        for name in listed.stdout.splitlines():
            if (REPOSITORY / name).exists():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, Path(folder) / name)
        yield Path(folder)


def pedal(machine: Machine, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What came of `pedal ARGUMENTS…` here, which knows the machine as HOST."""
    command = [sys.executable, "-m", "pedal", *map(str, arguments)]
    return subprocess.run(
        command, env=machine.way.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def deploy(machine: Machine, *arguments: str, project: Path = REPOSITORY, check: bool = True) -> str:
    """What `./deploy.sh ARGUMENTS…` printed about the machine, which ssh knows as HOST."""
    command = [str(project / "deploy.sh"), *arguments]
    done = subprocess.run(
        command, env=machine.way.environment(), stdin=subprocess.DEVNULL, stdout=-1, stderr=subprocess.STDOUT, text=True
    )
    if check and done.returncode:
        raise DeviceError(f"`{' '.join(command)}` ended with status {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout
