"""Whether an engine plays, or waits for a card, and goes on doing so: `python -m pedal.measure.health`.

A release on trial is confirmed by this or gone back from.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple

from pedal.config import places
from pedal.control.watch import STUCK_S, Watch
from pedal.errors import LinkError, PedalError
from pedal.link import Link

LOOK_S = 0.2
"""Between two looks."""
FAULTS = {
    "off": "the engine does not run",
    "stuck": "the engine's heartbeat stands still",
    "starting": "the engine is still starting",
}


class Patience(NamedTuple):
    """How long it has to be well, in seconds."""

    steady_s: float = 10.0
    """In a row, by one process."""
    within_s: float = 60.0
    """Since the first look, in which that has to be seen."""
    confirm_s: float = 30.0
    """Since the first look; no sooner is it called well."""


class Pulse:
    """Remembers what moved when. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self.process = 0
        """The engine that was seen last."""
        self._watch = Watch()
        self._frames = -1
        self._moved_at = 0.0

    def fault(self, link: Link, now: float) -> str:
        """What is wrong with the engine that writes this link; empty where nothing is."""
        engine = self._watch.look(link, now, None).engine
        process, frames = int(link.get("process")), int(link.get("ring_frames"))
        if process != self.process or frames != self._frames or engine != "running":
            self.process, self._frames, self._moved_at = process, frames, now
        if now >= self._moved_at + STUCK_S:
            return "the engine runs and no frames come"
        return FAULTS.get(engine, "")


def fault(
    open_link: Callable[[], Link], patience: Patience, clock: Callable[[], float], sleep: Callable[[float], None]
) -> str:
    """Why the engine is not well; empty as soon as it has been for long enough.

    The link is opened for each look, as an engine of another version puts another one in its place.
    """
    pulse, begun = Pulse(), clock()
    process, steady_from, found = 0, begun, ""
    while True:
        now = clock()
        try:
            with closing(open_link()) as link:
                found = pulse.fault(link, now)
        except LinkError as error:
            found = str(error)
        if found or pulse.process != process:
            process, steady_from = pulse.process, now
        if not found and now >= max(steady_from + patience.steady_s, begun + patience.confirm_s):
            return ""
        if now >= begun + max(patience.within_s, patience.confirm_s):
            why = found or f"its present process has been for {now - steady_from:.0f} s"
            return f"the engine was not well for {patience.steady_s:g} s in a row within {now - begun:.0f} s: {why}"
        sleep(LOOK_S)


def main(arguments: list[str]) -> int:
    """Look; gives 0 where it is well, and 1, after a line on stderr, where it is not."""
    usual = Patience()
    parser = argparse.ArgumentParser(prog="python -m pedal.measure.health", description=__doc__)
    for name, default, meaning in (
        ("steady", usual.steady_s, "how long it has to be well in a row"),
        ("within", usual.within_s, "how long that is waited for"),
        ("confirm", usual.confirm_s, "how long it is looked at in any case"),
    ):
        parser.add_argument(f"--{name}", type=float, default=default, metavar="SECONDS", help=meaning)
    given = parser.parse_args(arguments)
    patience = Patience(given.steady, given.within, given.confirm)
    try:
        path = places().link
        found = fault(lambda: Link(path, look=True), patience, time.monotonic, time.sleep)
    except PedalError as error:
        found = str(error)
    if found:
        sys.stderr.write(f"pedal: {found}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
