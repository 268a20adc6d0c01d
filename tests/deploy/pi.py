"""A Pi that ssh leads to: its commands run here, with a card for /, a home of its own, and no root."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.deploy.card import REPOSITORY, Card, Ran

HOST = "pi@pedal.local"
SSH = """#!/bin/bash
# ssh: the line that follows HOST is run by the Pi's shell, which knows nothing of this one's environment but PATH,
# where the Pi has none of its own.
PATH=${PI_PATH:-$PATH}
while [ "${1:0:1}" = - ]; do
    case $1 in -o) shift 2 ;; -O) exit 0 ;; --) shift && break ;; *) shift ;; esac
done
printf '%s\\n' "$1" >>"$PI_HOSTS"
shift
cd "$PI_HOME" || exit 254
[ -z "$PI_BREAKS" ] || [[ $* != *$PI_BREAKS* ]] || { head -c 2000 | bash -c "$*" 2>&1 | true; exit 255; }
HOME=$PI_HOME exec bash -c "$*"
"""
PROGRAMS = {
    "ssh": SSH,
    "uname": 'echo "${PI_MACHINE:-aarch64}"',
    "getconf": 'echo "${PI_BITS:-64}"',
    "df": 'echo 1K-blocks; echo "/dev/root 9 9 $((${PI_FREE_MB:-4000} * 1024)) 9% /"',
    "dpkg-query": "echo installed",
    "apt-get": "exit 99",
    "visudo": 'grep -q NOPASSWD "$4"',
    "modprobe": "exit 0",
    "chown": "exit 0",
    "useradd": 'touch "$PEDAL_ROOT/etc/has-pedal"',
    "usermod": "exit 0",
    "userdel": 'rm "$PEDAL_ROOT/etc/has-pedal"',
    "getent": """case "$*" in
        "passwd pedal")
            [ -e "$PEDAL_ROOT/etc/has-pedal" ] && echo "pedal:x:999:999::${PI_PEDAL_HOME:-/var/lib/pedal}:" ;;
        *) exec /usr/bin/getent "$@" ;;
    esac""",
    "sudo": '[ -z "$PI_NO_SUDO" ] || exit 1; [ "$1" != -n ] || shift; [ "$1" != -v ] || exit 0; exec "$@"',
    "id": """case "$*" in
        -u) echo 1000 ;; -un) echo pi ;; "-nG pi") echo pi sudo pedal ;; "-nG pedal") echo pedal audio i2c spi gpio ;;
        "-u pedal") [ -e "$PEDAL_ROOT/etc/has-pedal" ] ;;
        *) exit 9 ;;
    esac""",
    "stat": """case "$2" in
        %U) [ -e "$PEDAL_ROOT/etc/has-pedal" ] && [ -e "$3" ] && echo pedal ;;
        *) exec /usr/bin/stat "$@" ;;
    esac""",
    "systemd-run": 'printf "%s\\n" "$*" >>"$PEDAL_ROOT/asked"',
    "systemctl": """printf '%s\\n' "$*" >>"$PEDAL_ROOT/asked"
    [ "$*" != "--no-block restart pedal-confirm.service" ] || exec "$PEDAL_ROOT/opt/pedal/bin/trial" confirm""",
}
"""What the Pi has beside the system's own commands and the card's stand-ins."""


class Pi:
    """The Pi, and the laptop's way to it."""

    def __init__(self, folder: Path) -> None:
        """Make both in folder."""
        self.card = Card(folder)
        self.home = folder / "home"
        self.home.mkdir()
        self._hosts = folder / "hosts"
        self._hosts.write_text("")
        (self.card.root / "etc" / "os-release").write_text(
            'PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\n'
        )
        boot = self.card.root / "boot" / "firmware"
        boot.mkdir(parents=True)
        (boot / "config.txt").write_text("[all]\n")
        (boot / "cmdline.txt").write_text("console=tty1 rootwait\n")
        for name, text in PROGRAMS.items():
            self.card.program(name, text if text.startswith("#!") else f"#!/bin/bash\n{text}\n")

    @property
    def scratch(self) -> Path:
        """The SSH user's folder for installations."""
        return self.home / ".cache" / "pedal-install"

    def deploy(self, *arguments: str, typed: str | None = None, **environment: str) -> Ran:
        """Run deploy.sh on the laptop, at a terminal where something is typed, and at none otherwise."""
        ours = {"PI_HOME": str(self.home), "PI_HOSTS": str(self._hosts), "PI_BREAKS": ""}
        command = [str(REPOSITORY / "deploy.sh"), *arguments]
        environment = {**self.card.environment(), **ours, **environment}
        if typed is not None:
            status, output = at_terminal(command, environment, typed)
        else:
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            status, output = done.returncode, done.stdout + done.stderr
        return Ran(status, output, self._hosts.read_text().splitlines())

    def files(self) -> set[str]:
        """Every file and link on the card, and what it says."""
        return {
            f"{path.relative_to(self.card.root)}: {os.readlink(path) if path.is_symlink() else path.read_bytes()!r}"
            for path in self.card.root.rglob("*")
            if path.is_symlink() or path.is_file()
        }


def at_terminal(command: Sequence[str], environment: Mapping[str, str], typed: str) -> tuple[int, str]:
    """Run it at a terminal of its own; gives its status, and what there was to see."""
    ours, its = os.openpty()
    with (
        open(ours, "r+b", buffering=0) as person,
        subprocess.Popen(command, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True) as ran,
    ):
        os.close(its)
        person.write(typed.encode())
        seen = b""
        with suppress(OSError):  # which is its end, on Linux
            while piece := person.read(65_536):
                seen += piece
    return ran.returncode, seen.decode().replace("\r\n", "\n")
