"""The audio interface: there, able to do what pedal.toml asks, and nobody else's."""

import re
from collections.abc import Iterator

from pedal.config import CardConfig
from pedal.engine.attached import Attached, choose
from pedal.engine.attached import attached as attached_cards
from pedal.engine.offered import Offered, described
from pedal.errors import CardError
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, unchecked, warning

ASOUND = "/proc/asound"
DIRECTIONS = ("capture", "playback")
SERVERS = {
    "pipewire": "pipewire.socket pipewire",
    "wireplumber": "wireplumber",
    "pulseaudio": "pulseaudio.socket pulseaudio",
}
"""By the names of their processes, the units that have to be masked so that none comes back."""
HARDWARE = re.compile(r"hw:(?:CARD=)?([\w-]+)")
NAMED = "pedal.toml names its PCMs"


def attached(machine: Machine) -> Finding:
    """Whether the card is there that the engine takes."""
    config = machine.config.card
    if config.capture:
        return _named(machine, config)
    try:
        return fine(str(choose(config.name, machine.path(ASOUND))))
    except CardError as error:
        return heard(str(error))


def _named(machine: Machine, config: CardConfig) -> Finding:
    """Whether the cards of the PCMs are there that pedal.toml names."""
    cards = attached_cards(machine.path(ASOUND))
    known = {name for card in cards for name in (card.id, str(card.number))}
    found = f"captures from {config.capture}, plays to {config.playback}, as pedal.toml says"
    for pcm in dict.fromkeys((config.capture, config.playback)):
        card = HARDWARE.match(pcm)
        if card is None:
            return warning(found, "PCMs that begin with `hw:`; others resample and buffer", "set [card] name instead")
        if card[1] not in known:
            attached = ", ".join(map(str, cards)) or "no card at all"
            return heard(
                f"{pcm}: no card {card[1]} is attached; found {attached}", fix="plug it in, or set [card] name"
            )
    return fine(found)


def offered(machine: Machine) -> Finding:
    """Whether the card has the rate, format and channels that pedal.toml asks for."""
    if machine.card is None:
        return absent(NAMED if machine.config.card.capture else "no card")
    description = machine.text(f"{ASOUND}/card{machine.card.number}/stream0")
    if description is None:
        return unchecked(f"{machine.card.id} tells only when opened, as `pedal devices` does")
    config, wanted = machine.config.card, _formats(machine.config.card)
    found = [described(description, direction) for direction in DIRECTIONS]
    missing = list(_missing(config, machine.card, found, wanted))
    if missing:
        return heard(
            "; ".join(fault for fault, _ in missing),
            "what [card] in pedal.toml asks for",
            f"set [card] {', '.join(dict.fromkeys(setting for _, setting in missing))} to what the card has, as "
            "`pedal devices` lists it",
        )
    both = [side for side in found if side]
    name = next(name for name in wanted if all(name in side.formats for side in both))
    channels = " and ".join(f"{max(side.channels)} {way}" for side, way in zip(both, ("in", "out"), strict=True))
    return fine(f"{config.rate_hz} Hz, {name}, {channels}")


def held(machine: Machine) -> Finding:
    """Whether another program has the card."""
    if machine.card is None:
        return absent(NAMED if machine.config.card.capture else "no card")
    engine = machine.engine.number if machine.engine else 0
    owners = set(_owners(machine, machine.card))
    others = owners - {engine}
    if not others:
        return fine("the engine has it" if owners else "nobody has it")
    names = {process.number: process.name for process in machine.processes}
    named = ", ".join(f"{names.get(number, 'a program')} (process {number})" for number in sorted(others))
    return heard(
        f"{named} has {machine.card.id}", "the engine alone", "end it; a sound server comes back until removed"
    )


def servers(machine: Machine) -> Finding:
    """Whether a sound server runs that would take the card."""
    running = sorted({process.name for process in machine.processes if process.name in SERVERS})
    if not running:
        return fine("none runs")
    return warning(
        f"{' and '.join(running)} run{'s' * (len(running) == 1)}",
        "none: it takes the card when the engine lets go of it",
        f"systemctl --user mask --now {' '.join(SERVERS[name] for name in running)}",
    )


def _formats(config: CardConfig) -> tuple[str, ...]:
    """Those that will do."""
    from pedal.engine.alsa import AUTO_FORMATS  # here, because a broken pyalsaaudio is a finding too

    return AUTO_FORMATS if config.format == "auto" else (config.format,)


def _missing(
    config: CardConfig, card: Attached, both: list[Offered | None], wanted: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """What the card lacks, and the setting that asks for it."""
    formats = set(wanted)
    channels = ((config.input_channel, "input_channel"), (max(config.outputs, default=1), "outputs"))
    for direction, found, (channel, setting) in zip(DIRECTIONS, both, channels, strict=True):
        if found is None:
            yield f"{card.id} has no {direction}", "name"
            return
        if not _has_rate(found, config.rate_hz):
            yield f"no {config.rate_hz} Hz on {direction}, which has {found.rates}", "rate_hz"
        if max(found.channels, default=0) < channel:
            yield f"no channel {channel} on {direction}, which has {max(found.channels, default=0)}", setting
        formats &= set(found.formats)
        if not formats:
            yield f"not {' or '.join(wanted)} on {direction}, which has {', '.join(found.formats)}", "format"
            return


def _has_rate(found: Offered, rate_hz: int) -> bool:
    """Whether a list or a range holds the rate."""
    for part in found.rates.split(", "):
        low, _, high = part.partition(" - ")
        if low.isdecimal() and int(low) <= rate_hz <= int(high if high.isdecimal() else low):
            return True
    return False


def _owners(machine: Machine, card: Attached) -> Iterator[int]:
    """The processes that have the card's first device open."""
    for status in machine.found(f"{ASOUND}/card{card.number}/pcm0[cp]/sub0/status"):
        for line in (machine.text(status) or "").splitlines():
            key, _, value = (part.strip() for part in line.partition(":"))
            if key == "owner_pid" and value.isdecimal():
                yield int(value)
