"""python -m pedal.sim.child: the engine, which ends when the simulator that started it does, however that ends."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Become the engine, as the child of the process with the number that comes first."""
    parent, *rest = arguments
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it was quicker
        return 0
    from pedal.engine.__main__ import start

    return start(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
