"""python -m pedal.sim.unseen: control with mock pins and a screen that is drawn and shown to nobody, as a child."""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Be control until a signal comes; the parent's process number comes first, then the configuration."""
    parent, path = arguments
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it was quicker
        return 0
    from gpiozero.pins.mock import MockFactory

    from pedal.config import places
    from pedal.control.cores import leave_core
    from pedal.control.display import booted
    from pedal.control.main import Control
    from pedal.control.service import NoScreen, log
    from pedal.control.settings import load
    from pedal.errors import PedalError

    where = places()._replace(config=Path(path))
    config, settings = load(where.config)
    leave_core(config.engine.cpu, log)  # before there is another thread, as each has its own cores
    control = Control(where, settings, MockFactory, booted(NoScreen), log)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: control.loop.stop())
    try:
        control.run()
    except PedalError as error:
        log(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
