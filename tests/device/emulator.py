"""QEMU as a child process: one Pi's processors, memory, card and network."""

import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from tests.device.board import board
from tests.device.cache import DeviceError
from tests.device.image import Image
from tests.device.monitor import Monitor

MEMORY_MIB = 2048
KERNEL_OPTIONS = (
    "root=/dev/vda rw rootwait console=ttyAMA0 quiet systemd.show_status=no mitigations=off kpti=off audit=0 "
    "init_on_alloc=0"
)
"""Mitigations cost an emulated processor a third of its time; the last two are as with a Raspberry Pi's own Linux."""
SAID = 2000
"""Characters of a log in a message."""


class Options(NamedTuple):
    """What may differ from one Pi to the next."""

    cpus: int = 2
    virtual_time: bool = False
    """An instruction takes a nanosecond of the machine's clock, however long it takes here; with one processor."""
    network: bool = False
    """Whether the machine reaches the internet through this computer."""


class Emulator:
    """One emulator at a time, with its files in one folder."""

    def __init__(self, folder: Path, image: Image, options: Options, stays: bool) -> None:
        """Stays: it goes on running when this process ends."""
        self._folder = folder
        self._image = image
        self._options = options
        self._stays = stays
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def disk(self) -> Path:
        """The card: what differs from what it began as."""
        return self._folder / "disk.qcow2"

    @property
    def console(self) -> str:
        """What the machine has said on its serial line since its last start."""
        path = self._folder / "console"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def on(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def insert(self, card: Path, kind: str) -> None:
        """Make the disk, which begins as the file `card` of that kind, never written to; a disk that is there stays."""
        if not self.disk.exists():
            command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(card), "-F", kind, str(self.disk)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def start(self, command_line: str, *more: str) -> None:
        """Switch on; command_line goes to the kernel and more to QEMU."""
        assert not self.on, "the machine is on"
        self._monitor_path.unlink(missing_ok=True)
        ends = [] if self._stays else ["setpriv", "--pdeathsig", "KILL"]  # whoever is killed takes its machine along
        command = [*ends, *self._command(command_line), *more]
        with open(self._folder / "emulator.log", "wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self._folder / "pid").write_text(f"{self._process.pid}\n")

    def _command(self, command_line: str) -> list[str]:
        virtual = self._options.virtual_time
        cpu = ["-cpu", "cortex-a72", "-smp", "1" if virtual else str(self._options.cpus), "-m", str(MEMORY_MIB)]
        clock = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"] if virtual else []
        reach = "off" if self._options.network else "on"
        command = ["qemu-system-aarch64", "-machine", "virt", *cpu, *clock]
        command += ["-accel", f"tcg,thread={'single' if virtual else 'multi'}"]
        command += ["-nodefaults", "-display", "none", "-no-reboot", "-dtb", str(board(self._folder, cpu))]
        command += ["-kernel", str(self._image.kernel), "-initrd", str(self._image.ramdisk)]
        command += ["-append", f"{KERNEL_OPTIONS} {command_line}"]
        command += ["-drive", f"file={self.disk},if=none,id=card,cache=writeback"]
        command += ["-device", "virtio-blk-pci,drive=card"]
        command += ["-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:0-:22,restrict={reach}"]
        command += ["-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci"]
        command += ["-serial", f"file:{self._folder / 'console'}"]
        return [*command, "-qmp", f"unix:{self._monitor_path},server=on,wait=off"]

    @property
    def _monitor_path(self) -> Path:
        return self._folder / "monitor"

    def monitor(self) -> Monitor:
        """A connection to the emulator's monitor."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self.check()
            try:
                return Monitor(self._monitor_path)
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
        raise DeviceError("the emulator opened no monitor within 30 s")

    def check(self) -> None:
        """Nothing, while it runs.

        Raises:
            DeviceError: it has ended; with what it and the machine said last.
        """
        if not self.on:
            status = self._process.returncode if self._process else "unknown"
            log = (self._folder / "emulator.log").read_text(errors="replace")[-SAID:]
            raise DeviceError(f"the emulator ended with status {status}:\n{log}\n{self.console[-SAID:]}")

    def wait(self, seconds: float) -> bool:
        """Whether it has ended by itself within that time, as it does when the machine switches itself off."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it, between two instructions of the machine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
