"""A simulated interface with a cable from its output to its input, and everything that can be wrong with that.

The cable's delay may be any fraction of a frame: it is a windowed sinc in time, which has nothing to do with how the
delay is found.
"""

import io
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from pedal.config import CardConfig
from pedal.engine.card import Stream
from pedal.engine.simcard import Clock, SimCard, stream
from pedal.errors import ConfigError
from pedal.measure.latency import pcm
from pedal.measure.level import gain

Samples = NDArray[np.float64]

REACH_FRAMES = 64
"""Of the filter that delays, each way; a shorter delay cannot be made."""
KAISER_BETA = 12.0
TAPE_FRAMES = 1 << 17


class Converter(NamedTuple):
    """What happens between output and input."""

    delay_frames: float = 96.0
    """From the card's playing a frame to its capturing it."""
    highest_hz: float = 0.0
    """Nothing passes above it; 0: everything does."""
    gain_db: float = -6.0
    inverted: bool = False
    cable: bool = True
    output: int = 1
    """The channel that the cable comes from, counted from 1."""
    input: int = 1
    """The channel that it leads to."""
    noise_rms: float = 1e-5
    """Full scale = 1; on every channel."""
    hum_peak: float = 0.0
    hum_hz: float = 50.0
    dc: float = 0.0
    loop_gain: float = 0.0
    """Of the way from the input back to the output within the interface: its direct monitoring."""
    loop_frames: int = 0
    """How long once round takes."""


class Cable:
    """What a simulated card plays to and captures from: the last second or so of what was played, and the converter."""

    def __init__(self, converter: Converter, capture: Stream, playback: Stream, rate_hz: int, seed: int = 0) -> None:
        """One start of the streams; seed is its noise's.

        Raises:
            ConfigError: the delay is shorter than the filter that would make it.
        """
        if converter.delay_frames < REACH_FRAMES:
            raise ConfigError(
                f"a delay of {converter.delay_frames:g} frames was given; expected {REACH_FRAMES} or more"
            )
        self._converter, self._capture, self._playback, self._rate_hz = converter, capture, playback, rate_hz
        self._rng = np.random.default_rng(seed)
        self._tape = np.zeros(TAPE_FRAMES)
        self._heard = np.zeros(TAPE_FRAMES)  # what was captured, for the loop
        self._played = self._taken = 0  # frames
        self._whole = int(converter.delay_frames)
        self._filter = _filter(converter.delay_frames - self._whole, converter.highest_hz / rate_hz)
        self.output = cast("BinaryIO", _End(self._seek_output, write=self._write))
        """For a card to write to and seek in, which is all that it does."""
        self.input = cast("BinaryIO", _End(self._seek_input, read=self._read))

    def _write(self, block: bytes | memoryview) -> int:
        frames = pcm.samples(block, self._playback)[:, self._converter.output - 1]
        self._tape[(self._played + np.arange(len(frames))) % TAPE_FRAMES] = frames
        self._played += len(frames)
        return len(block)

    def _seek_output(self, offset: int) -> int:
        """Nothing is played between the old place and the new one."""
        place = self._played + offset // self._playback.frame_bytes
        between = np.arange(min(place, self._played), max(place, self._played))
        self._tape[between % TAPE_FRAMES] = 0.0
        self._played = place
        return place

    def _seek_input(self, offset: int) -> int:
        self._taken += offset // self._capture.frame_bytes
        return self._taken

    def _read(self, size: int) -> bytes:
        converter, count = self._converter, size // self._capture.frame_bytes
        at = self._taken + np.arange(count)
        self._taken += count
        frames = converter.noise_rms * self._rng.standard_normal((count, self._capture.channels))
        frames += converter.dc + converter.hum_peak * np.sin(
            2.0 * np.pi * converter.hum_hz / self._rate_hz * at[:, np.newaxis]
        )
        if converter.cable:
            frames[:, converter.input - 1] += self._delayed(at)
            self._feed_back(frames[:, converter.input - 1], at)
        return pcm.encoded(frames, self._capture)

    def _delayed(self, at: NDArray[np.int64]) -> Samples:
        """What arrives at these frames."""
        first = at[0] - self._whole - REACH_FRAMES
        played = self._tape[np.arange(first, at[-1] - self._whole + REACH_FRAMES + 1) % TAPE_FRAMES]
        sign = -1.0 if self._converter.inverted else 1.0
        arrived: Samples = sign * gain(self._converter.gain_db) * np.convolve(played, self._filter, "valid")
        return arrived

    def _feed_back(self, frames: Samples, at: NDArray[np.int64]) -> None:
        """Add, once round later, what was captured already; the input clips as it always does."""
        converter = self._converter
        step = converter.loop_frames if converter.loop_gain else len(at)
        for begin in range(0, len(at), max(step, 1)):
            part = slice(begin, begin + step)
            places = at[part]
            if converter.loop_gain:
                frames[part] += converter.loop_gain * self._heard[(places - converter.loop_frames) % TAPE_FRAMES]
            frames[part] = np.clip(frames[part], -1.0, 1.0)
            self._heard[places % TAPE_FRAMES] = frames[part]


class Simulated:
    """Opens a simulated card again and again, with the cable in it; each start is another, as with real streams."""

    def __init__(
        self,
        converter: Converter,
        clock: Callable[[], Clock],
        *,
        format_name: str = "S32_LE",
        channels: int = 2,
        jitter_frames: float = 0.0,
    ) -> None:
        """Each start's capture begins up to jitter_frames after its playback: its round trip is so much shorter."""
        self._converter, self._clock, self._format, self._channels = converter, clock, format_name, channels
        self._jitter_frames = jitter_frames
        self._rng = np.random.default_rng(1)
        self.round_trips: list[float] = []
        """What is true of each start, in frames."""

    def open(self, config: CardConfig) -> SimCard:
        """A card of this configuration, not yet started."""
        delay_frames = self._converter.delay_frames - self._jitter_frames * float(self._rng.random())
        form = stream(self._format, max(self._channels, config.input_channel, *config.outputs, 1))
        converter = self._converter._replace(delay_frames=delay_frames)
        cable = Cable(converter, form, form, config.rate_hz, seed=len(self.round_trips))
        card = SimCard(
            cable.input, cable.output, form, form, self._clock(), rate_hz=config.rate_hz,
            period_frames=config.period_frames, periods=config.periods, prefill_periods=config.prefill_periods,
        )  # fmt: skip
        self.round_trips.append(card.prefill_frames + delay_frames)
        return card


class _End(io.RawIOBase):
    """One end of the cable as a file."""

    def __init__(
        self,
        seek: Callable[[int], int],
        read: Callable[[int], bytes] | None = None,
        write: Callable[[bytes | memoryview], int] | None = None,
    ) -> None:
        self._seek, self._read, self._write = seek, read, write

    def seek(self, offset: int, _whence: int = 1, /) -> int:
        """From here."""
        return self._seek(offset)

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes."""
        return self._read(size) if self._read else b""

    def write(self, block: bytes | memoryview, /) -> int:  # type: ignore[override] # of all that has a buffer
        """Every byte."""
        return self._write(block) if self._write else 0


def _filter(fraction: float, highest: float) -> Samples:
    """[taps] of a low-pass to `highest` cycles a frame (0: to half of one) that is late by so much of a frame."""
    at = np.arange(-REACH_FRAMES, REACH_FRAMES + 1) - fraction
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(1.0 - (at / (REACH_FRAMES + 1)) ** 2, 0.0))) / np.i0(KAISER_BETA)
    width = 2.0 * highest or 1.0
    taps: Samples = width * np.sinc(width * at) * window
    return taps
