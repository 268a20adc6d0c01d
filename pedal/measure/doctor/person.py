"""Who may use what: the service's user, and whoever asks."""

from pedal.config import SERVICE_USER
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, heard, warning

DEVICES = ("audio", "gpio", "i2c", "spi")
"""Groups whose devices the service uses, where there are such groups."""


def service_user(machine: Machine) -> Finding:
    """Whether the service's user may use the card, the pins and the buses."""
    groups = _groups(machine)
    users = {line.partition(":")[0] for line in (machine.text("/etc/passwd") or "").splitlines()}
    if SERVICE_USER not in users:
        return absent("the service is not installed")
    wanted = [name for name in DEVICES if name in groups]
    missing = [name for name in wanted if SERVICE_USER not in groups[name]]
    if missing:
        tell = heard if "audio" in missing else warning
        fix = f"sudo usermod -aG {','.join(missing)} {SERVICE_USER}, and restart"
        return tell(f"{SERVICE_USER} is not in {', '.join(missing)}", f"in {', '.join(wanted)}", fix)
    return fine(f"{SERVICE_USER} is in {', '.join(wanted)}")


def asker(machine: Machine) -> Finding:
    """Whether whoever asks may see and set what the service does."""
    groups, user = _groups(machine), (machine.output("id", "-un") or "").strip()
    if SERVICE_USER not in groups:
        return absent("the service is not installed")
    mine = (machine.output("id", "-Gn") or "").split()
    if user in ("root", SERVICE_USER) or SERVICE_USER in mine:
        return fine(f"{user} is in group {SERVICE_USER}" if SERVICE_USER in mine else user)
    if user in groups[SERVICE_USER]:
        return warning(f"{user} is in group {SERVICE_USER} from the next login on", "now", "log out and in again")
    return warning(
        f"{user} is not in group {SERVICE_USER}",
        "in it, for `pedal status` and `pedal flash`",
        f"sudo usermod -aG {SERVICE_USER} {user}, and log in again",
    )


def _groups(machine: Machine) -> dict[str, set[str]]:
    """Each group's members."""
    rows = [line.split(":") for line in (machine.text("/etc/group") or "").splitlines()]
    return {row[0]: set(row[3].split(",")) for row in rows if len(row) > 3}
