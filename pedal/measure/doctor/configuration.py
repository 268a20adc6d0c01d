"""What the player has written and brought: pedal.toml and the models."""

from pedal.errors import ConfigError
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, warning

SHOWN = 3


def toml(machine: Machine) -> Finding:
    """Whether pedal.toml has no faults; with some, the engine plays all the same, by its defaults."""
    path = machine.where.config
    try:
        faults = machine.read.faults
    except ConfigError as error:
        return warning(str(error), "a file that can be read", f"edit {path}")
    if faults:
        return warning(
            _some([str(fault) for fault in faults]), "no faults", f"edit {path}; `pedal config check` tells all"
        )
    return fine(f"{path}" if machine.exists(path) else f"no {path}: everything has its default")


def models(machine: Machine) -> Finding:
    """Whether every model in the models folder is played."""
    from pedal.control import rack as file  # here: a pedal without msgspec can be examined all the same

    try:
        rack = file.decoded(machine.path(machine.where.rack))
    except (FileNotFoundError, NotADirectoryError):
        return absent("no model has been tried yet")
    except ValueError as error:
        return warning(f"rack.json {error}", "one that can be read", "restart control: it is made again")
    refused = [f"{entry.name}: {entry.refused}" for entry in rack.models if entry.refused]
    if rack.fault:
        return warning(rack.fault, "no fault", "journalctl -u pedal-control -e says more")
    if refused:
        return warning(f"refused: {_some(refused)}", "all played", "`pedal models list` says why")
    return fine(f"{len(rack.entries)} to play, {len(rack.out)} not in the set list")


def _some(items: list[str]) -> str:
    more = f"; and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return "; ".join(items[:SHOWN]) + more
