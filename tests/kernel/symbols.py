"""What a library asks of others, and tools that not every machine has."""

import shutil
import subprocess
from pathlib import Path

import pytest

ALLOWED = {"memcpy", "memmove", "memset"}
"""Beside libm; all of it touches nothing but the memory it is given."""


def needed(tool: str, package: str) -> str:
    found = shutil.which(tool)
    if not found:
        pytest.skip(f"{tool} is not installed (Debian package {package})")
    return found


def undefined(library: Path, libm: Path) -> set[str]:
    """Undefined symbols of the library that libm does not define."""

    def names(path: Path, *options: str) -> set[str]:
        listing = subprocess.run(["readelf", "-W", *options, path], check=True, capture_output=True, text=True).stdout
        rows = [line.split() for line in listing.splitlines() if line.strip()[:1].isdigit() and len(line.split()) > 7]
        return {f"{'?' if row[6] == 'UND' else ''}{row[7].split('@')[0]}" for row in rows}

    missing = {name[1:] for name in names(library, "--dyn-syms") if name.startswith("?") and name != "?"}
    return missing - names(libm, "--dyn-syms")
