"""Keeping the rack up to date: a look at the models folder now and then, and a process of its own for what is new."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from pedal.config import Places
from pedal.control import rack
from pedal.control.loop import Loop
from pedal.control.rack import Found, Rack, Seen, Stamp

ADMISSION = (sys.executable, "-P", "-m", "pedal.measure.admission")
"""Reads, checks, packs and measures model files, and writes the rack."""
AGAIN_S, LONGEST_S = 10.0, 300.0
"""After a process that could not do its work: the kernels may have to be built first, the disk may be full."""
GROWING, GROWING_S = 75, 2.0
"""The status that says that a file is still on its way, and how long it is left to come."""
LINE_BYTES = 4_096


class Stock:
    """Looks whenever it is told to; calls `changed` with every new rack, in the loop's thread."""

    def __init__(
        self,
        loop: Loop,
        where: Places,
        tag: str,
        first: Callable[[], str],
        changed: Callable[[Rack], None],
        told: Callable[[str], None],
        log: Callable[[str], None],
    ) -> None:
        """A rack that was measured for another library than the one with this tag waits to be measured again.

        `first` gives the name of the model that nobody should have to wait for; `told` is called with why the models
        cannot be looked through, and with "" when they could be.
        """
        self._loop = loop
        self._where = where
        self._tag = tag
        self._first = first
        self._changed = changed
        self._told = told
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._stamp: Stamp | None = None
        self._read: Seen | None = None
        self._not_before = self._again_from = 0.0
        self._again_s = AGAIN_S

    def look(self) -> None:
        """Read the rack where it has changed; have it made anew where the models folder or the set list has."""
        path = self._where.rack
        if (seen := rack.seen(path)) != self._read:
            self._read = seen
            self._take(rack.read(path))
        idle = self._child is None and self._loop.clock() >= self._not_before
        if idle and (stamp := rack.stamp(self._where.state)) != self._stamp:
            self._stamp = stamp
            self._admit()

    def _take(self, found: Found) -> None:
        """Hand the rack on, and know which set list it follows: admission itself may have put new models into it."""
        if found.fault:
            self._log(found.fault)
        if found.rack.tag == self._tag:
            if self._stamp is not None:
                self._stamp = self._stamp._replace(listed=found.rack.listed)
            self._changed(found.rack)

    def _later(self, why: str) -> None:
        """Try again, less and less often."""
        self._told(why)
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
            self._later(f"no process for it: {error.strerror}")
            return
        self._last_line, self._unfinished = "it said nothing", b""
        said = self._child.stderr
        assert said is not None  # it is a pipe
        self._loop.watch(said, lambda: self._listen(said))

    def _listen(self, said: IO[bytes]) -> None:
        """Log what the process says; when it has ended, see what it has left."""
        data = os.read(said.fileno(), LINE_BYTES)
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._last_line = line.decode("utf-8", "replace")
            self._log(self._last_line)
        if not data and self._child is not None:
            self._loop.unwatch(said)
            said.close()
            status = self._child.wait()
            self._child = None
            if status not in (0, GROWING):
                self._later(self._last_line if status > 0 else f"ended by signal {-status}")
            else:
                self._again_s = AGAIN_S
                self._told("")
            if status == GROWING:
                self._stamp, self._not_before = None, self._loop.clock() + GROWING_S
            self.look()
