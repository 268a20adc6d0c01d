"""A Pi's card as a folder: releases, links, and stand-ins for what systemd/trial calls."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "systemd"
STEPS = ("mv", "ln", "rm", "sync", "mkdir", "cat", "systemctl")
"""What a script changes anything by: the plug can be pulled before each."""
CORES = 16
"""Of the processor, so that a core's number may have two digits."""
ENGINE = "[Service]\nExecStart=/opt/pedal/current/bin/python\n[Install]\nWantedBy=multi-user.target\n"

STAND_INS = {
    "systemctl": 'exit "${SYSTEMCTL_STATUS:-0}"',
    "runuser": '[ "$1 $2 $3" = "-u pedal --" ] || exit 90; shift 3; exec "$@"',
    "journalctl": "echo the engine says why",
    "sync": '[ "$1" != -f ] || shift; exec [ -e "$1" ]',
}
"""The other commands are the system's own."""
PYTHON = """#!/bin/sh
case $* in
    "-I -B -m pedal --version") [ ! -e "${0%/bin/python}/orphaned" ]; exit ;;
    "-I -B -c "*engine.cpu*) echo "${PI_CORE:-3}"; exit ;;
esac
[ "$*" = "-I -m pedal.measure.health --steady 10 --within 60 --confirm 30" ] || exit 91
folder=${0%/bin/python}
[ -e "$folder/sick" ] || exit 0
echo "not said"; echo "the engine does not run" >&2; exit 1
"""
STEP = """#!/bin/sh
(
    flock 9 # the two ends of a pipe run at once
    printf '%s\\n' "$NAME $*" >&9
    [ -z "$PEDAL_STOP" ] || [ "$(wc -l <"$PEDAL_STEPS")" -ne "$PEDAL_STOP" ] || kill -9 0
) 9>>"$PEDAL_STEPS"
"""


class Ran(NamedTuple):
    """What came of a script."""

    status: int
    output: str
    steps: list[str]
    """Each command that changes anything, with its arguments, below the root."""


class Card:
    """A root folder that systemd's scripts take for /."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, and programs/ beside it, which is what PATH begins with."""
        self.root = folder / "card"
        self.base = self.root / "opt" / "pedal"
        self.system = self.root / "etc" / "systemd" / "system"
        self.programs = folder / "programs"
        self._steps = folder / "steps"
        for path in (self.base / "releases", self.system, self.root / "run", self.programs):
            path.mkdir(parents=True, exist_ok=True)
        for core in range(CORES):
            (self.root / f"sys/devices/system/cpu/cpu{core}").mkdir(parents=True, exist_ok=True)
        for name in {*STEPS, *STAND_INS}:
            step = STEP.replace("$NAME", name) if name in STEPS else "#!/bin/sh\n"
            self.program(name, step + STAND_INS.get(name, f'exec /usr/bin/{name} "$@"') + "\n")

    def copy(self, folder: Path) -> "Card":
        """The same card in another folder."""
        shutil.copytree(self.root, folder / "card", symlinks=True)
        return Card(folder)

    def program(self, name: str, text: str) -> None:
        """Put a stand-in before the system's command of that name."""
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def release(self, version: str, *, sick: bool = False, units: tuple[str, ...] = ("engine", "control")) -> None:
        """A whole release; a sick one does not pass its look whether it plays."""
        folder = self.base / "releases" / version
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").write_text(PYTHON)
        (folder / "bin" / "python").chmod(0o755)
        (folder / "systemd" / "units").mkdir(parents=True)
        for unit in units:
            (folder / "systemd" / "units" / f"pedal-{unit}.service").write_text(ENGINE)
        if sick:
            (folder / "sick").touch()

    def run(self, script: str, *arguments: str, stop: int = 0, **environment: str) -> Ran:
        """Run one of systemd's scripts; stop: the plug is pulled before that step, counted from 1."""
        self._steps.write_text("")
        done = subprocess.run(
            [str(SCRIPTS / script), *arguments],
            env={**self.environment(), "PEDAL_STOP": str(stop or ""), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
        )
        assert done.returncode == -signal.SIGKILL or not stop or len(self.steps()) < stop
        return Ran(done.returncode, done.stdout + done.stderr, self.steps())

    def environment(self) -> dict[str, str]:
        """What a script runs in, so that it takes the root for / and the stand-ins for commands."""
        path = f"{self.programs}:/usr/sbin:/usr/bin:/sbin:/bin"
        ours = {"PEDAL_ROOT": str(self.root), "PEDAL_STEPS": str(self._steps), "PEDAL_STOP": ""}
        return {**os.environ, **ours, "PATH": path}

    def steps(self) -> list[str]:
        """What the last script has done or was about to, without the root's own path."""
        return self._steps.read_text().replace(str(self.root), "").splitlines()

    def trial(self, *arguments: str, stop: int = 0) -> Ran:
        """Run systemd/trial."""
        return self.run("trial", *arguments, stop=stop)

    def link(self, name: str) -> str:
        """The release that `current` or `previous` names; empty where there is no such link."""
        path = self.base / name
        return os.readlink(path).removeprefix("releases/") if path.is_symlink() else ""

    def noted(self) -> dict[str, str]:
        """What the trial's file says; empty where there is none."""
        path = self.base / "trial"
        return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE)) if path.exists() else {}

    def state(self) -> tuple[str, str, dict[str, str]]:
        """`current`, `previous` and the trial."""
        return self.link("current"), self.link("previous"), self.noted()

    def releases(self) -> set[str]:
        """All that lies in releases/."""
        return {path.name for path in (self.base / "releases").iterdir()}

    def boots(self) -> bool:
        """Whether `current` names a whole release, and systemd starts its engine."""
        wants = self.system / "multi-user.target.wants" / "pedal-engine.service"
        linked = (self.system / "pedal-engine.service", wants)
        return (self.base / "current" / "bin" / "python").exists() and all(path.is_symlink() for path in linked)
