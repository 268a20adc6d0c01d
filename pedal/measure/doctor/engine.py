"""The audio process as it runs: its priority, its core, its memory, what it is permitted, what it has missed."""

from pedal.link import RUNNING
from pedal.measure.cores import listed, numbers
from pedal.measure.doctor.machine import Machine, Process, scheduling
from pedal.measure.finding import Finding, absent, fine, heard, unchecked, warning

FIFO = "SCHED_FIFO"
LEAST_PRIORITY, MOST_PRIORITY = 80, 90
"""Of the service's: above the kernel's threads for interrupts, below what keeps the kernel itself going."""
HIGH_LOAD = 0.8
LONGEST_BOOT_S = 10.0
"""From Linux's start to the first sound."""
NOT_RUNNING = "the engine does not run"
PERMIT = (
    "the unit permits it; by hand: `@audio - rtprio 95` and `@audio - memlock unlimited` in "
    "/etc/security/limits.d/audio.conf, your user in group audio, and log in again"
)
BOOT = (
    "restart with the interface plugged in; where it is as late again, `systemd-analyze critical-chain "
    "pedal-engine.service` says what the engine waited for, `journalctl -b -u pedal-engine` when it had its card"
)


def priority(machine: Machine) -> Finding:
    """Whether the engine comes before everything else; as no service, it may be as pedal.toml asks."""
    wanted = machine.config.engine.priority
    engine = machine.engine
    if engine is None:
        return unchecked(NOT_RUNNING)
    policy, level = scheduling(machine.text(f"/proc/{engine.number}/stat") or "")
    found = f"{policy} {level}" if policy else "an ordinary process"
    if wanted and policy != FIFO:
        return heard(found, f"SCHED_FIFO {wanted}", PERMIT)
    if wanted and level != wanted:
        return warning(found, f"SCHED_FIFO {wanted}, as pedal.toml asks", "restart the engine")
    if LEAST_PRIORITY <= level <= MOST_PRIORITY:
        return fine(found)
    if not machine.is_installed:
        return fine(f"{found}, as pedal.toml asks")
    tell = warning if wanted else heard
    return tell(
        f"{found}, as pedal.toml asks",
        f"SCHED_FIFO {LEAST_PRIORITY} to {MOST_PRIORITY}",
        f"[engine] priority = {LEAST_PRIORITY}, and restart the engine",
    )


def core(machine: Machine) -> Finding:
    """Whether the engine keeps to the core that pedal.toml gives it."""
    wanted = machine.config.engine.cpu
    if wanted >= 0 and machine.cores and wanted not in machine.cores:
        return warning(
            f"pedal.toml asks for core {wanted}; here are {listed(machine.cores)}",
            "one that is there",
            f"[engine] cpu = {max(machine.cores)}, or -1 for any",
        )
    engine = machine.engine
    if engine is None:
        return unchecked(NOT_RUNNING)
    allowed = numbers(_status(machine, engine).get("Cpus_allowed_list", ""))
    if wanted < 0:
        return fine(f"{listed(allowed)}, as pedal.toml asks")
    if allowed != {wanted}:
        return warning(
            f"it may use {listed(allowed)}", f"core {wanted} alone", "restart it and see its first log lines"
        )
    return fine(f"core {wanted} alone")


def memory(machine: Machine) -> Finding:
    """Whether none of the engine's memory can be swapped out."""
    engine = machine.engine
    if engine is None:
        return unchecked(NOT_RUNNING)
    status = _status(machine, engine)
    locked_kb, swapped_kb = (int(status.get(key, "0 kB").split()[0]) for key in ("VmLck", "VmSwap"))
    if not machine.config.engine.lock_memory:
        return fine("not locked, as pedal.toml asks")
    if not locked_kb:
        return warning("not locked", "locked, or a page that was put aside is late", PERMIT)
    if swapped_kb:
        return warning(f"{swapped_kb} kB of it are swapped out", "none", "restart the engine")
    return fine(f"{locked_kb / 1024:.0f} MB locked")


def limits(machine: Machine) -> Finding:
    """Whether the running engine is permitted what pedal.toml asks for."""
    engine = machine.engine
    if engine is None:
        return unchecked(NOT_RUNNING)
    rows = {
        line[:26].strip(): line[26:].split()
        for line in (machine.text(f"/proc/{engine.number}/limits") or "").splitlines()
    }
    rtprio = rows.get("Max realtime priority", ["0"])[0]
    memlock = rows.get("Max locked memory", ["0"])[0]
    config = machine.config.engine
    short = (rtprio.isdecimal() and int(rtprio) < config.priority) or (config.lock_memory and memlock != "unlimited")
    found = f"rtprio {rtprio}, memlock {memlock}"
    if short:
        return warning(found, f"rtprio {max(95, config.priority)}, memlock unlimited", PERMIT)
    return fine(found)


def dropouts(machine: Machine) -> Finding:
    """What the engine has missed since it started, and how near it is to missing more."""
    words = machine.words
    if machine.engine is None or words.get("state") != RUNNING:
        return unchecked("the engine does not play")
    xruns = int(words["xruns_capture"] + words["xruns_playback"])
    found = (
        f"{xruns} xruns, {int(words['late'])} late periods, load {words['load']:.0%}, at most {words['load_peak']:.0%}"
    )
    if words["load_peak"] > HIGH_LOAD:
        return heard(found, f"a load of {HIGH_LOAD:.0%} at most", "a smaller model, or a longer [card] period_frames")
    if xruns:
        return warning(found, "no xruns", "put right what is marked above; `pedal soak` counts them under stress")
    return fine(found)


def boot(machine: Machine) -> Finding:
    """How long the machine is up, and whether it sounded soon; where there is no service, that is the player's."""
    up_s = float((machine.text("/proc/uptime") or "nan").split()[0])
    if up_s != up_s:
        return absent()
    up = f"{up_s / 60:.0f} minutes" if up_s < 7200 else f"{up_s / 3600:.0f} hours"
    sound_s = machine.words.get("boot_to_sound_ms", 0) / 1000
    found = f"up for {up}; first sound {sound_s:.1f} s after Linux" if sound_s else f"up for {up}"
    if sound_s <= LONGEST_BOOT_S or not machine.is_installed:
        return fine(found)
    return warning(found, f"{LONGEST_BOOT_S:.0f} s at most", BOOT)


def _status(machine: Machine, engine: Process) -> dict[str, str]:
    """The lines of /proc/PID/status by their names."""
    lines = (machine.text(f"/proc/{engine.number}/status") or "").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
