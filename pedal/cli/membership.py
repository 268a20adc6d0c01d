"""The group of the installed service, `pedal`: what is said to whoever is refused because they are not in it."""

import grp
import os
from collections.abc import Collection
from pathlib import Path

GROUP = "pedal"


def remedy(error: BaseException) -> str:
    """What to do about an error that is due to a file of the group's; empty where it is due to something else."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError) and isinstance(cause.filename, str | Path):
            return advice(_group_of(Path(cause.filename)), {os.getegid(), *os.getgroups()})
        cause = cause.__cause__
    return ""


def advice(of: int | None, mine: Collection[int]) -> str:
    """What somebody in the groups `mine` has to do to be in the group `of`, if that is the service's; else empty."""
    from pedal.config import current_user

    try:
        group = grp.getgrnam(GROUP)
    except KeyError:
        return ""
    if of != group.gr_gid or of in mine:
        return ""
    me = current_user() or str(os.getuid())
    if me in group.gr_mem:
        return f"you are in group {GROUP}, but this login is older than that: log out and in again"
    return f"you are not in group {GROUP} yet: run `sudo usermod -aG {GROUP} {me}`, then log out and in again"


def _group_of(path: Path) -> int | None:
    """That of the path, or of the first folder above it that may be looked at."""
    for folder in (path, *path.absolute().parents):
        try:
            return folder.stat().st_gid
        except OSError:
            continue
    return None
