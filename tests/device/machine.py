"""An emulated Pi 4: started, spoken to, pressed, looked at, and cut off from power."""

import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tests.device import display
from tests.device.cache import DeviceError
from tests.device.emulator import SAID, Emulator, Options
from tests.device.image import Image
from tests.device.ssh import Result, Ssh

START_S = 900.0
"""The longest that a start may take; 30 s on an idle server with two cores."""
STOP_S = 300.0
LINES = "/sys/devices/platform/gpio-sim/gpiochip*"


class Frozen(NamedTuple):
    """A machine that ran, kept so that any number of others go on from there."""

    folder: Path
    virtual_time: bool = False
    """Its clock. With another one a machine can only be started anew, from that card."""

    @property
    def disk(self) -> Path:
        """The card as it was then."""
        return self.folder / "disk.qcow2"

    @property
    def memory(self) -> Path:
        """Memory and devices as they were then."""
        return self.folder / "memory"


class Machine:
    """A machine of its own disk, which outlives its starts.

    What it has flushed is there after kill(), and what it had only in its own memory is not: as with a card that has
    written what it was told to write. A card that lies about that is not emulated.
    """

    def __init__(
        self,
        image: Image,
        options: Options = Options(),  # noqa: B008 # immutable
        frozen: Frozen | None = None,
        command_line: str = "",
        folder: Path | None = None,
    ) -> None:
        """Describe a machine; entering it starts it.

        Args:
            image: what is on its card at first.
            options: its processors, clock and network.
            frozen: has its card and, until it is started anew, goes on from there within seconds.
            command_line: more of the kernel's, as in cmdline.txt.
            folder: where its disk and sockets are, kept afterwards, as is the running machine. None: a temporary one.
        """
        self.image = image
        self.command_line = command_line
        self.folder = folder or Path(tempfile.mkdtemp(prefix="pedal-device-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stays = folder is not None
        self._frozen = frozen
        self._goes_on = frozen is not None and frozen.virtual_time == options.virtual_time
        self._emulator = Emulator(self.folder, image, options, self._stays)
        self._emulator.insert(*((frozen.disk, "qcow2") if frozen else (image.disk, "raw")))
        self._way: Ssh | None = None

    def __enter__(self) -> Self:
        try:
            if self._goes_on:
                self.resume()
            else:
                self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if not self._stays:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def way(self) -> Ssh:
        """How programs that start ssh themselves get in."""
        assert self._way is not None, "the machine is off"
        return self._way

    @property
    def console(self) -> str:
        """What the machine has said on its serial line since its last start."""
        return self._emulator.console

    # Power

    def boot(self, command_line: str | None = None) -> float:
        """Start from its disk and wait until one can log in; gives the seconds that took."""
        began = time.monotonic()
        if command_line is not None:
            self.command_line = command_line
        self._start()
        while time.monotonic() < began + START_S:
            self._emulator.check()
            if _greets(self.way.port) and self.ssh("true", "root", check=False).status == 0:
                return time.monotonic() - began
            look_again(began)
        raise DeviceError(
            f"nobody could log in {START_S:g} s after the start; the machine said:\n{self.console[-SAID:]}"
        )

    def resume(self) -> float:
        """Go on from the frozen machine, its clock set to the time of day; gives the seconds that took."""
        assert self._frozen is not None
        began = time.monotonic()
        self._start("-incoming", f"exec:cat '{self._frozen.memory}'")
        with self._emulator.monitor() as monitor:
            monitor.resumed()
        self.root(f"date -s @{time.time():.3f} >/dev/null")
        return time.monotonic() - began

    def kill(self) -> None:
        """Pull the plug."""
        self._emulator.kill()
        if self._way:
            self._way.close()
            self._way = None

    def power_off(self) -> None:
        """Shut down as `poweroff` does, and wait until it is off."""
        self.ssh("systemctl poweroff", "root", check=False)
        off = self._emulator.wait(STOP_S)
        self.kill()
        if not off:
            raise DeviceError(f"not off {STOP_S:g} s after poweroff; the machine said:\n{self.console[-SAID:]}")

    def reboot(self, command_line: str | None = None) -> float:
        """Shut down and start; gives the seconds of the start."""
        self.power_off()
        return self.boot(command_line)

    def freeze(self, folder: Path) -> Frozen:
        """Keep the machine as it runs now in folder; it is off afterwards, and its disk is there."""
        frozen = Frozen(folder)
        self.root("sync")
        self.way.close()
        with self._emulator.monitor() as monitor:
            monitor.save(frozen.memory)
        self.kill()
        shutil.move(self._emulator.disk, frozen.disk)
        return frozen

    def _start(self, *more: str) -> None:
        self._emulator.start(self.command_line, *more)
        with self._emulator.monitor() as monitor:
            self._way = Ssh(self.folder, monitor.ssh_port(), self.image)

    # Commands and files

    def ssh(
        self, command: str, user: str = "pi", given: bytes = b"", check: bool = True, timeout_s: float = 600
    ) -> Result:
        """What came of a shell's line on the machine.

        Raises:
            DeviceError: it took too long; or check, and its status was not 0.
        """
        result = self.way.run(command, user, given, timeout_s)
        if check and result.status:
            said = f"{result.output}{result.errors}"[-4000:].strip()
            raise DeviceError(f"on the machine, `{command}` ended with status {result.status}:\n{said}")
        return result

    def root(self, command: str, given: bytes = b"", timeout_s: float = 600) -> str:
        """What a shell's line that succeeded has printed, run as root."""
        return self.ssh(command, "root", given, timeout_s=timeout_s).output

    def push(self, source: Path, folder: str, user: str = "root") -> None:
        """Copy a file, or what is in a folder, into a folder of the machine, which is made."""
        self.way.push(source, folder, user)

    def pull(self, path: str, user: str = "root") -> bytes:
        """The contents of a file of the machine."""
        return self.way.pull(path, user)

    def until(self, command: str, seconds: float = 60) -> str:
        """What the command printed when it first succeeded, tried as root again and again.

        Raises:
            DeviceError: it did not within that many seconds.
        """
        began = time.monotonic()
        while (result := self.ssh(command, "root", check=False)).status:
            if time.monotonic() > began + seconds:
                raise DeviceError(
                    f"not so within {seconds:g} s: `{command}`; it said last:\n{result.output}{result.errors}"
                )
            look_again(began)
        return result.output

    # Feet, hands and eyes

    def lines(self, *steps: tuple[int, int] | float) -> None:
        """Drive GPIO lines from outside: (line, level) sets one, a number waits as many seconds of the machine's."""
        self.root(driving(*steps))

    def press(self, line: int, seconds: float = 0.1) -> None:
        """Step on the footswitch at that line, which pulls it to ground."""
        self.lines((line, 0), seconds, (line, 1))

    def level(self, line: int) -> int:
        """What that line is at, whoever drives it."""
        return int(self.root(f"cat {LINES}/sim_gpio{line}/value"))

    def picture(self) -> NDArray[np.bool_]:
        """What the display shows, 64 rows of 128 pixels."""
        return display.picture(self.root(display.READ))


def look_again(began: float) -> None:
    """Wait before the next look, longer the longer it has taken: each takes an emulated processor half a second."""
    time.sleep(0.3 + (time.monotonic() - began) / 8)


def driving(*steps: tuple[int, int] | float) -> str:
    """The shell's lines by which Machine.lines() does what it says."""
    words = []
    for step in steps:
        if isinstance(step, tuple):
            words.append(f"echo {'pull-up' if step[1] else 'pull-down'} >$(echo {LINES})/sim_gpio{step[0]}/pull")
        else:
            words.append(f"sleep {step:.3f}")
    return "\n".join(words)


def _greets(port: int) -> bool:
    """Whether an sshd says hello at that port; QEMU takes the connection long before."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


if __name__ == "__main__":
    from tests.device.byhand import main

    main()
