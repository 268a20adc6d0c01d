"""How hot the processor is."""

from pathlib import Path

ZONES = ("cpu-thermal", "cpu_thermal", "x86_pkg_temp", "soc-thermal", "soc_thermal")
"""Thermal zones that are the processor's; a Pi has cpu-thermal."""
SENSORS = ("cpu_thermal", "coretemp", "k10temp", "zenpower")
"""Drivers of sensors that are."""


def temperature_c(kernel: Path = Path("/sys")) -> float | None:
    """The processor's hottest reading in degrees Celsius; None where this machine does not tell."""
    readings = [
        _read(reading)
        for pattern, name, wanted, values in (
            ("class/thermal/thermal_zone*", "type", ZONES, "temp"),
            ("class/hwmon/hwmon*", "name", SENSORS, "temp*_input"),
        )
        for folder in kernel.glob(pattern)
        if contents(folder / name) in wanted
        for reading in folder.glob(values)
    ]
    return max((reading for reading in readings if reading is not None), default=None)


def _read(path: Path) -> float | None:
    """Thousandths of a degree, as the kernel writes them, in degrees."""
    try:
        return int(contents(path)) / 1000.0
    except ValueError:
        return None


def contents(path: Path) -> str:
    """What the kernel's file holds; nothing where there is none, or a sensor is asleep or gone."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
