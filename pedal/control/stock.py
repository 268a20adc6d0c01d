"""Keeping the rack up to date: a look at the models folder now and then, and a process of its own for what is new."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from pedal.config import Places
from pedal.control import rack
from pedal.control.loop import Loop
from pedal.control.rack import Rack

ADMISSION = (sys.executable, "-m", "pedal.measure.admission")
"""Reads, checks, packs and measures model files, and writes the rack."""
LOOK_S = 1.0
AGAIN_S, LONGEST_S = 10.0, 300.0
"""After a process that could not do its work: the kernels may have to be built first, the disk may be full."""
LINE_BYTES = 4_096


class Stock:
    """Looks once a second; calls `changed` with every new rack, in the loop's thread."""

    def __init__(
        self,
        loop: Loop,
        where: Places,
        tag: str,
        first: Callable[[], str],
        changed: Callable[[Rack], None],
        log: Callable[[str], None],
    ) -> None:
        """A rack that was measured for another library than the one with this tag waits to be measured again.

        `first` gives the name of the model that nobody should have to wait for.
        """
        self._loop = loop
        self._where = where
        self._tag = tag
        self._first = first
        self._changed = changed
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._stamp: object = None
        self._read_stamp: object = None
        self._not_before = self._again_from = 0.0
        self._again_s = AGAIN_S

    def look(self) -> None:
        """Read the rack where it has changed; have it made anew where the models folder or the set list has."""
        path = self._where.rack
        stamp = _stamp(path)
        if stamp != self._read_stamp:
            self._read_stamp = stamp
            found = rack.read(path)
            if found.fault:
                self._log(found.fault)
            if found.rack.tag == self._tag:
                self._changed(found.rack)
        idle = self._child is None and self._loop.clock() >= self._not_before
        if idle and (seen := rack.stamp(self._where.state)) != self._stamp:
            self._stamp = seen
            self._admit()

    def _later(self) -> None:
        """Try again, less and less often."""
        self._stamp, self._not_before = None, self._loop.clock() + self._again_s
        self._again_s = min(2 * self._again_s, LONGEST_S)

    def again(self) -> None:
        """Have everything looked through once more, soon: something that it had left is gone."""
        if self._loop.clock() >= self._again_from:
            self._stamp, self._again_from = None, self._loop.clock() + AGAIN_S

    def close(self) -> None:
        """End the process that is at work, if there is one; what it had not measured yet waits for the next start."""
        if self._child is not None:
            with self._child:  # which waits for it and closes its pipe
                self._child.kill()  # it replaces files, whole or not at all

    def _admit(self) -> None:
        command = [*ADMISSION, *([f"--first={name}"] if (name := self._first()) else [])]
        command += ["--config", str(self._where.config)]  # which need not exist
        nothing, pipe, environment = subprocess.DEVNULL, subprocess.PIPE, os.environ | self._where.environment
        try:
            self._child = subprocess.Popen(
                command, stdin=nothing, stdout=nothing, stderr=pipe, bufsize=0, env=environment
            )
        except OSError as error:  # no memory or no process to be had at the moment
            self._log(f"models cannot be looked through: {error.strerror}")
            self._later()
            return
        said = self._child.stderr
        assert said is not None  # it is a pipe
        self._loop.watch(said, lambda: self._listen(said))

    def _listen(self, said: IO[bytes]) -> None:
        """Log what the process says; when it has ended, see what it has left."""
        data = os.read(said.fileno(), LINE_BYTES)
        for line in data.decode("utf-8", "replace").splitlines():
            self._log(line)
        if not data and self._child is not None:
            self._loop.unwatch(said)
            said.close()
            status = self._child.wait()
            self._child = None
            if status:
                self._later()
            else:
                self._again_s = AGAIN_S
            self.look()


def _stamp(path: os.PathLike[str]) -> object:
    """Something else for every file that was put there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
