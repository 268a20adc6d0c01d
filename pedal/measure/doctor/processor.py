"""The processor: 64-bit, at full speed, and with a core for the engine alone."""

from pedal.measure.cores import listed, numbers
from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import AT_ONCE, Finding, absent, fine, heard, warning

ELF = b"\x7fELF"
CLASSES = {1: 32, 2: 64}
"""The fifth byte of a program's file: how many bits it is made for."""
GOVERNORS = "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor"
ISOLATE = "./deploy.sh HOST --isolate, from your computer, which says when to restart"


def bits(machine: Machine) -> Finding:
    """Whether programs here are 64-bit, whatever the kernel is: Raspberry Pi OS has both."""
    head = (machine.data("/proc/self/exe") or b"")[:5]
    board = f", {machine.model}" if machine.model else ""
    if not head.startswith(ELF) or len(head) < 5:
        return absent()
    if CLASSES.get(head[4]) == 64:
        return fine(f"64-bit{board}")
    return heard(f"32-bit{board}", "64-bit", "write Raspberry Pi OS Lite (64-bit) to the card: it cannot be converted")


def governor(machine: Machine) -> Finding:
    """Whether every core always runs at full speed."""
    found = {machine.text(path) or "" for path in machine.found(GOVERNORS)}
    if not found:
        return absent("its clock is not Linux's to set")
    if found == {"performance"}:
        return fine("performance")
    tell = heard if machine.is_pi else warning
    return tell(
        " and ".join(sorted(found)),
        "performance: a period that begins at a low clock is late",
        AT_ONCE,
        (f"echo performance | tee {GOVERNORS} > /dev/null",),
    )


def isolated(machine: Machine) -> Finding:
    """Whether a core is kept free of everything else, and is the engine's."""
    wanted = machine.config.engine.cpu
    found = numbers(machine.text("/sys/devices/system/cpu/isolated") or "")
    if wanted >= 0 and wanted not in machine.cores:
        return absent(f"no core {wanted}, which is the engine's")
    if not found:
        if wanted < 0:
            return fine("none, as pedal.toml lets the engine use any")
        return warning("none", f"core {wanted}, for the engine alone", ISOLATE)
    if wanted not in found:
        settings = f"[engine] cpu = {max(found)} in pedal.toml"
        return warning(f"{listed(found)}, not the engine's", "the engine on it", settings)
    if found != {wanted}:
        return warning(f"{listed(found)}, of which the engine uses {wanted}", f"core {wanted} alone", ISOLATE)
    return fine(f"core {wanted}, the engine's")


def tick(machine: Machine) -> Finding:
    """Whether the kernel's timer leaves the engine's core alone."""
    listed_cores = machine.text("/sys/devices/system/cpu/nohz_full")
    if listed_cores is None:
        return absent("its kernel is built without CONFIG_NO_HZ_FULL")
    return _left_alone(machine, numbers(listed_cores))


def callbacks(machine: Machine) -> Finding:
    """Whether the kernel's own cleaning up (RCU) is done on other cores."""
    if "rcu_nocbs" not in machine.options and not machine.cores:
        return absent()
    return _left_alone(machine, numbers(machine.options.get("rcu_nocbs", "")))


def _left_alone(machine: Machine, found: frozenset[int]) -> Finding:
    wanted = machine.config.engine.cpu
    if wanted not in machine.cores:
        return absent(
            f"no core {wanted}, which is the engine's" if wanted >= 0 else "the engine has no core of its own"
        )
    if wanted in found:
        return fine(f"{listed(found)} left alone")
    told = f"only {listed(found)} left alone" if found else "on every core"
    return warning(told, f"core {wanted} left alone", ISOLATE)
