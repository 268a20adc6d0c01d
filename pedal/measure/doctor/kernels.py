"""The compiled kernels: made for this processor and this release."""

from pathlib import PurePath

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, fine, heard, warning

BUILD = "sudo systemctl restart pedal-kernels; without the service: pedal kernel build"


def library(machine: Machine) -> Finding:
    """Whether there is a kernel library for this processor."""
    folder = machine.where.kernels
    tags = [PurePath(path).stem.removeprefix("libpedal-") for path in machine.found(f"{folder}/libpedal-*.so")]
    if machine.tag in tags:
        return fine(machine.tag)
    tell = heard if machine.engine is None and machine.is_installed else warning
    if not tags:
        return tell(f"none in {folder}", machine.tag, f"the first start builds it; or: {BUILD}")
    wrong = sorted({difference for tag in tags if (difference := _difference(tag, machine.tag))})
    return tell(f"{', '.join(tags)}: for {' and '.join(wrong)}", machine.tag, BUILD)


def _difference(tag: str, expected: str) -> str:
    """What is another in the one than in the other."""
    parts = ("another machine", "another processor", "another release")
    pairs = zip(parts, tag.split("-"), expected.split("-"), strict=False)
    return next((part for part, found, wanted in pairs if found != wanted), "")
