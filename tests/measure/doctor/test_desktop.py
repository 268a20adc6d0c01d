"""Desktop and HDMI."""

from pedal.measure.doctor.desktop import desktop, gpu_memory, hdmi
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

OUTPUT = "/sys/class/drm/card1-HDMI-A-1"


def test_desktop(pi: Tree) -> None:
    assert desktop(pi.machine) == fine("none runs")
    pi.process(900, "lightdm", "/usr/sbin/lightdm").process(950, "labwc", "/usr/bin/labwc")
    found = desktop(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "labwc, lightdm")


def test_gpu_memory(pi: Tree) -> None:
    assert gpu_memory(pi.machine) == fine("76 MB beside 3793 MB")
    found = gpu_memory(pi.put("/proc/meminfo", "MemTotal:  936000 kB").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "76 MB beside 914 MB")
    assert gpu_memory(pi.says("vcgencmd get_mem gpu", "gpu=16M\n").machine) == fine("16 MB beside 914 MB")
    assert gpu_memory(pi.says("vcgencmd get_mem gpu", None).machine) == absent()


def test_hdmi(pi: Tree) -> None:
    assert hdmi(pi.machine) == fine("off, without a screen")
    found = hdmi(pi.put(f"{OUTPUT}/enabled", "enabled").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "card1-HDMI-A-1 draws without a screen")
    assert hdmi(pi.put(f"{OUTPUT}/status", "connected").machine) == fine("a screen on card1-HDMI-A-1")
    assert hdmi(pi.remove(OUTPUT).machine) == absent("no HDMI")
