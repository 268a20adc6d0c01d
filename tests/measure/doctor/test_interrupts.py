"""Which cores are interrupted, by a Pi 4's own table."""

from pedal.measure.doctor.interrupts import others, usb
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree


def test_the_usb_controller_of_a_pi_4_is_served_where_its_counts_are(pi: Tree) -> None:
    """Its chip cannot choose a core, and its effective affinity is empty."""
    assert usb(pi.machine) == fine("on core 0, away from the engine's core 3")


def test_on_the_engines_core_by_choice(pi: Tree) -> None:
    pi.put("/proc/irq/39/effective_affinity_list", "3")
    assert usb(pi.machine) == fine("on core 3, the engine's among them: each takes some µs from it")
    assert others(pi.machine) == fine("none on core 3")


def test_no_usb_and_no_table(pi: Tree) -> None:
    assert usb(pi.replace("/proc/interrupts", "xhci_hcd", "nvme0q0").machine) == absent("no USB controller")
    assert others(pi.remove("/proc/interrupts").machine) == absent()


def test_a_device_on_the_engines_core(pi: Tree) -> None:
    """The timer's and the counters' interrupts are each core's own; what has come before it was moved away is past."""
    assert others(pi.machine) == fine("none on core 3")
    pi.replace("/proc/interrupts", "0          0     GICv2 189", "0      71234     GICv2 189")
    assert others(pi.machine) == fine("none on core 3")
    found = others(pi.put("/proc/irq/31/effective_affinity_list", "3").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "eth0 (31) on core 3")
    assert found.remedy == ("echo 0 > /proc/irq/31/smp_affinity_list",)


def test_a_device_that_may_but_never_did(pi: Tree) -> None:
    pi.put("/proc/irq/41/effective_affinity_list", "3")
    assert others(pi.machine) == fine("none on core 3")


def test_an_engine_without_a_core(pi: Tree) -> None:
    assert others(pi.toml("[engine]\ncpu = -1\n").machine) == absent("the engine has no core of its own")
    assert others(pi.toml("[engine]\ncpu = 9\n").machine) == absent("no core 9, which is the engine's")
    assert usb(pi.machine) == fine("on core 0")
