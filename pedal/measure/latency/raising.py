"""Finding the level for a measurement: from very soft upwards, until what comes back is loud enough."""

from collections.abc import Callable
from typing import NamedTuple

from pedal.config import CardConfig
from pedal.errors import PedalError
from pedal.measure.latency.hearing import Hearing
from pedal.measure.level import dbfs, spoken

LEVELS_DBFS = (-40.0, -34.0, -28.0, -22.0, -16.0, -10.0, -4.0)
GOOD_DBFS = -20.0
"""Captured: far above any noise, and no 6 dB more can clip."""
LEAST_DBFS = -60.0
"""Captured, from the loudest: less is only what an open input hears of the output beside it."""
MOST_ERROR_FRAMES = 0.033
"""One standard deviation, so that three of them are a tenth of a frame."""
COMPRESSED_DB = 2.0
"""So much less than it should have grown by: something on the way is at its limit."""

Listen = Callable[[float], Hearing]
"""Play a short test signal at this level, in dBFS, and hear it."""


class Unheard(PedalError):
    """Nothing can be measured like this, and why."""


class Level(NamedTuple):
    """How loud the test signal is to be."""

    played_dbfs: float
    hearing: Hearing
    """At that level."""
    notes: tuple[str, ...]
    """What a player should know, though it can be measured."""


def raised(listen: Listen, card: CardConfig) -> Level:
    """The level at which the signal comes back well.

    Raises:
        Unheard: there is none; the text says what to do.
    """
    before: Level | None = None
    for played_dbfs in LEVELS_DBFS:
        hearing = listen(played_dbfs)
        here = Level(played_dbfs, hearing, ())
        if clearly_wrong := fault(hearing, card, played_dbfs):
            if before and hearing.clipped and not hearing.howls and _exact(before.hearing):
                return before._replace(notes=_notes(before, "; any louder clips"))
            raise Unheard(clearly_wrong)
        if before and _exact(before.hearing) and _compressed(before, here):
            return before._replace(notes=_notes(before, "; any louder is held down by something on the way"))
        if hearing.detection and hearing.peak_dbfs >= GOOD_DBFS and _exact(hearing):
            return here._replace(notes=_notes(here))
        before = here
    assert before is not None
    if too_little := _too_little(before, card):
        raise Unheard(too_little)
    return before._replace(notes=_notes(before, "; turn the input's gain up"))


def fault(hearing: Hearing, card: CardConfig, played_dbfs: float) -> str:
    """What makes a measurement impossible or wrong, whatever the level; empty: nothing."""
    played = spoken(played_dbfs)
    if hearing.howls or (hearing.echo and hearing.echo.loop):
        heard = "it howls" if hearing.howls else f"the signal comes again every {_late(hearing, card)}"
        return (
            f"there is a feedback loop: {heard}; switch off the interface's direct monitoring (or its loopback), which "
            "plays what it captures"
        )
    if hearing.clipped:
        return (
            f"the input clips, though the signal is played at only {played}; turn the input's gain down, or the output"
        )
    if hearing.elsewhere:
        return (
            f"the signal comes in on channel {hearing.elsewhere}, not on channel {card.input_channel}; put the cable "
            "into that one, or set [card] input_channel in pedal.toml"
        )
    return ""


def _too_little(loudest: Level, card: CardConfig) -> str:
    hearing, played = loudest.hearing, spoken(loudest.played_dbfs)
    cable = f"put a cable from {_output(card)} to input {card.input_channel}"
    if hearing.detection is None:
        return (
            f"no cable: of a signal at {played} nothing comes back on channel {card.input_channel} (noise "
            f"{spoken(hearing.noise_dbfs)}); {cable}, and turn the output up"
        )
    if hearing.peak_dbfs < LEAST_DBFS:
        return (
            f"too little level: of a signal at {played} only {spoken(hearing.peak_dbfs)} comes back, as from an input "
            f"that merely lies beside the output; {cable}, and turn both up"
        )
    if not _exact(hearing):
        return (
            f"too little level: of a signal at {played} {spoken(hearing.peak_dbfs)} comes back, in noise of "
            f"{spoken(hearing.noise_dbfs)}; turn the input's gain and the output up, or find what hums"
        )
    return ""


def _output(card: CardConfig) -> str:
    return f"output {' or '.join(map(str, card.outputs))}" if card.outputs else "an output"


def _exact(hearing: Hearing) -> bool:
    return hearing.detection is not None and hearing.detection.error_frames <= MOST_ERROR_FRAMES


def _compressed(before: Level, now: Level) -> bool:
    """Whether it grew by less than what is played did."""
    if before.hearing.detection is None or now.hearing.detection is None:
        return False
    grown = dbfs(abs(now.hearing.detection.amplitude)) - dbfs(abs(before.hearing.detection.amplitude))
    return grown < now.played_dbfs - before.played_dbfs - COMPRESSED_DB


def _notes(level: Level, softer: str = "") -> tuple[str, ...]:
    """About a level that will do; `softer` is why it is not louder."""
    hearing, notes = level.hearing, []
    if softer or hearing.peak_dbfs < GOOD_DBFS:
        notes.append(f"the signal comes back at only {spoken(hearing.peak_dbfs)}, which will do{softer}")
    if hearing.detection and hearing.detection.amplitude < 0.0:
        notes.append("the polarity is inverted between output and input; the delay is right all the same")
    if hearing.echo:
        notes.append(
            f"the signal comes back a second time, {hearing.echo.late_frames} frames later and "
            f"{spoken(dbfs(hearing.echo.share)).replace('dBFS', 'dB')} as loud: by another way through the interface"
        )
    if abs(hearing.dc) > 0.01:
        notes.append(f"the input's zero is off by {100.0 * hearing.dc:.1f} % of full scale; that changes nothing here")
    return tuple(notes)


def _late(hearing: Hearing, card: CardConfig) -> str:
    frames = hearing.echo.late_frames if hearing.echo else 0
    return f"{frames} frames ({1000.0 * frames / card.rate_hz:.1f} ms)"
