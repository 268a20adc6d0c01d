"""Groups."""

from pedal.measure.doctor.person import asker, service_user
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

GROUP = "/etc/group"


def test_the_services_user(pi: Tree) -> None:
    assert service_user(pi.machine) == fine("pedal is in audio, gpio, i2c, spi")
    pi.replace(GROUP, "i2c:x:994:pi,pedal", "i2c:x:994:pi")
    found = service_user(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "pedal is not in i2c")
    found = service_user(pi.replace(GROUP, "audio:x:29:pi,pedal", "audio:x:29:pi").machine)
    assert (found.mark, found.found) == (Mark.HEARD, "pedal is not in audio, i2c")
    assert found.fix == "sudo usermod -aG audio,i2c pedal, and restart"


def test_a_machine_without_such_groups(pi: Tree) -> None:
    assert service_user(pi.put(GROUP, "audio:x:29:pedal\npedal:x:985:").machine) == fine("pedal is in audio")
    pi.replace("/etc/passwd", "pedal:", "pedaller:")
    assert service_user(pi.machine) == absent("the service is not installed")


def test_who_asks(pi: Tree) -> None:
    assert asker(pi.machine) == fine("pi is in group pedal")
    found = asker(pi.says("id -Gn", "pi adm sudo\n").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "pi is in group pedal from the next login on")
    pi.replace(GROUP, "pedal:x:985:pi", "pedal:x:985:")
    found = asker(pi.machine)
    assert (found.mark, found.fix) == (Mark.WARNING, "sudo usermod -aG pedal pi, and log in again")
    assert asker(pi.says("id -un", "root\n").machine) == fine("root")
    assert asker(pi.remove(GROUP).machine) == absent("the service is not installed")
