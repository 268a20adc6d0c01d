"""What a pedal has no use for: a desktop, and a picture on HDMI."""

from pedal.measure.doctor.machine import Machine
from pedal.measure.finding import Finding, absent, fine, warning

SESSIONS = (
    "Xorg", "Xwayland", "labwc", "wayfire", "weston", "sway", "gnome-shell", "kwin_wayland", "lightdm", "gdm3", "sddm",
)  # fmt: skip


LEAST_GPU_MB = 16
LITTLE_MB = 1_000


def desktop(machine: Machine) -> Finding:
    """Whether a desktop runs beside the pedal."""
    running = sorted({process.name for process in machine.processes if process.name in SESSIONS})
    if not running:
        return fine("none runs")
    return warning(
        ", ".join(running),
        "none: it takes processor, memory and often the card",
        "sudo systemctl set-default multi-user.target, and restart",
    )


def gpu_memory(machine: Machine) -> Finding:
    """How much memory a Pi's graphics keeps for itself; a Pi with little wants it for the models."""
    said = (machine.output("vcgencmd", "get_mem", "gpu") or "").strip().removeprefix("gpu=")
    lines = (machine.text("/proc/meminfo") or "").splitlines()
    total = [line.split()[1] for line in lines if line.startswith("MemTotal:")]
    if not said.removesuffix("M").isdecimal() or not total:
        return absent()
    gpu_mb, total_mb = int(said.removesuffix("M")), int(total[0]) // 1024
    found = f"{gpu_mb} MB beside {total_mb} MB"
    if gpu_mb > LEAST_GPU_MB and total_mb < LITTLE_MB:
        return warning(found, f"{LEAST_GPU_MB} MB", f"gpu_mem={LEAST_GPU_MB} in config.txt, and restart")
    return fine(found)


def hdmi(machine: Machine) -> Finding:
    """Whether the HDMI outputs draw nothing where no screen is plugged in."""
    outputs = {
        path.split("/")[4]: path.rpartition("/")[0] for path in machine.found("/sys/class/drm/card*-HDMI-*/status")
    }
    if not outputs:
        return absent("no HDMI")
    forced, shown = [], []
    for name, folder in outputs.items():
        if machine.text(f"{folder}/status") == "connected":
            shown.append(name)
        elif machine.text(f"{folder}/enabled") == "enabled":
            forced.append(name)
    if forced:
        fix = "take hdmi_force_hotplug and video= out of config.txt and cmdline.txt, and restart"
        return warning(f"{', '.join(forced)} draws without a screen", "off", fix)
    return fine(f"a screen on {', '.join(shown)}" if shown else "off, without a screen")
