"""Sound through an installed pedal: the tests have the other end of its loopback card."""

import numpy as np
from numpy.typing import NDArray

from tests.device.machine import Machine

RATE_HZ = 8_000
CHANNELS = 2
SHAPE = f"-q -t raw -r {RATE_HZ} -c {CHANNELS} --period-size=256 --buffer-size=4096"

Samples = NDArray[np.int32]


def noise(seconds: float, seed: int = 1) -> Samples:
    """A guitar that no sample of occurs twice, [frames], some 20 dB below full scale."""
    generator = np.random.default_rng(seed)
    frames = round(seconds * RATE_HZ)
    slots = generator.permutation(frames).astype(np.int64)  # one of its own for each
    return ((slots - frames // 2) * (2**28 // frames) + 1).astype(np.int32)


def send(machine: Machine, guitar: Samples) -> None:
    """Put the guitar where play() looks for it."""
    stereo = np.repeat(guitar.astype("<i4")[:, None], CHANNELS, axis=1)
    machine.root("cat >/dev/shm/in.raw", given=stereo.tobytes())


def played(machine: Machine, seconds: int, meanwhile: str = "", script: str = "") -> tuple[Samples, str]:
    """What came out while the guitar went in, [frames], and what the shell's lines printed.

    `meanwhile` runs when the sound flows; `script` right before.
    """
    lines = [
        "cd /dev/shm && rm -f out.raw",
        script,
        f"arecord {SHAPE} -f S32_LE -D hw:Loopback,1,1 -d {seconds} out.raw & recorder=$!",
        f"aplay {SHAPE} -f S32_LE -D hw:Loopback,0,0 in.raw & player=$!",
        meanwhile,
        "wait $recorder; kill $player 2>/dev/null; wait",
    ]
    said = machine.root("\n".join(lines), timeout_s=900)
    heard = np.frombuffer(machine.pull("/dev/shm/out.raw"), "<i4").reshape(-1, CHANNELS)
    return heard[:, 0], said


def begin(machine: Machine) -> None:
    """Let the guitar go in again and again, and record what comes out, until end()."""
    machine.root(f"""cd /dev/shm && rm -f out.raw
        setsid arecord {SHAPE} -f S32_LE -D hw:Loopback,1,1 out.raw >/dev/null 2>&1 </dev/null &
        setsid sh -c 'while aplay {SHAPE} -f S32_LE -D hw:Loopback,0,0 /dev/shm/in.raw; do :; done' \
            >/dev/null 2>&1 </dev/null &
        sleep 2""")


def end(machine: Machine) -> Samples:
    """What has come out since begin(), [frames]."""
    machine.root("pkill -f '[w]hile aplay'; pkill aplay; pkill arecord; sleep 1")
    heard = np.frombuffer(machine.pull("/dev/shm/out.raw"), np.uint8)
    whole = len(heard) // (4 * CHANNELS) * (4 * CHANNELS)
    return heard[:whole].view("<i4").reshape(-1, CHANNELS)[:, 0]


def untouched(heard: Samples, guitar: Samples) -> float:
    """How much of what was heard is the guitar's own samples, 0 to 1."""
    return float(np.isin(heard, guitar).mean()) if len(heard) else 0.0


def share(heard: Samples, guitar: Samples, begins: float, ends: float) -> float:
    """The same of a part, from begins to ends of its whole length (0 to 1)."""
    return untouched(heard[int(begins * len(heard)) : int(ends * len(heard))], guitar)
