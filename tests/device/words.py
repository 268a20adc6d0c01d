"""What the pedal's two processes have written for one another, read here from a copy of the machine's link.

`pedal status` says it there, and takes a second of an emulated processor each time; this takes none.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pedal.link import RUNNING, WORDS, Link
from tests.device.cache import DeviceError
from tests.device.machine import Machine, look_again

Words = dict[str, float | int]


def words(machine: Machine) -> Words:
    """Every word by its name."""
    with tempfile.NamedTemporaryFile(prefix="pedal-link-") as file:
        Path(file.name).write_bytes(machine.pull("/run/pedal/link"))
        with closing(Link(Path(file.name), look=True)) as link:
            return {word.name: link.get(word.name) for word in WORDS}


def until(machine: Machine, seconds: float = 60, **wanted: float) -> Words:
    """The words when they were first as wanted.

    Raises:
        DeviceError: they were not within that many seconds.
    """
    return _until(machine, lambda found: wanted.items() <= found.items(), seconds)


def changed(machine: Machine, name: str, before: float, seconds: float = 60) -> float:
    """The word, when it is another than before.

    Raises:
        DeviceError: it was not within that many seconds.
    """
    return _until(machine, lambda found: found[name] != before, seconds)[name]


def plays(machine: Machine, seconds: float = 300) -> Words:
    """The words when an engine plays, since the machine's start or since it was killed."""
    machine.until("test -e /run/pedal/link && systemctl -q is-active pedal-engine", seconds)
    return until(machine, seconds, state=RUNNING)


def _until(machine: Machine, wanted: Callable[[Words], bool], seconds: float) -> Words:
    began = time.monotonic()
    while not wanted(found := words(machine)):
        if time.monotonic() > began + seconds:
            raise DeviceError(f"not so within {seconds:g} s; the words were last {found}")
        look_again(began)
    return found
