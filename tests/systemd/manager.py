"""A service manager of a test's own: the real systemd, as one user's, that sees only the units it is given."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARY = Path("/usr/lib/systemd/systemd")
PATIENCE_S = 60.0
BOOTED = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec {binary} --user --log-target=console"
"""It runs only where it thinks that the machine was started by systemd, which it looks for in /run."""
SYSTEMCTL = """\
#!/bin/sh
XDG_RUNTIME_DIR={runtime} exec /usr/bin/systemctl --user "$@"
"""
SUDO = """\
#!/bin/sh
[ "$1" = -n ] || exit 97
shift
exec "$@"
"""


class Manager:
    """It, running, and the programs that speak to it."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        """`systemctl`, which speaks to this manager, and a `sudo` that permits everything."""
        self.systemctl = self.bin / "systemctl"

    def __call__(self, *words: str) -> str:
        """What systemctl says."""
        return subprocess.run([self.systemctl, *words], capture_output=True, text=True).stdout.strip()


@contextmanager
def managed(units: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[Manager]:
    """A manager with these units, whose processes have this environment; skips where there can be none."""
    if not BINARY.exists() or not shutil.which("unshare"):
        pytest.skip(f"needs systemd and unshare; {BINARY} or unshare is not on this machine")
    if os.getuid():
        pytest.skip("needs root, for a /run of systemd's own")
    with tempfile.TemporaryDirectory(prefix="pedal-") as name:  # short, as a socket lies in it
        folder = Path(name)
        manager = Manager(folder)
        for path, text in (
            *((folder / "systemd" / "user" / unit, text) for unit, text in units.items()),
            (manager.systemctl, SYSTEMCTL.format(runtime=folder)),
            (manager.bin / "sudo", SUDO),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        settings = {**environment, "XDG_RUNTIME_DIR": name, "XDG_CONFIG_HOME": name, "NOTIFY_SOCKET": f"{name}/ready"}
        command = ["unshare", "--mount", "sh", "-c", BOOTED.format(binary=BINARY)]
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready,
            open(folder / "log", "wb") as log,
        ):
            ready.bind(settings["NOTIFY_SOCKET"])
            ready.settimeout(PATIENCE_S)
            with subprocess.Popen(command, env=settings, stdout=log, stderr=log) as process:
                try:
                    while b"READY=1" not in ready.recv(4_096):
                        pass
                    yield manager
                finally:
                    process.terminate()
