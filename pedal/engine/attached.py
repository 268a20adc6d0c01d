"""Which cards are attached, as /proc/asound tells without opening any of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pedal.engine.card import Absent

PROC = Path("/proc/asound")


class Attached(NamedTuple):
    """One card."""

    number: int
    id: str
    """ALSA's short name for it, the same after it was unplugged and plugged in again."""
    name: str
    """As its maker calls it."""
    usb_id: str
    """Vendor and product, such as 1235:8210; empty where it is not on USB."""
    capture: bool
    """Whether its first device captures."""
    playback: bool
    """Whether its first device plays."""

    def __str__(self) -> str:
        directions = [word for word, has in (("capture", self.capture), ("playback", self.playback)) if has]
        return (
            f"{self.id} ({self.name}, {'USB' if self.usb_id else 'not USB'}, {' and '.join(directions) or 'no audio'})"
        )


def attached(proc: Path = PROC) -> list[Attached]:
    """Every card, by number; none where the machine has no sound."""
    try:
        names = _names((proc / "cards").read_text("utf-8", "replace").splitlines())
    except OSError:
        return []
    return [_card(proc / f"card{number}", number, name) for number, name in sorted(names.items())]


def choose(name: str, proc: Path = PROC) -> Attached:
    """The card with this id; for "auto" the one USB card that has both directions.

    Raises:
        Absent: there is none, or more than one; the text names the candidates.
    """
    cards = attached(proc)
    if name == "auto":
        fitting = [card for card in cards if card.usb_id and card.capture and card.playback]
        wanted = "a USB card with capture and playback"
    else:
        fitting = [card for card in cards if card.id == name]
        wanted = f"the card {name}"
    if len(fitting) > 1:
        raise Absent(
            f"{len(fitting)} USB cards have capture and playback: {_listed(fitting)}; "
            f'name one in pedal.toml, such as [card] name = "{fitting[0].id}"'
        )
    if not fitting:
        raise Absent(f"{wanted} is not attached; found {_listed(cards) or 'no card at all'}; plug it in")
    return fitting[0]


def _listed(cards: Iterable[Attached]) -> str:
    return ", ".join(map(str, cards))


def _names(lines: list[str]) -> dict[int, str]:
    """Number and name from lines such as ` 1 [USB            ]: USB-Audio - Scarlett 2i2 USB`."""
    names = {}
    for line in lines:
        number, bracket, rest = line.partition("[")
        if bracket and number.strip().isdecimal():
            names[int(number)] = rest.partition("]: ")[2].rpartition(" - ")[2].strip()
    return names


def _card(folder: Path, number: int, name: str) -> Attached:
    return Attached(
        number,
        _line(folder / "id") or str(number),
        name,
        _line(folder / "usbid"),
        (folder / "pcm0c").exists(),
        (folder / "pcm0p").exists(),
    )


def _line(path: Path) -> str:
    """The file's text; empty where there is none, as when the card has just been unplugged."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
