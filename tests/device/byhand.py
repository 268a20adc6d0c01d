"""The machine by hand: `python -m tests.device.machine`."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from pedal.errors import PedalError
from tests.device import cache, display, host
from tests.device.cache import DeviceError
from tests.device.debian import SUITES
from tests.device.emulator import Options
from tests.device.image import image
from tests.device.machine import Machine
from tests.device.ssh import HOST
from tests.device.states import booted, installed, playing
from tests.device.wheels import wheelhouse

FROZEN = {"booted": booted, "installed": installed, "playing": playing}
"""Machines kept as they ran."""

EXAMPLES = f"""
The machine stays on until `stop`. Its users: pi (sudo asks nothing), fender (sudo asks for "telecaster"), root.
  python -m tests.device.machine boot
  python -m tests.device.machine ssh 'uname -a'          python -m tests.device.machine ssh --user root
  eval "$(python -m tests.device.machine path)"; ssh pi@{HOST}; ./deploy.sh pi@{HOST}
  python -m tests.device.machine screen
  python -m tests.device.machine stop
"""


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.device.machine",
        description="The emulated Pi, by hand.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", default="by-hand", help="which machine, where there are several [%(default)s]")
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0], help="Debian's release [%(default)s]")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the image, where it is missing: ten minutes")
    commands.add_parser("wheelhouse", help="fill a wheelhouse in the cache, where it is missing, and say where")
    boot = commands.add_parser("boot", help="start the machine: from its own disk, where it has run before")
    boot.add_argument("--new", action="store_true", help="with a new card")
    boot.add_argument(
        "--begin", choices=["card", *FROZEN], default="booted", help="what a new card goes on from [%(default)s]"
    )
    boot.add_argument("--virtual-time", action="store_true", help="one nanosecond an instruction, one processor")
    boot.add_argument("--network", action="store_true", help="let it reach the internet")
    boot.add_argument("--cpus", type=int, default=2)
    boot.add_argument("--append", default="", help="more of the kernel's command line")
    ssh = commands.add_parser("ssh", help="run a command there, or log in")
    ssh.add_argument("--user", default="pi")
    ssh.add_argument("line", nargs="?")
    commands.add_parser("path", help=f"print what makes this shell's ssh know {HOST}")
    commands.add_parser("screen", help="print the display's picture")
    commands.add_parser("stop", help="pull the plug; the disk stays")
    arguments = parser.parse_args()
    try:
        sys.exit(run(arguments))
    except PedalError as error:
        sys.exit(f"{parser.prog}: {error}")


def run(arguments: argparse.Namespace) -> int:
    """The status of one command."""
    folder = cache.folder() / f"machine-{arguments.name}"
    ssh = [str(folder / "bin" / "ssh")]
    if arguments.command in ("build", "wheelhouse", "boot") and (why := host.missing()):
        raise DeviceError(why)
    if arguments.command == "build":
        print(image(arguments.suite).folder)
    elif arguments.command == "wheelhouse":
        print(wheelhouse(arguments.suite))
    elif arguments.command == "boot":
        boot(folder, arguments)
    elif arguments.command == "stop":
        stop(folder)
    elif arguments.command == "path":
        print(f'export PATH="{folder / "bin"}:$PATH"')
    elif arguments.command == "screen":
        said = subprocess.run([*ssh, f"root@{HOST}", display.READ], capture_output=True, text=True, check=True).stdout
        print(display.drawn(display.picture(said)))
    else:
        line = [arguments.line] if arguments.line else []
        return subprocess.run([*ssh, f"{arguments.user}@{HOST}", *line]).returncode
    return 0


def boot(folder: Path, arguments: argparse.Namespace) -> None:
    """Start the machine of that folder, which is off, and leave it on."""
    stop(folder)
    if arguments.new:
        shutil.rmtree(folder, ignore_errors=True)
    there = image(arguments.suite)
    options = Options(arguments.cpus, arguments.virtual_time, arguments.network)
    again = (folder / "disk.qcow2").exists()
    frozen = FROZEN[arguments.begin](there) if arguments.begin != "card" and not again else None
    if frozen and frozen.virtual_time:
        options = options._replace(virtual_time=True)
    machine = Machine(there, options, frozen, arguments.append, folder)
    as_kept = (
        frozen and options._replace(network=False) == Options(virtual_time=frozen.virtual_time) and not arguments.append
    )
    seconds = machine.resume() if as_kept else machine.boot()
    print(f"one can log in, {seconds:.0f} s after the start")


def stop(folder: Path) -> None:
    """Pull the plug of the machine of that folder, where it is on."""
    try:
        process = int((folder / "pid").read_text())
        said = Path(f"/proc/{process}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if str(folder / "disk.qcow2").encode() in said:
        os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{process}").exists():
            time.sleep(0.05)
