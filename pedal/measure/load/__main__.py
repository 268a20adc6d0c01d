"""python -m pedal.measure.load PARENT KIND …: one load, which ends when the process that started it does.

At ordinary priority, and the first to go where memory runs out.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from pedal.measure.load.going import Going

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Be the load of that kind, as the child of the process with the number that comes first."""
    parent, kind, *rest = arguments
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it was quicker
        return 0
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    Path("/proc/self/oom_score_adj").write_text("1000")
    try:
        _be(kind, rest)
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return 1
    return 0


def _be(kind: str, rest: list[str]) -> None:
    """Go on until a signal comes.

    Raises:
        OSError: it cannot be made here.
    """
    going = Going()
    match kind, rest:
        case "processor", []:
            from pedal.measure.load.burning import burn

            burn(going)
        case "memory", [size]:
            from pedal.measure.load.burning import copy

            copy(int(size), going)
        case "disk", [folder]:
            from pedal.measure.load.disk import write

            write(Path(folder), going)
        case "network", []:
            from pedal.measure.load.loopback import talk

            talk(going)
        case "program", [program, *words]:
            os.execvp(program, [program, *words])  # noqa: S606 (no shell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
