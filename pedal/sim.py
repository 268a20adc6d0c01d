"""The whole pedal on a computer without a sound card: the real engine as a child process, on a card made of files."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedal.config import places
from pedal.errors import PedalError
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.link import RUNNING, WORDS, Link, control_lock
from pedal.model.model import Model

RATE_HZ = 44_100
CHANNELS = 2
FULL_SCALE = 2.0**31
"""The simulated card: S32_LE, two channels each way."""

LOOK_SECONDS = 0.05
"""How often the player looks at the meters."""
PATIENCE_SECONDS = 10.0
"""What the engine may take beyond the length of the recording: to start, and on a busy machine."""
LONGEST_DELAY_FRAMES = RATE_HZ // 2
PASSAGE_FRAMES = 512
"""Of bypassed guitar, looked for in the sound bit by bit."""

Samples = NDArray[np.float32]
Integers = NDArray[np.int32]
Watch = Callable[[Link, float], None]
"""Called at every look with the link and the seconds played."""


class Played(NamedTuple):
    """What the engine did with a guitar."""

    sound: Samples
    """[frames] of the first output, from the moment at which the guitar began."""
    stomp_frame: int
    """Where the guitar was when the model was switched in."""
    delay_frames: int | None
    """From capture to playback, found in the sound; None where the bypassed guitar is not in it bit by bit."""
    words: dict[str, float]
    """The link's last words."""
    load_mean: float
    """Share of the period, over all looks."""
    load_peak: float


def simulate(guitar: Samples, model: Model, word: int, library: Library, stomp_seconds: float, watch: Watch) -> Played:
    """Play guitar, [frames] at RATE_HZ, in real time: bypassed at first, through the model from stomp_seconds on.

    Raises:
        PedalError: the engine died, or never came to the end of the recording; the temporary folder is full.
        SystemExit: SIGTERM or SIGHUP came; the engine has ended and nothing of it is left.
    """
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="pedal-sim-") as name:
        folder = Path(name)
        captured = _integers(guitar)
        try:
            (folder / "capture.raw").write_bytes(np.repeat(captured, CHANNELS).data)
        except OSError as error:
            raise PedalError(f"temporary folder {folder} cannot be written to: {error.strerror}") from error
        # A configuration of its own: the player's is about another card.
        (folder / "pedal.toml").write_text(f"[card]\nrate_hz = {RATE_HZ}\n")
        store(model, word, folder / "state", library)
        with closing(Link(folder / "run" / "link")) as link, control_lock(folder / "run"):
            link.set("model", word)
            link.set("bypass", 1)
            looks = _run_engine(folder, link, len(guitar), round(stomp_seconds * RATE_HZ), watch)
            words = {word.name: link.get(word.name) for word in WORDS}
        heard = np.fromfile(folder / "playback.raw", np.int32).reshape(-1, CHANNELS)[:, 0]
    return Played(
        sound=(heard / FULL_SCALE).astype(np.float32),
        stomp_frame=looks.stomp_frame,
        delay_frames=delay(captured[: looks.stomp_frame], heard),
        words=words,
        load_mean=float(np.mean(looks.loads or [0.0])),
        load_peak=max(looks.peaks, default=0.0),
    )


def delay(captured: Integers, heard: Integers) -> int | None:
    """How many frames later what was captured is heard, bit by bit; None where no passage of it is.

    The first passage found is the answer; the fade-in at the start is passed over, and what begins in silence.
    """
    for start in range(RATE_HZ // 20, len(captured) - PASSAGE_FRAMES, PASSAGE_FRAMES):
        passage = captured[start : start + PASSAGE_FRAMES]
        if not np.any(passage[:64]):
            continue
        first = np.flatnonzero(heard[start : start + LONGEST_DELAY_FRAMES] == passage[0])
        for later in first:
            if np.array_equal(heard[start + later : start + later + PASSAGE_FRAMES], passage):
                return int(later)
    return None


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise, so that what was begun is tidied up; a second one does not disturb that."""
    numbers = (signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _frame: object) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Looks:
    """What was seen while the engine played."""

    def __init__(self) -> None:
        self.stomp_frame = 0
        self.loads: list[float] = []
        self.peaks: list[float] = []


def _run_engine(folder: Path, link: Link, frames: int, stomp_frame: int, watch: Watch) -> _Looks:
    """Start the engine, look at it until it has come to the end of the recording; switches the model in meanwhile."""
    command = [sys.executable, "-m", "pedal.engine", "--config", str(folder / "pedal.toml")]
    command += ["--sim-capture", str(folder / "capture.raw"), "--sim-playback", str(folder / "playback.raw")]
    environment = os.environ | {
        "PEDAL_STATE": str(folder / "state"),
        "PEDAL_RUN": str(folder / "run"),
        "PEDAL_KERNELS": str(places().kernels),
    }
    looks = _Looks()
    deadline = time.monotonic() + frames / RATE_HZ + PATIENCE_SECONDS
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as engine,
    ):
        try:
            while _still_running(engine):
                _look(link, looks, stomp_frame, watch)
                if time.monotonic() > deadline:
                    raise PedalError(f"the engine did not come to the end of the recording: {_last_line(folder)}")
        finally:
            engine.terminate()
    if engine.returncode:
        raise PedalError(f"the engine died with status {engine.returncode}: {_last_line(folder)}")
    return looks


def _still_running(engine: "subprocess.Popen[bytes]") -> bool:
    """Whether it is, a look later."""
    try:
        engine.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _look(link: Link, looks: _Looks, stomp_frame: int, watch: Watch) -> None:
    if link.get("state") != RUNNING:
        return
    played = int(link.get("heartbeat") * link.get("period_frames"))
    if not looks.stomp_frame and played >= stomp_frame:
        looks.stomp_frame = played
        link.set("bypass", 0)
    if link.get("load"):
        looks.loads.append(link.get("load"))
        looks.peaks.append(link.get("load_peak"))
    watch(link, played / RATE_HZ)


def _integers(samples: Samples) -> Integers:
    """[frames] as the card's whole numbers."""
    return np.clip(np.rint(samples.astype(np.float64) * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int32)


def _last_line(folder: Path) -> str:
    """What the engine said last."""
    lines = (folder / "log").read_text("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
