"""Machines made of small files, in the formats of the real ones, and of what commands said there."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

from pedal.config import Places
from pedal.link import Link
from pedal.measure.doctor.machine import Machine

TAG = "aarch64-1d4f0c2a-9c0de5ee"
RELEASE = "/opt/pedal/releases/1.0.0+9c0de5ee"
WHERE = Places(Path("/etc/pedal/pedal.toml"), Path("/var/lib/pedal"), Path(f"{RELEASE}/kernels"), Path("/run/pedal"))
SHOW = (
    "systemctl show --no-pager --property=Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result "
    "pedal-engine.service pedal-control.service pedal-tune.service pedal-kernels.service pedal-trial.service "
    "pedal-confirm.service pedal-latency.service"
)
ENGINE = 812


class Tree:
    """A root folder, and a shell that knows some commands by heart."""

    def __init__(self, root: Path, files: Mapping[str, str | bytes], said: Mapping[str, str]) -> None:
        self.root = root
        self.said = dict(said)
        """What commands print, by their whole line; any other is not there."""
        self.asked: list[str] = []
        for path, text in files.items():
            self.put(path, text)

    def put(self, path: str, text: str | bytes) -> Self:
        """Write the file; a text gets the kernel's newline."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())
        return self

    def link(self, path: str, target: str) -> Self:
        """Make a symbolic link; the target need not be there."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, place)
        return self

    def remove(self, *patterns: str) -> Self:
        """Remove files and folders; at least one has to fit each pattern."""
        for pattern in patterns:
            place = self.root / pattern.lstrip("/")
            found = [place] if place.is_symlink() else list(self.root.glob(pattern.lstrip("/")))
            assert found, f"there is no {pattern}"
            for place in found:
                shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
        return self

    def replace(self, path: str, old: str, new: str) -> Self:
        """Change a part of a file, which has to be there."""
        text = (self.root / path.lstrip("/")).read_text()
        assert old in text
        return self.put(path, text.replace(old, new).removesuffix("\n"))

    def says(self, line: str, text: str | None) -> Self:
        """Teach the shell a command; None: it is not there."""
        if text is None:
            assert line in self.said
            del self.said[line]
        else:
            self.said[line] = text
        return self

    def toml(self, text: str) -> Self:
        """The player's pedal.toml."""
        return self.put("/etc/pedal/pedal.toml", text)

    def process(self, number: int, name: str, *arguments: str) -> Self:
        """A process that runs."""
        self.put(f"/proc/{number}/comm", name)
        return self.put(f"/proc/{number}/cmdline", "\0".join([*arguments, ""]).encode())

    def words(self, **words: float) -> Self:
        """The link, with these words in it."""
        with closing(Link(self.root / "run/pedal/link")) as link:
            for name, value in words.items():
                link.set(name, value)
        return self

    def run(self, words: Sequence[str]) -> str | None:
        self.asked.append(" ".join(words))
        return self.said.get(" ".join(words))

    @property
    def machine(self) -> Machine:
        """What the doctor looks at."""
        return Machine(self.root, self.run, WHERE, TAG, "python")


def unit(name: str, active: str = "active", sub: str = "running", **changes: str) -> str:
    """One unit as `systemctl show` has it."""
    shown = {
        "Id": f"{name}.service", "LoadState": "loaded", "ActiveState": active, "SubState": sub,
        "UnitFileState": "enabled", "NRestarts": "0", "Result": "success",
    }  # fmt: skip
    return "".join(f"{key}={value}\n" for key, value in (shown | changes).items())


def units(**changed: str) -> str:
    """What systemd says of all of the pedal's; those changed are given whole."""
    shown = {
        "engine": unit("pedal-engine"),
        "control": unit("pedal-control"),
        "tune": unit("pedal-tune", "inactive", "dead"),
        "kernels": unit("pedal-kernels", "inactive", "dead", UnitFileState="static"),
        "trial": unit("pedal-trial", "inactive", "dead"),
        "confirm": unit("pedal-confirm", "inactive", "dead", UnitFileState="static"),
        "latency": unit("pedal-latency", "inactive", "dead", UnitFileState="static"),
    }
    return "\n".join((shown | changed).values())


NOT_FOUND = "\n".join(
    f"Id={name}\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\nNRestarts=0\nResult=success\n"
    for name in SHOW.split()[4:]
)
"""What systemd says where the service is not installed."""
