"""What an attached card can do, without disturbing an engine that plays through it."""

from pathlib import Path
from typing import Any, NamedTuple

from pedal.engine.attached import PROC, Attached
from pedal.errors import CardError


class Offered(NamedTuple):
    """One direction of a card."""

    rates: str
    """In Hz, as a list or a range."""
    formats: tuple[str, ...]
    channels: tuple[int, ...]


def offered(card: Attached, direction: str, proc: Path = PROC) -> Offered | None:
    """What the card's first device offers for "capture" or "playback"; None where it has no such direction.

    A USB card tells in /proc/asound, even while it plays; another one has to be opened.

    Raises:
        CardError: it cannot be opened, as when another program has it.
    """
    if not getattr(card, direction):
        return None
    try:
        description = (proc / f"card{card.number}" / "stream0").read_text("utf-8", "replace")
    except OSError:
        return probed(f"hw:CARD={card.id},DEV=0", direction)
    return described(description, direction)


def described(description: str, direction: str) -> Offered | None:
    """What the text of /proc/asound/cardN/stream0 says of one direction, all alternate settings together."""
    rates: dict[str, None] = {}
    formats: dict[str, None] = {}
    channels: set[int] = set()
    section = ""
    for line in description.splitlines():
        key, _, value = (part.strip() for part in line.partition(":"))
        if not line.startswith(" "):
            section = key.lower()
        elif section != direction:
            continue
        elif key == "Format":
            formats[value] = None
        elif key == "Channels" and value.isdecimal():
            channels.add(int(value))
        elif key == "Rates":
            rates |= dict.fromkeys(value.replace(" (continuous)", "").split(", "))
    return Offered(", ".join(rates), tuple(formats), tuple(sorted(channels))) if formats else None


def probed(device: str, direction: str) -> Offered:
    """What a PCM offers when it is opened.

    Raises:
        CardError: it cannot be.
    """
    import alsaaudio

    kind = alsaaudio.PCM_CAPTURE if direction == "capture" else alsaaudio.PCM_PLAYBACK
    try:
        pcm = alsaaudio.PCM(type=kind, mode=alsaaudio.PCM_NONBLOCK, device=device)
    except alsaaudio.ALSAAudioError as error:
        raise CardError(f"{device} cannot be opened for {direction}: {error}") from error
    try:
        return Offered(_rates(pcm.getrates()), tuple(pcm.getformats()), tuple(pcm.getchannels()))
    finally:
        pcm.close()


def _rates(found: Any) -> str:  # noqa: ANN401 (an int, a tuple of two ends or a list)
    if isinstance(found, tuple):
        return f"{found[0]} - {found[1]}"
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)
