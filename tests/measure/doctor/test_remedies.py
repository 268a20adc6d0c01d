"""What is run as root, and how."""

import subprocess
from pathlib import Path

from pedal.measure.doctor import processor
from pedal.measure.doctor.examination import examine
from pedal.measure.doctor.remedies import TUNE, command, remedies, started
from pedal.measure.finding import Examined, fine, heard, warning
from tests.measure.doctor.trees import Tree

FOUND = [
    Examined("a", heard("", remedy=("echo one", "echo two"))),
    Examined("b", fine("")),
    Examined("c", warning("", remedy=("echo two", "echo three"))),
]


def test_each_line_once() -> None:
    assert remedies(FOUND, has_tune=False) == ["echo one", "echo two", "echo three"]


def test_the_services_own_way_comes_first_and_only_if_anything_is_to_be_done() -> None:
    assert remedies(FOUND, has_tune=True)[:2] == [TUNE, "echo one"]
    assert remedies(FOUND[1:2], has_tune=True) == []


def test_one_question_for_all_of_them() -> None:
    words = command(["false", "echo second"], is_root=False)
    assert words[:2] == ["sudo", "--"]
    assert command(["false", "echo second"], is_root=True) == words[2:]
    ran = subprocess.run(words[2:], capture_output=True, text=True)
    assert ran.stdout == "second\n", "a line that fails leaves the others to be done"


def test_a_failure_of_any_line_is_told() -> None:
    assert started(command(["false", "true"], is_root=True)) == 1
    assert started(command(["true", "true"], is_root=True)) == 0
    assert started(["there-is-no-such-command"]) == 127


def test_a_core_that_refuses_is_told_whichever_it_is(pi: Tree, tmp_path: Path) -> None:
    """And the others are set."""
    policies = "/sys/devices/system/cpu/cpufreq/policy{}/scaling_governor"
    pi.remove(policies.format(0)).put(policies.format(0) + "/folder", "").put(policies.format(1), "ondemand")
    (line,) = processor.governor(pi.machine).remedy
    assert started(command([line.replace("/sys/", f"{tmp_path}/sys/")], is_root=True)) == 1
    assert processor.governor(pi.remove(policies.format(0)).machine) == fine("performance")


def test_the_lines_do_what_they_say(pi: Tree, tmp_path: Path) -> None:
    """In the tree instead of the real /proc and /sys; then everything that has a remedy is fine."""
    governor = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor"
    pi.put(governor, "ondemand").put("/sys/bus/usb/devices/1-1.2/power/control", "auto")
    pi.replace("/proc/interrupts", "0          0     GICv2 189", "0      71234     GICv2 189")
    pi.put("/proc/irq/31/effective_affinity_list", "3").link(
        "/proc/irq/31/smp_affinity_list", "effective_affinity_list"
    )
    found = examine(pi.machine)
    assert {name for name, finding in found if finding.remedy} == {"governor", "USB sleep", "interrupts"}
    lines = [
        line.replace("/sys/", f"{tmp_path}/sys/").replace("/proc/", f"{tmp_path}/proc/")
        for line in remedies(found, has_tune=False)
    ]
    assert started(command(lines, is_root=True)) == 0
    assert not [name for name, finding in examine(pi.machine) if finding.remedy]
