"""Other real-time threads on the engine's core."""

from collections.abc import Iterator

from pedal.measure.cores import numbers
from pedal.measure.doctor.machine import Machine, scheduling
from pedal.measure.finding import Finding, absent, fine, warning

MOST_PRIORITY = 5
"""Of anything but the engine, on its core."""


def rivals(machine: Machine) -> Finding:
    """Whether no other program may take the engine's core in real time; the kernel's own threads do no harm there."""
    core = machine.config.engine.cpu
    if core not in machine.cores:
        return absent(f"no core {core}, which is the engine's" if core >= 0 else "the engine has no core of its own")
    found = ", ".join(dict.fromkeys(_found(machine, core)))
    if found:
        return warning(f"{found} on core {core} too", "the engine alone", "end it, or keep it off that core by taskset")
    return fine(f"none on core {core}")


def _found(machine: Machine, core: int) -> Iterator[str]:
    for process in machine.processes:
        if process == machine.engine or process.arguments == ("",):
            continue
        for path in machine.found(f"/proc/{process.number}/task/[0-9]*/stat"):
            kind, priority = scheduling(machine.text(path) or "")
            if kind and priority > MOST_PRIORITY and core in _allowed(machine, path.rpartition("/")[0]):
                yield f"{process.name} ({kind} {priority})"


def _allowed(machine: Machine, folder: str) -> frozenset[int]:
    lines = (machine.text(f"{folder}/status") or "").splitlines()
    key = "Cpus_allowed_list:"
    return next((numbers(line.removeprefix(key)) for line in lines if line.startswith(key)), frozenset())
