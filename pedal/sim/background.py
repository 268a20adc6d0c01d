"""The whole pedal as two child processes: nobody sees it or plays it, and it sounds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pedal.config import Config, Places
from pedal.errors import PedalError
from pedal.link import RUNNING, Link
from pedal.sim.engine import PATIENCE_S, Engine, Integers, last_line, recorded

STARTING_S = 20.0
"""For an engine that has to start on a busy machine."""
LOOK_S = 0.02
ENGINE_LOG, CONTROL_LOG = "engine.log", "control.log"
"""In the run folder."""


class Background:
    """The two, while they run; an engine that has died is started again, as the service would."""

    def __init__(self, engine: Engine, control: "subprocess.Popen[bytes]", log: Callable[[str], None]) -> None:
        self._engine = engine
        self._control = control
        self._log = log

    def look(self) -> None:
        """See whether both are there."""
        if fault := self._engine.died():
            self._log(fault)
            self._engine.start()

    def await_sound(self, where: Places, clock: Callable[[], float], wait: Callable[[float], None]) -> None:
        """Wait for the first period.

        Raises:
            PedalError: one of the two has ended, or it does not come.
        """
        until = clock() + STARTING_S
        with closing(Link(where.link, where.words)) as link:
            while not (
                link.get("state") == RUNNING and link.get("heartbeat") and (where.run / "control.sock").exists()
            ):
                if fault := self._engine.died():
                    raise PedalError(fault)
                if self._control.poll() is not None:
                    raise PedalError(f"the simulated control ended: {last_line(where.run / CONTROL_LOG)}")
                if clock() > until:
                    raise PedalError(f"the simulated pedal has not begun to play within {STARTING_S:g} s")
                wait(LOOK_S)


@contextmanager
def background(where: Places, config: Config, guitar: Integers, log: Callable[[str], None]) -> Iterator[Background]:
    """The pedal on a simulated card that plays the guitar, [frames], again and again; it ends when this is left.

    The places are its own; models and what is remembered are in them already.

    Raises:
        PedalError: it does not begin to play.
    """
    where.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = recorded(where.run, guitar, config.card, Path(os.devnull))
    engine = Engine(where, config, where.run, options, where.run / ENGINE_LOG)
    with closing(engine):
        engine.start()
        control = _control(where)
        try:
            pedal = Background(engine, control, log)
            pedal.await_sound(where, time.monotonic, time.sleep)
            yield pedal
        finally:
            control.terminate()
            try:
                control.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                control.kill()
                control.wait()


def _control(where: Places) -> "subprocess.Popen[bytes]":
    """Control as a child, with a display that never sleeps."""
    path = where.run / "control.toml"
    path.write_text((where.run / "engine.toml").read_text() + "[screen]\nsleep_s = 0\n")
    command = [sys.executable, "-P", "-m", "pedal.sim.unseen", str(os.getpid()), str(path)]
    with open(where.run / CONTROL_LOG, "ab") as log:
        return subprocess.Popen(
            command, env=os.environ | where.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
