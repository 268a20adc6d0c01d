"""Which cores the hardware's interrupts are served by."""

from collections.abc import Iterator
from typing import NamedTuple

from pedal.measure.cores import listed, numbers
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import AT_ONCE, Finding, absent, fine, warning

TABLE = "/proc/interrupts"
PER_CORE = 32
"""Interrupts of an ARM's controller below this number are each core's own, such as its timer."""
USB = ("xhci", "ehci", "dwc_otg", "dwc2", "ohci", "uhci")


class Interrupt(NamedTuple):
    """One line of the table."""

    number: int
    counts: dict[int, int]
    """By core, since boot."""
    name: str
    """Its controller, kind and devices."""
    device: str
    """The last word of it."""


def usb(machine: Machine) -> Finding:
    """Where the USB controller's are served; a Pi 4's cannot be moved from core 0."""
    table = [line for line in _table(machine) if any(word in line.name for word in USB)]
    if not table:
        return absent("no USB controller")
    cores = frozenset(core for line in table for core in _cores(machine, line))
    engine = machine.config.engine.cpu
    if engine in cores:
        return fine(f"on {listed(cores)}, the engine's among them: each takes some µs from it")
    return fine(f"on {listed(cores)}" + (f", away from the engine's core {engine}" if engine in machine.cores else ""))


def others(machine: Machine) -> Finding:
    """Whether other devices interrupt the engine's core."""
    engine, table = machine.config.engine.cpu, list(_table(machine))
    if not table:
        return absent()
    if engine not in machine.cores:
        return absent(
            f"no core {engine}, which is the engine's" if engine >= 0 else "the engine has no core of its own"
        )
    disturbing = [
        line
        for line in table
        if not any(word in line.name for word in USB) and line.counts.get(engine) and _cores(machine, line) == {engine}
    ]
    if not disturbing:
        return fine(f"none on core {engine}")
    names = ", ".join(f"{line.device} ({line.number})" for line in disturbing)
    elsewhere = min(machine.cores - {engine}, default=engine)
    return warning(
        f"{names} on core {engine}",
        "on other cores",
        AT_ONCE,
        tuple(f"echo {elsewhere} > /proc/irq/{line.number}/smp_affinity_list" for line in disturbing),
    )


def _table(machine: Machine) -> Iterator[Interrupt]:
    """The numbered interrupts that belong to no single core."""
    lines = (machine.text(TABLE) or "").splitlines()
    cores = [int(word.removeprefix("CPU")) for word in lines[0].split()] if lines else []
    for line in lines[1:]:
        label, _, rest = line.partition(":")
        words = rest.split()
        if not label.strip().isdecimal() or len(words) <= len(cores):
            continue
        name = words[len(cores) :]
        own = name[0].startswith("GIC") and len(name) > 1 and name[1].isdecimal() and int(name[1]) < PER_CORE
        if not own and "arm-pmu" not in name:
            counts = {core: int(word) for core, word in zip(cores, words, strict=False)}
            yield Interrupt(int(label), counts, " ".join(name), name[-1])


def _cores(machine: Machine, line: Interrupt) -> frozenset[int]:
    """Those that serve it: the kernel says, or the counts do where the controller has no choice."""
    effective = numbers(machine.text(f"/proc/irq/{line.number}/effective_affinity_list") or "")
    return effective or frozenset(core for core, count in line.counts.items() if count)
