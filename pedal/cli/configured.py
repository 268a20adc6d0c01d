"""The player's own configuration, for every command that goes by it."""

from typing import TYPE_CHECKING

from pedal.cli.notes import note

if TYPE_CHECKING:
    from pedal.config import Config


def config() -> "Config":
    """What pedal.toml says, as the engine takes it; each of its faults is noted."""
    from pedal.config import places, playable

    found, faults = playable(places().config)
    for fault in faults:
        note(fault)
    return found
