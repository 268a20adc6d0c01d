"""The installed service: what runs, what has restarted, which release."""

import os

from pedal.config import INSTALLED
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, warning

ENGINE, CONTROL, TUNE = "pedal-engine.service", "pedal-control.service", "pedal-tune.service"
SMALL = (TUNE, "pedal-kernels.service", "pedal-trial.service", "pedal-confirm.service", "pedal-latency.service")
"""Units that do one thing and end."""
PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result"
NOT_INSTALLED = "the service is not installed"


def engine(machine: Machine) -> Finding:
    """Whether the engine's service runs, and has not had to be started again."""
    return _serving(machine, ENGINE)


def control(machine: Machine) -> Finding:
    """Whether control's service does: without it no foot is answered."""
    return _serving(machine, CONTROL)


def units(machine: Machine) -> Finding:
    """Whether the small units are there and have not failed; pedal-tune has to be enabled."""
    found = _shown(machine)
    if not _installed(found):
        return absent(NOT_INSTALLED)
    failed = [name for name in SMALL if found.get(name, {}).get("ActiveState") == "failed"]
    if failed:
        return warning(f"{', '.join(failed)} failed", "none", f"journalctl -u {failed[0]} says why")
    tune = found.get(TUNE, {})
    if tune.get("LoadState") != "loaded" or tune.get("UnitFileState") != "enabled":
        return warning("pedal-tune does not run at boot", "enabled", "./deploy.sh HOST, from your computer")
    return fine("pedal-tune runs at boot, no unit has failed")


def release(machine: Machine) -> Finding:
    """Which release runs, and whether it is still on trial."""
    current, previous = (_release(machine, name) for name in ("current", "previous"))
    if not current:
        return absent(NOT_INSTALLED)
    before = f"; before it {previous}" if previous else ""
    if machine.exists(INSTALLED / "trial"):
        return warning(
            f"{current}, on trial{before}",
            "confirmed",
            "leave it on for half a minute; it goes back by itself otherwise",
        )
    return fine(f"{current}, confirmed{before}")


def _serving(machine: Machine, name: str) -> Finding:
    found = _shown(machine)
    if not _installed(found):
        return absent(NOT_INSTALLED)
    unit = found.get(name, {})
    state = f"{unit.get('ActiveState', 'unknown')} ({unit.get('SubState', 'unknown')})"
    log = f"journalctl -u {name.removesuffix('.service')} -e says why"
    if unit.get("LoadState") != "loaded":
        return heard(
            f"{name} is {unit.get('LoadState', 'not there')}", "loaded", "./deploy.sh HOST, from your computer"
        )
    if unit.get("ActiveState") != "active":
        return heard(f"{state}, {unit.get('Result', '')}", "active", f"sudo systemctl restart {name}; {log}")
    restarts = unit.get("NRestarts", "0")
    if unit.get("UnitFileState") != "enabled":
        return warning(f"{state}, but not enabled", "started at boot", f"sudo systemctl enable {name}")
    if restarts != "0":
        return warning(f"{state}, started again {restarts} times", "never", log)
    return fine(f"{state}, never started again")


def has_tune(machine: Machine) -> bool:
    """Whether the installed service sets governor, interrupts, huge pages, USB and Wi-Fi."""
    return _shown(machine).get(TUNE, {}).get("LoadState") == "loaded"


def _shown(machine: Machine) -> dict[str, dict[str, str]]:
    """What systemd says of each of the units."""
    units = (ENGINE, CONTROL, *SMALL)
    text = machine.output("systemctl", "show", "--no-pager", f"--property={PROPERTIES}", *units) or ""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def _installed(found: dict[str, dict[str, str]]) -> bool:
    return any(unit.get("LoadState") not in ("not-found", None) for unit in found.values())


def _release(machine: Machine, name: str) -> str:
    try:
        return os.path.basename(os.readlink(machine.path(INSTALLED / name)))
    except OSError:
        return ""
