"""A sound card as the loop sees it: periods of bytes in, periods of bytes out, and what can go wrong meanwhile."""

from typing import NamedTuple, Protocol

from pedal.errors import CardError


class Stream(NamedTuple):
    """What one direction of a card really gives; verified, not asked for."""

    format: str
    """By ALSA's name; one of `pedal.kernel.chain.FORMATS`."""
    channels: int
    frame_bytes: int
    """One sample of every channel."""


class Card(Protocol):
    """A full-duplex card with one clock.

    Order of calls: `start`, then `read` and `write` in turn, `resync` after an xrun or a suspend, `close` last. One
    thread makes them all.
    """

    name: str
    """Which card, in words fit for a message."""
    rate_hz: int
    period_frames: int
    prefill_frames: int
    """Silence written ahead of the first period: what the buffers add to the way from capture to playback."""
    capture: Stream
    playback: Stream

    def start(self) -> None:
        """Prefill playback in one write, which starts it; capture starts with the first read."""
        ...

    def read(self) -> bytes:
        """Wait for a period and give it: at most `period_frames`, seldom fewer, empty where there was none yet.

        Raises:
            CaptureXrun, Suspended: call `resync`, then go on.
            Unplugged: close; the card is gone.
            EndOfInput: a card made of a recording has been read through.
        """
        ...

    def write(self, block: memoryview) -> None:
        """Hand over whole frames for playback; waits until all are taken.

        Raises:
            PlaybackXrun, Suspended: nothing of the rest was played; call `resync`, then go on.
            Unplugged: close; the card is gone.
        """
        ...

    def resync(self) -> None:
        """Drop what both streams hold and prefill once, so that the latency is what it was at the start.

        Raises:
            Unplugged: close; the card is gone.
        """
        ...

    def close(self) -> None:
        """Give the card back at once, without playing out what it holds."""
        ...


class Absent(CardError):
    """The card is not attached; seen without opening anything."""


class CaptureXrun(CardError):
    """The loop was late: the card had to drop what it recorded."""


class PlaybackXrun(CardError):
    """The loop was late: the card had nothing left to play."""


class Suspended(CardError):
    """The machine slept; the streams stand still until they are set going again."""


class Unplugged(CardError):
    """The card is gone."""


class EndOfInput(CardError):
    """A recording has been read through to its end."""
