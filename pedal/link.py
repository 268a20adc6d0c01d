"""The shared words: what control asks of the engine and what the engine reports, in one mmapped file.

A page of 8-byte little-endian words, each with one writer, two histograms of the engine's among them; then a ring of
the guitar's last samples. Nothing here locks or waits; no two words need to agree. Whoever writes the control words
holds `control.lock` while doing so.
"""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pedal.errors import LinkError
from pedal.histogram import BUCKETS

MAGIC = int.from_bytes(b"pedalink", "little")
VERSION = 3
PAGE = 4096
LOAD_HISTOGRAM, WAKE_HISTOGRAM = 256, 320
"""Where in the page, counted in words, the histograms begin; the words stay before them."""
RING_FRAMES = 16_384
"""0.37 s at 44.1 kHz: ten periods of the lowest note a tuner hears."""
SIZE = PAGE + 4 * RING_FRAMES

MOST_SAVED_BYTES = 65_536

LOOK_S = 0.02
"""Between two looks at a lock that another process holds."""


class Word(NamedTuple):
    """One word of the page."""

    name: str
    kind: Literal["u64", "f64"]
    unit: str
    writer: Literal["link", "control", "engine"]
    default: float
    """For an f64 of control's: also what a value that is not a number is read as."""
    low: float
    high: float
    """Control words outside low..high are read as the nearer end."""
    meaning: str


def _link(name: str, default: int, meaning: str) -> Word:
    return Word(name, "u64", "", "link", default, default, default, meaning)


def _asked(name: str, unit: str, default: float, low: float, high: float, meaning: str) -> Word:
    return Word(name, "f64", unit, "control", default, low, high, meaning)


def _count(name: str, meaning: str) -> Word:
    return Word(name, "u64", "", "engine", 0, 0, 2**64 - 1, meaning)


def _measured(name: str, unit: str, meaning: str) -> Word:
    return Word(name, "f64", unit, "engine", 0.0, 0.0, float("inf"), meaning)


WORDS = (
    _link("magic", MAGIC, "says that this file is a link"),
    _link("version", VERSION, "the layout of this page"),
    Word("model", "u64", "", "control", 0, 0, 2**64 - 1, "first 8 bytes of the model file's SHA-256; 0 is none"),
    Word("bypass", "u64", "", "control", 0, 0, 1, "1: the guitar passes untouched"),
    Word("mute", "u64", "", "control", 0, 0, 1, "1: silence, faded"),
    _asked("input_gain_db", "dB", 0.0, -60.0, 40.0, "gain before the model"),
    _asked("level_db", "dB", 0.0, -60.0, 40.0, "gain after the model"),
    _asked("knob_1", "0..1", 0.5, 0.0, 1.0, "the model's first knob"),
    _asked("knob_2", "0..1", 0.5, 0.0, 1.0, "the model's second knob"),
    _count("state", "0 off, 1 starting, 2 running, 3 waiting for the card"),
    _count("process", "the engine's process number; 0 when it has ended"),
    _count("heartbeat", "periods processed since the engine started; while waiting, looks for the card"),
    _count("rate_hz", "the card's sample rate"),
    _count("period_frames", "frames a period"),
    _count("latency_frames", "frames from capture to playback that the buffers add: the prefill"),
    _count("playing", "the model word that is sounding"),
    _count("model_rate_hz", "the rate that model was made for; 0 without a model"),
    _count("refused", "the last model word that could not be taken; 0 when the last one could"),
    _count("xruns_capture", "capture overruns since the engine started"),
    _count("xruns_playback", "playback underruns since the engine started"),
    _count("interruptions", "times the card was suspended, unplugged or reopened"),
    _count("late", "periods that came more than half a period later than a period after the one before"),
    _count(
        "boot_to_sound_ms",
        "from the machine's start to the first period played since, to within 5 ms; 0 until then; it outlasts engines",
    ),
    _count("clipped", "frames that had to be clipped to full scale"),
    _count("resets", "times the model put out something that was not a number and was reset"),
    _measured("load", "share of the period", "compiled call, mean over about a second"),
    _measured("load_peak", "share of the period", "compiled call, longest, falling by half in about a second"),
    _measured("input_peak", "full scale = 1", "peak of the chosen input channel, falling 20 dB in 1.7 s"),
    _measured("input_rms", "full scale = 1", "root mean square of it, 300 ms"),
    _measured("output_peak", "full scale = 1", "peak of the output, falling 20 dB in 1.7 s"),
    _measured("output_rms", "full scale = 1", "root mean square of it, 300 ms"),
    _count(
        "ring_frames",
        "input frames written to the ring since the engine started; the ring's oldest 64 may be half overwritten",
    ),
)
REMEMBERED = tuple(word for word in WORDS if word.writer == "control" and word.name != "mute")
"""What is kept in words.json; not the mute, as nobody may be there to end it."""
INDEX = {word.name: index for index, word in enumerate(WORDS)}
"""Where each word stands in `Link.integers` and `Link.floats`."""

OFF, STARTING, RUNNING, WAITING = range(4)
"""Values of the word `state`."""


class Link:
    """The mapped file. `integers` and `floats` are two views of the same words; `ring` is float32.

    The histograms count periods since the engine started, in 64 buckets as pedal.histogram has them:
    `load_histogram` by how long the compiled call took, `wake_histogram` by how far the time between two returns of
    the card's read was from a period, either way.
    """

    def __init__(self, path: Path, saved: Path | None = None, *, look: bool = False) -> None:
        """Map the link at path, made first where there is none or one of another layout.

        One that is made begins with the words in the file `saved`, where that is given and there; the others have
        their defaults, as all have where it is damaged. With `look` none is made and no word can be written, as for
        a user who may only read it.

        Raises:
            LinkError: the folder or the file cannot be used.
        """
        self.path = path
        self.fault = ""
        """Why it does not begin with the saved words; empty where it does, or existed."""
        try:
            if look:
                self._map = _looked_at(path)
            else:
                self._map = self._made(path, saved)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise LinkError(f"link {path} cannot be opened: {reason}") from error
        everything = memoryview(self._map)
        self.integers = everything[:PAGE].cast("Q")
        self.floats = everything[:PAGE].cast("d")
        self.load_histogram = self.integers[LOAD_HISTOGRAM : LOAD_HISTOGRAM + BUCKETS]
        self.wake_histogram = self.integers[WAKE_HISTOGRAM : WAKE_HISTOGRAM + BUCKETS]
        self.ring = everything[PAGE:].cast("f")

    def _made(self, path: Path, saved: Path | None) -> mmap.mmap:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path.parent):
            if not _is_link(path):
                self.fault = _create(path, saved)
            with open(path, "r+b") as file:
                return mmap.mmap(file.fileno(), SIZE)

    def get(self, name: str) -> float | int:
        """The word's value; a control word is brought into its range first."""
        word, index = WORDS[INDEX[name]], INDEX[name]
        return in_range(word, (self.integers if word.kind == "u64" else self.floats)[index])

    def set(self, name: str, value: float | int) -> None:
        """Store one word. The caller is its writer; a control word's writer holds `control_lock`."""
        if WORDS[INDEX[name]].kind == "u64":
            self.integers[INDEX[name]] = int(value)
        else:
            self.floats[INDEX[name]] = float(value)

    def engine_runs(self) -> bool:
        """Whether the process that writes the engine's words is still there; it may have ended without a word."""
        process = self.integers[INDEX["process"]]
        return process > 0 and Path(f"/proc/{process}").exists()

    def close(self) -> None:
        """Unmap; the file stays for the other side."""
        for view in (self.load_histogram, self.wake_histogram, self.integers, self.floats, self.ring):
            view.release()
        self._map.close()


def in_range(word: Word, value: float | int) -> float | int:
    """The value a reader acts on: within the word's range, the default where it is not a number."""
    return word.default if value != value else min(max(value, word.low), word.high)


def saved_words(path: Path) -> dict[str, float]:
    """The words that a link begins with, by name and within their range; none where nothing has been saved yet.

    Raises:
        LinkError: the file is damaged, or is none.
    """
    import json  # here, because it is needed once a boot

    try:
        if not path.is_file():
            if path.exists():
                raise ValueError("it is no file")
            return {}
        if path.stat().st_size > MOST_SAVED_BYTES:
            raise ValueError(f"it has more than {MOST_SAVED_BYTES} bytes")
        match json.loads(path.read_bytes()):
            case {"version": 1, "words": dict(words)}:
                return {word.name: _saved(word, words[word.name]) for word in REMEMBERED if word.name in words}
        raise ValueError("it holds no words of version 1")
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)  # the error itself would keep this frame
        raise LinkError(f"saved words {path} cannot be read: {reason}; the engine starts with the defaults") from error


def words_text(words: Mapping[str, float]) -> bytes:
    """Those of the words that a link may begin with, for a file that `saved_words` reads."""
    import json

    kept = {word.name: _keepable(word, words[word.name]) for word in REMEMBERED if word.name in words}
    return json.dumps({"version": 1, "words": kept}, indent=1).encode() + b"\n"


def _keepable(word: Word, value: float) -> float | str:
    """The word's value for JSON, whose numbers do not hold 64 bits."""
    return f"{int(value):016x}" if word.name == "model" else in_range(word, float(value))


def _saved(word: Word, value: Any) -> float:  # noqa: ANN401 (whatever JSON holds)
    """The word's value from what JSON has for it, within its range."""
    if word.name == "model" and type(value) is str and len(value) == 16:
        return int.from_bytes(bytes.fromhex(value), "big")
    if word.name != "model" and type(value) in (int, float) and abs(value) < float("inf"):
        return in_range(word, value)
    raise ValueError(f"{word.name} is {value!r:.40}")


def control_lock(folder: Path, patience_s: float = 1.0) -> AbstractContextManager[None]:
    """Hold the right to write the control words; wait so long for whoever writes them now.

    Raises:
        LinkError: another process holds it.
    """
    return _held(folder / "control.lock", "another control or `pedal set` is at work; try again", patience_s)


def engine_lock(folder: Path) -> AbstractContextManager[None]:
    """Hold the right to be the engine, which writes its words.

    Raises:
        LinkError: another process holds it.
    """
    return _held(folder / "engine.lock", "another engine is running")


@contextmanager
def _held(path: Path, remedy: str, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the lock; where another process does, wait so long for it."""
    end = time.monotonic() + patience_s
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = open(path, "a")  # noqa: SIM115 (closed below, which also unlocks)
    except OSError as error:
        raise LinkError(f"lock {path} cannot be opened: {error.strerror}") from error
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() >= end:
                    raise LinkError(f"lock {path} is held by another process; {remedy}") from error
                time.sleep(LOOK_S)
        yield


def _looked_at(path: Path) -> mmap.mmap:
    with open(path, "rb") as file:
        if not _is_link(path):
            raise ValueError("it is another version's; restart the engine")
        return mmap.mmap(file.fileno(), SIZE, access=mmap.ACCESS_READ)


def _is_link(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return os.fstat(file.fileno()).st_size == SIZE and file.read(16) == struct.pack("<2Q", MAGIC, VERSION)
    except FileNotFoundError:
        return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Be the only process that makes a link in this folder, for a moment: all others must map the same file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create(path: Path, saved: Path | None) -> str:
    """Make a complete file beside path and rename it there, so that nobody maps a half-made one; gives `Link.fault`."""
    fault, words = "", {word.name: word.default for word in WORDS}
    try:
        words |= saved_words(saved) if saved else {}
    except LinkError as error:
        fault = str(error)
    page = b"".join(
        struct.pack("<Q", int(words[word.name])) if word.kind == "u64" else struct.pack("<d", words[word.name])
        for word in WORDS
    )
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(page.ljust(SIZE, b"\0"))
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    return fault
