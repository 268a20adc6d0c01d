"""The way into a machine: its sshd, by keys, with the machine's own key checked."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.device.cache import DeviceError
from tests.device.image import Image

HOST = "pedal.test"
"""What the machine is called in ssh's configuration, which every `ssh` of environment() reads."""


class Result(NamedTuple):
    """What came of a command on the machine."""

    status: int
    output: str
    errors: str


class Ssh:
    """Commands and files to and from one machine."""

    def __init__(self, folder: Path, port: int, image: Image) -> None:
        """Write ssh's configuration for a machine made from image, whose sshd is at that port here, into folder."""
        self.port = port
        self._folder = folder
        self.configuration = folder / "ssh_config"
        known = folder / "known_hosts"
        known.write_text(f"{HOST} {image.host_key}\n")
        options = {
            "HostName": "127.0.0.1",
            "Port": port,
            "HostKeyAlias": HOST,
            "IdentityFile": image.key,
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": known,
            "StrictHostKeyChecking": "yes",
            "ConnectTimeout": 60,
            "LogLevel": "ERROR",
        }
        lines = [f"Host {HOST}", *(f"  {name} {value}" for name, value in options.items())]
        self.configuration.write_text("\n".join(lines) + "\n")
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        self._open = folder / "open"
        self._open.mkdir(exist_ok=True)
        for program in ("ssh", "scp"):
            wrapper = programs / program
            wrapper.write_text(f'#!/bin/sh\nexec /usr/bin/{program} -F {self.configuration} "$@"\n')
            wrapper.chmod(0o755)

    def environment(self) -> dict[str, str]:
        """The environment for a program that starts `ssh` itself and shall reach the machine as user@HOST."""
        return {**os.environ, "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}"}

    def command(self, user: str, *options: str, shared: bool = True) -> list[str]:
        """The ssh command line that leads there; shared: over a connection that is kept open."""
        path = f"ControlPath={self._open / user if shared else 'none'}"
        line = ["ssh", "-F", str(self.configuration), "-o", "BatchMode=yes", "-o", path, *options, f"{user}@{HOST}"]
        if shared and not (self._open / user).exists():
            # With no pipe of ours, which it would hold open.
            keep = [*line[:-1], "-o", "ControlMaster=yes", "-f", "-N", line[-1]]
            subprocess.run(keep, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return line

    def run(self, command: str, user: str, given: bytes = b"", timeout_s: float = 600) -> Result:
        """What came of a shell's line; its standard input is `given`."""
        try:
            done = subprocess.run(
                [*self.command(user), "--", command], input=given, capture_output=True, timeout=timeout_s
            )
        except subprocess.TimeoutExpired as error:
            said = (error.stdout or b"").decode(errors="replace")
            raise DeviceError(
                f"on the machine, `{command}` took longer than {timeout_s:g} s; it had said:\n{said}"
            ) from error
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def push(self, source: Path, folder: str, user: str) -> None:
        """Copy a file, or what is in a folder, into a folder of the machine, which is made."""
        inside = ["-C", str(source), "."] if source.is_dir() else ["-C", str(source.parent), source.name]
        unpack = f"mkdir -p '{folder}' && tar -C '{folder}' --no-same-owner -xf -"
        with subprocess.Popen(["tar", "-cf", "-", *inside], stdout=subprocess.PIPE) as pack:
            line = [*self.command(user), "--", unpack]
            done = subprocess.run(line, stdin=pack.stdout, capture_output=True, text=True)
        if pack.returncode or done.returncode:
            raise DeviceError(f"{source} could not be copied to {folder}: {done.stderr.strip()}")

    def pull(self, path: str, user: str) -> bytes:
        """The contents of a file of the machine."""
        done = subprocess.run(
            [*self.command(user), "--", f"cat '{path}'"], stdin=subprocess.DEVNULL, capture_output=True
        )
        if done.returncode:
            raise DeviceError(f"{path} could not be read: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def close(self) -> None:
        """End the connections that are kept open."""
        for path in self._open.iterdir():
            subprocess.run(["ssh", "-o", f"ControlPath={path}", "-O", "exit", HOST], capture_output=True)
            path.unlink(missing_ok=True)
