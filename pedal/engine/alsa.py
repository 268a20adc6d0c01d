"""A full-duplex card over pyalsaaudio. What that library does and hides is said where it matters below."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, Protocol

import alsaaudio

from pedal.config import CardConfig
from pedal.engine.attached import PROC, choose
from pedal.engine.card import CaptureXrun, PlaybackXrun, Stream, Suspended, Unplugged
from pedal.errors import CardError
from pedal.kernel.chain import FORMATS, SAMPLE_BYTES

AUTO_FORMATS = ("S32_LE", "S24_3LE", "S24_LE", "S16_LE")
INTERRUPTED = os.strerror(errno.EINTR)


class Pcm(Protocol):
    """What is used of alsaaudio.PCM. Its errors have no number, only text."""

    def info(self) -> dict[str, Any]:
        """What the card really gave. Leaks a little: never per period."""
        ...

    def read(self) -> tuple[int, bytes]:
        """Frames and the period; frames is negative after an overrun."""
        ...

    def write(self, block: memoryview, /) -> int:
        """Frames taken, perhaps fewer than given; negative after an underrun."""
        ...

    def state(self) -> int:
        """The stream's state; the one thing to ask for a fault's cause."""
        ...

    def drop(self) -> int:
        """Forget what is in the buffer."""
        ...

    def close(self) -> None:
        """Play out what is in the buffer, then close."""
        ...


class AlsaCard:
    """Two PCMs of one card, opened, verified and not yet running."""

    def __init__(self, config: CardConfig, proc: Path = PROC) -> None:
        """Open the configured card; `proc` is where the machine lists its cards.

        Raises:
            Absent: it is not attached, or several could be meant.
            CardError: it is busy, or does not give what was asked of it.
        """
        if config.capture:
            devices = (config.capture, config.playback)
            self.name = "card " + " with ".join(dict.fromkeys(devices))
        else:
            found = choose(config.name, proc).id
            self.name = f"card {found}"
            devices = (f"hw:CARD={found},DEV=0",) * 2  # never default or plughw: they resample and buffer
        self.rate_hz = config.rate_hz
        self.period_frames = config.period_frames
        self.prefill_frames = config.prefill_periods * config.period_frames
        self._open(config, *devices)
        self._silence = memoryview(bytes(self.prefill_frames * self.playback.frame_bytes))

    def start(self) -> None:
        """Prefill playback in one write: the card plays from the first frame it is given."""
        self.write(self._silence)

    def read(self) -> bytes:
        """Wait for a period and give it.

        Raises:
            CaptureXrun, Suspended, Unplugged: as `Card.read` says.
        """
        try:
            frames, block = self._record.read()
        except alsaaudio.ALSAAudioError as error:
            if str(error).startswith(INTERRUPTED):
                return b""  # a signal came; the loop looks whether it is to stop
            self._fault(self._record, error)
        if frames < 0:
            raise CaptureXrun(f"{self.name} had to drop what it captured")
        return block

    def write(self, block: memoryview) -> None:
        """Hand over whole frames.

        Raises:
            PlaybackXrun, Suspended, Unplugged: as `Card.write` says.
        """
        while block:
            try:
                frames = self._play.write(block)
            except alsaaudio.ALSAAudioError as error:
                if str(error).startswith(INTERRUPTED):
                    continue
                self._fault(self._play, error)
            if frames < 0:
                raise PlaybackXrun(f"{self.name} had nothing left to play")
            block = block[frames * self.playback.frame_bytes :]

    def resync(self) -> None:
        """Drop what both streams hold and prefill once; writing the lost block again would make the latency grow.

        Raises:
            Unplugged: the card is gone.
        """
        try:
            self._record.drop()
            self._play.drop()
        except alsaaudio.ALSAAudioError as error:
            raise Unplugged(f"{self.name} is gone: {error}") from error
        self.write(self._silence)

    def close(self) -> None:
        """Close both streams without playing out what is left: closing would drain, so it is dropped first."""
        for pcm in (self._record, self._play):
            _close(pcm)

    def _open(self, config: CardConfig, capture: str, playback: str) -> None:
        """Open both PCMs with the configured format, or with the first that both really give."""
        formats = AUTO_FORMATS if config.format == "auto" else (config.format,)
        given = ""
        for format_name in formats:
            self._record = _pcm(alsaaudio.PCM_CAPTURE, capture, format_name, config.input_channel, config)
            try:
                self._play = _pcm(alsaaudio.PCM_PLAYBACK, playback, format_name, max((1, *config.outputs)), config)
            except CardError:
                _close(self._record)
                raise
            recorded, played = self._record.info(), self._play.info()
            if recorded["format_name"] == played["format_name"] == format_name:
                self._verify(recorded, played, config)
                return
            given = f"captures {recorded['format_name']} and plays {played['format_name']}"
            self.close()
        raise CardError(
            f"{self.name} {given}; expected {' or '.join(formats)} on both; set [card] format in pedal.toml"
        )

    def _verify(self, recorded: dict[str, Any], played: dict[str, Any], config: CardConfig) -> None:
        try:
            self.capture = _verified(self.name, "capture", recorded, config)
            self.playback = _verified(self.name, "playback", played, config)
        except CardError:
            self.close()
            raise

    def _fault(self, pcm: Pcm, error: Exception) -> NoReturn:
        """Raise what the stream's state says was wrong."""
        try:
            suspended = pcm.state() == alsaaudio.PCM_STATE_SUSPENDED
        except alsaaudio.ALSAAudioError:
            suspended = False
        if suspended:
            raise Suspended(f"{self.name} was suspended") from error
        raise Unplugged(f"{self.name} is gone: {error}") from error


def _pcm(direction: int, device: str, format_name: str, channels: int, config: CardConfig) -> Pcm:
    """An open PCM, which may be other than asked for: ALSA replaces silently what the card cannot do."""
    try:
        pcm: Pcm = alsaaudio.PCM(
            type=direction,
            mode=alsaaudio.PCM_NORMAL,
            device=device,
            rate=config.rate_hz,
            channels=max(2, channels),
            format=getattr(alsaaudio, f"PCM_FORMAT_{format_name}"),
            periodsize=config.period_frames,
            periods=config.periods,
        )
    except alsaaudio.ALSAAudioError as error:
        word = "capture" if direction == alsaaudio.PCM_CAPTURE else "playback"
        busy = "; another program has it" if str(error).startswith(os.strerror(errno.EBUSY)) else ""
        raise CardError(f"card cannot be opened for {word}: {error}{busy}") from error
    return pcm


def _verified(name: str, direction: str, found: dict[str, Any], config: CardConfig) -> Stream:
    """The stream, whose format has been compared already; any number of channels that suffices will do."""
    for key, setting, unit, wanted in (
        ("rate", "rate_hz", "Hz", config.rate_hz),
        ("period_size", "period_frames", "frames a period", config.period_frames),
        ("periods", "periods", "periods", config.periods),
    ):
        if found[key] != wanted:
            raise CardError(
                f"{name} gives {found[key]} {unit} on {direction}; expected {wanted}; "
                f"set [card] {setting} in pedal.toml to what the card can do"
            )
    setting, needed = ("input_channel", config.input_channel)
    if direction == "playback":
        setting, needed = ("outputs", max(config.outputs, default=1))
    channels = int(found["channels"])
    if channels < needed:
        raise CardError(
            f"{name} has {channels} channels on {direction}; expected at least {needed}, "
            f"the highest of [card] {setting} in pedal.toml"
        )
    format_name = str(found["format_name"])
    return Stream(format_name, channels, channels * SAMPLE_BYTES[FORMATS.index(format_name)])


def _close(pcm: Pcm) -> None:
    """Drop, then close; dropping fails on a card that is gone, which is as good."""
    with suppress(alsaaudio.ALSAAudioError):
        pcm.drop()
    pcm.close()
