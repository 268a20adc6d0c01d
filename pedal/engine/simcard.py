"""A card made of a recording: what it captures is read from one file, what it plays is written to another.

On a free clock it renders as fast as the machine can; on the real one it keeps the time of an interface and loses
sound like one when the loop is late.
"""

import time
from typing import BinaryIO, Protocol

from pedal.engine.card import CaptureXrun, EndOfInput, PlaybackXrun, Stream
from pedal.errors import CardError
from pedal.kernel.chain import FORMATS, SAMPLE_BYTES

SECOND_NS = 1_000_000_000
MAX_CHANNELS = 32


class Clock(Protocol):
    """The time that a simulated card goes by."""

    def now_ns(self) -> int:
        """Nanoseconds since some moment."""
        ...

    def wait_until_ns(self, moment: int) -> None:
        """Return once `now_ns` is at least moment."""
        ...


class RealClock:
    """The machine's own time."""

    def now_ns(self) -> int:
        """Nanoseconds since the machine started."""
        return time.monotonic_ns()

    def wait_until_ns(self, moment: int) -> None:
        """Sleep until moment."""
        while (left := moment - time.monotonic_ns()) > 0:
            time.sleep(left / SECOND_NS)


class FreeClock:
    """A time that moves only when it is waited for: nobody is ever late."""

    def __init__(self) -> None:
        self._now = 0

    def now_ns(self) -> int:
        """Nanoseconds waited for so far."""
        return self._now

    def wait_until_ns(self, moment: int) -> None:
        """Be at moment at once."""
        self._now = max(self._now, moment)


def stream(format_name: str, channels: int) -> Stream:
    """The stream with this sample format and this many channels.

    Raises:
        CardError: there is no such format or number of channels.
    """
    if format_name not in FORMATS:
        raise CardError(f"sample format {format_name} is not supported; expected one of {', '.join(FORMATS)}")
    if not 1 <= channels <= MAX_CHANNELS:
        raise CardError(f"{channels} channels are not supported; expected 1 to {MAX_CHANNELS}")
    return Stream(format_name, channels, channels * SAMPLE_BYTES[FORMATS.index(format_name)])


class Recording(Protocol):
    """What a simulated card asks of the file it captures from."""

    def read(self, size: int, /) -> bytes:
        """The next so many bytes; fewer where the recording ends."""
        ...

    def seek(self, offset: int, whence: int, /) -> int:
        """Pass over so many bytes (whence is 1: from here)."""
        ...


class Endless:
    """The whole frames of a seekable file, from where it stands; after the last one comes the first again."""

    def __init__(self, file: BinaryIO, frame_bytes: int) -> None:
        """The file stays the caller's.

        Raises:
            CardError: there is not one frame.
        """
        self._file = file
        self._first = file.tell()
        self._size = (file.seek(0, 2) - self._first) // frame_bytes * frame_bytes
        if self._size <= 0:
            raise CardError("a recording without a frame cannot begin again at its end")
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """The next so many bytes; fewer only where somebody cuts the file meanwhile."""
        block = b""
        while len(block) < size:
            self._file.seek(self._first + self._at)
            part = self._file.read(min(size - len(block), self._size - self._at))
            if not part:
                break
            block += part
            self.seek(len(part), 1)
        return block

    def seek(self, offset: int, _whence: int, /) -> int:
        """Pass over so many bytes, round and round."""
        self._at = (self._at + offset) % self._size
        return self._at


class SimCard:
    """A card whose input and output are seekable binary files, such as io.BytesIO: raw frames without a header.

    The output holds, frame by frame, what was heard since `start`: the prefill first, and silence wherever an xrun
    left nothing to hear. The files stay the caller's.
    """

    name = "the simulated card"

    def __init__(
        self,
        source: BinaryIO,
        sink: BinaryIO,
        capture: Stream,
        playback: Stream,
        clock: Clock,
        *,
        rate_hz: int = 44_100,
        period_frames: int = 64,
        periods: int = 3,
        prefill_periods: int = 2,
        loop: bool = False,
    ) -> None:
        """Each direction holds `periods` periods; what is later than that is lost. `loop`: the recording has no end.

        Raises:
            CardError: no card could be run so.
        """
        if rate_hz < 1 or period_frames < 1:
            raise CardError(
                f"{self.name} cannot run {period_frames} frames a period at {rate_hz} Hz; expected 1 or more"
            )
        if not 2 <= prefill_periods <= periods:
            raise CardError(f"{self.name} cannot prefill {prefill_periods} of {periods} periods; expected 2 to all")
        self.rate_hz = rate_hz
        self.period_frames = period_frames
        self.prefill_frames = prefill_periods * period_frames
        self.capture = stream(capture.format, capture.channels)
        self.playback = stream(playback.format, playback.channels)
        self._source: Recording = Endless(source, self.capture.frame_bytes) if loop else source
        self._sink = sink
        self._clock = clock
        self._buffer_frames = periods * period_frames
        self._silence = bytes(self.prefill_frames * self.playback.frame_bytes)
        self._origin_ns = -1  # not started
        self._taken = 0  # frames captured since the start, given or lost
        self._written = 0  # frames of playback since the start, the prefill and the gaps too

    def start(self) -> None:
        """Prefill playback and set both directions going."""
        self._origin_ns = self._clock.now_ns()
        self._restart(0)

    def read(self) -> bytes:
        """Wait for a period and give it; the recording's last one may be shorter.

        Raises:
            CaptureXrun: more than the buffer came meanwhile.
            EndOfInput: the recording has been given whole, and is not looped.
        """
        end = self._taken + self.period_frames
        self._wait_for(end)
        if self._position() - self._taken > self._buffer_frames:
            raise CaptureXrun(f"{self.name} captured more than its {self._buffer_frames} frames before they were read")
        block = self._source.read(self.period_frames * self.capture.frame_bytes)
        if len(block) < self.capture.frame_bytes:
            raise EndOfInput(f"{self.name} has been read to the end of its recording")
        self._taken = end
        return block[: len(block) - len(block) % self.capture.frame_bytes]

    def write(self, block: memoryview) -> None:
        """Hand over frames, as bytes; waits until the buffer has room.

        Raises:
            PlaybackXrun: everything before them has been played already.
        """
        frames = len(block) // self.playback.frame_bytes
        self._wait_for(self._written + frames - self._buffer_frames)
        if self._position() >= self._written:
            raise PlaybackXrun(f"{self.name} had nothing left to play")
        self._sink.write(block)
        self._written += frames

    def resync(self) -> None:
        """Begin again at the present frame; what came and was due meanwhile is lost."""
        self._restart(self._position())

    def close(self) -> None:
        """Nothing is held."""

    def _restart(self, position: int) -> None:
        self._source.seek((position - self._taken) * self.capture.frame_bytes, 1)
        self._sink.seek((position - self._written) * self.playback.frame_bytes, 1)
        self._sink.write(self._silence)
        self._taken = position
        self._written = position + self.prefill_frames

    def _position(self) -> int:
        """Frames since the start."""
        if self._origin_ns < 0:
            raise CardError(f"{self.name} has not been started")
        return (self._clock.now_ns() - self._origin_ns) * self.rate_hz // SECOND_NS

    def _wait_for(self, frame: int) -> None:
        """Return once that many frames have gone by."""
        if self._origin_ns < 0:
            raise CardError(f"{self.name} has not been started")
        self._clock.wait_until_ns(self._origin_ns - (-frame * SECOND_NS // self.rate_hz))
