"""Desktop and HDMI."""

from pedal.measure.doctor.desktop import desktop, hdmi
from pedal.measure.doctor.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

OUTPUT = "/sys/class/drm/card1-HDMI-A-1"


def test_desktop(pi: Tree) -> None:
    assert desktop(pi.machine) == fine("none runs")
    pi.process(900, "lightdm", "/usr/sbin/lightdm").process(950, "labwc", "/usr/bin/labwc")
    found = desktop(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "labwc, lightdm")


def test_hdmi(pi: Tree) -> None:
    assert hdmi(pi.machine) == fine("off, without a screen")
    found = hdmi(pi.put(f"{OUTPUT}/enabled", "enabled").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "card1-HDMI-A-1 draws without a screen")
    assert hdmi(pi.put(f"{OUTPUT}/status", "connected").machine) == fine("a screen on card1-HDMI-A-1")
    assert hdmi(pi.remove(OUTPUT).machine) == absent("no HDMI")
