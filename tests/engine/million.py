"""A million periods of the engine's parts on the simulated interface; prints what they held before and after.

`python -m tests.engine.million LIBRARY LINK`, with ALSA_CONFIG_PATH naming the interface `sim`.
"""

import gc
import itertools
import json
import socket
import sys
from pathlib import Path

from pedal.engine.alsa import AlsaCard
from pedal.engine.notify import Notify
from pedal.kernel.library import Library
from pedal.link import Link
from tests.engine.rig import SIM, Rig

WARM_UP, PERIODS = 20_000, 1_000_000


def main(library: str, link: str) -> None:
    """Run, then print the two measurements as JSON."""
    kernels = Library(Path(library))
    measured: list[dict[str, int]] = []
    calls = 0

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        nonlocal calls
        kernels.process(chain, captured, out, frames)
        calls += 1
        if calls in (WARM_UP, WARM_UP + PERIODS):
            gc.collect()
            measured.append(
                {
                    "periods": calls,
                    "objects": len(gc.get_objects()),
                    "blocks": sys.getallocatedblocks(),
                    "resident_kib": int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]),
                }
            )
        if calls == WARM_UP + PERIODS:
            rig.loop.stop()

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("")  # and does not listen: its queue is soon full
        clock_ns = itertools.count(0, 5_000_000).__next__
        notify = Notify({"NOTIFY_SOCKET": systemd.getsockname().decode().replace("\0", "@")}, clock_ns)
        rig = Rig(Link(Path(link)), process, alive=notify.alive)
        rig.run(lambda: AlsaCard(SIM))
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
