"""The kernel: new enough, and able to interrupt itself for the engine."""

import re

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import AT_ONCE, Finding, absent, fine, warning

OLDEST = (5, 15)
HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"
MODEL = re.compile(r"PREEMPT\w*")
CHOSEN = "/sys/kernel/debug/sched/preempt"
"""Of a PREEMPT_DYNAMIC kernel, each kind, the one at work in brackets; root's to read."""
PREEMPTING = ("full", "lazy")
NEWER = "sudo apt full-upgrade, and restart"


def preemption(machine: Machine) -> Finding:
    """Whether the kernel lets the engine in while it works for somebody else."""
    release, version = machine.text("/proc/sys/kernel/osrelease"), machine.text("/proc/sys/kernel/version")
    if not release or not version:
        return absent()
    if machine.release < OLDEST:
        return warning(f"Linux {release}", "5.15 or later", NEWER)
    built = MODEL.search(version)
    if machine.text("/sys/kernel/realtime") == "1" or (built and built[0] == "PREEMPT_RT"):
        return fine(f"Linux {release}, real-time")
    if built is None:
        return warning(f"Linux {release}, not preemptible", "PREEMPT", "install Raspberry Pi OS's own kernel")
    if built[0] != "PREEMPT_DYNAMIC":
        return fine(f"Linux {release}, {built[0]}")
    kind = _chosen(machine)
    if kind in PREEMPTING:
        return fine(f"Linux {release}, PREEMPT_DYNAMIC, {kind}")
    return warning(
        f"Linux {release}, PREEMPT_DYNAMIC, {kind or 'of a kind that only root may see'}",
        "preempt=full",
        "add preempt=full to the one line of cmdline.txt (on a PC, to the boot loader's), and restart",
    )


def _chosen(machine: Machine) -> str:
    """The kind at work: as the kernel says, or was told; empty where neither can be read."""
    try:
        shown = machine.text(CHOSEN) or ""
    except PermissionError:
        shown = ""
    found = re.search(r"\((\w+)\)", shown)
    return found[1] if found else machine.options.get("preempt", "")


def huge_pages(machine: Machine) -> Finding:
    """Whether khugepaged leaves the memory of those who play alone."""
    shown = machine.text(HUGE_PAGES)
    if shown is None:
        return absent("this Linux has none")
    chosen = re.search(r"\[(\w+)\]", shown)
    if chosen and chosen[1] == "never":
        return fine("never")
    return warning(
        chosen[1] if chosen else shown,
        "never: gathering them holds a core for a millisecond or more",
        AT_ONCE,
        (f"echo never > {HUGE_PAGES}",),
    )
