"""Another machine, as commands see it: an `ssh` in PATH that runs what it is given in a shell, as sshd does.

Home and environment are of its own, so quoting is really tried.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from pedal.cli import host

SSH = """\
#!/bin/sh
# ssh OPTIONS -- HOST COMMAND, with the options that are used
master=false
while [ "$1" != -- ]; do
    case "$1" in
        -o) case "$2" in ControlMaster=*) master=true ;; esac; shift 2 ;;
        -O) [ "$2" = exit ] || exit 99; touch "{seen}/closed"; exit 0 ;;
        -T | -t) shift ;;
        *) exit 99 ;;
    esac
done
printf '%s\\n' "$2" > "{seen}/host"
[ $# = 3 ] || exit 98
export HOME="{home}" PATH="{far}:{path}" PEDAL_STATE="{home}/state" PEDAL_RUN="{home}/run"
export PEDAL_KERNELS="{kernels}"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR
cd "$HOME" && {body}
"""
SUDO = """\
#!/bin/sh
[ "$1 $2 $3 $4" = "-n -u pedal --" ] || exit 97
shift 4
touch "{seen}/sudo"
exec "$@"
"""
PEDAL = """\
#!/bin/sh
PYTHONPATH={sources} exec {python} -m pedal "$@"
"""
WHOLE = 'exec sh -c "$3"'
"""Runs the command, and gives it all of the input."""


class Far:
    """The machine: what its ssh does, and what it was asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, kernels: Path) -> None:
        """It has sudo and a pedal."""
        self.home, self.seen, self._near, self._far = (folder / name for name in ("home", "seen", "near", "far"))
        for made in (self.home, self.seen, self._near, self._far):
            made.mkdir()
        self._kernels, self._path = kernels, os.environ["PATH"]
        monkeypatch.setenv("PATH", f"{self._near}:{self._path}")
        monkeypatch.setattr(host, "COMMAND", str(self._far / "pedal"))
        self.answers(WHOLE)
        self.has("sudo", SUDO)
        self.has("pedal", PEDAL)

    def answers(self, body: str) -> None:
        """Let ssh end like this, once it knows the command: $3."""
        self._write(self._near / "ssh", SSH.replace("{body}", body))

    def has(self, name: str, text: str) -> None:
        """Let it have this command."""
        self._write(self._far / name, text)

    def lacks(self, name: str) -> None:
        """Let it not have it."""
        (self._far / name).unlink()

    @property
    def host(self) -> str:
        """Which one was asked for."""
        return (self.seen / "host").read_text().removesuffix("\n")

    @property
    def used_sudo(self) -> bool:
        return (self.seen / "sudo").exists()

    @property
    def models(self) -> dict[str, bytes]:
        """Its models folder."""
        return {path.name: path.read_bytes() for path in (self.home / "state" / "models").glob("*")}

    def _write(self, path: Path, text: str) -> None:
        known = {
            "seen": self.seen,
            "home": self.home,
            "far": self._far,
            "path": self._path,
            "kernels": self._kernels,
            "sources": Path(host.__file__).parents[2],
            "python": sys.executable,
        }
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", str(value))
        path.write_text(text)
        path.chmod(0o755)


def without_ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of one's own that has none."""
    (folder / "empty").mkdir()
    assert shutil.which("ssh", path=folder / "empty") is None
    monkeypatch.setenv("PATH", str(folder / "empty"))
