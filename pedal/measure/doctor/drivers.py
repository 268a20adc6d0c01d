"""Which libraries for the pins this interpreter has, as JSON: `python -m pedal.measure.doctor.drivers`.

A process of its own, because the pedal's interpreter is asked, and lgpio makes a pipe when it is imported.
"""

import importlib.metadata
import importlib.util
import json
from pathlib import Path

REAL, EMPTY, REPLACED, MISSING = "real", "empty", "replaced", "missing"


def lgpio() -> str:
    """real; empty, as 0.0.0.2 is; or missing."""
    spec = importlib.util.find_spec("lgpio")
    if spec is None or spec.origin is None:
        return MISSING
    return REAL if "gpiochip_open" in Path(spec.origin).read_text("utf-8", "replace") else EMPTY


def rpi_gpio() -> str:
    """real; replaced, by rpi-lgpio's module of the same name; or missing."""
    try:
        if importlib.util.find_spec("RPi.GPIO") is None:
            return MISSING
    except ModuleNotFoundError:
        return MISSING
    try:
        importlib.metadata.version("rpi-lgpio")
    except importlib.metadata.PackageNotFoundError:
        return REAL
    return REPLACED


def main() -> int:
    """Print both as JSON."""
    print(json.dumps({"lgpio": lgpio(), "RPi.GPIO": rpi_gpio()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
