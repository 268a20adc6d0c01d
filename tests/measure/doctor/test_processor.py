"""64 bits, full speed, a core of one's own."""

import pytest

from pedal.measure.doctor import processor
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

GOVERNOR = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor"
ISOLATED, TICK = "/sys/devices/system/cpu/isolated", "/sys/devices/system/cpu/nohz_full"


def test_bits(pi: Tree) -> None:
    assert processor.bits(pi.machine) == fine("64-bit, Raspberry Pi 4 Model B Rev 1.4")
    pi.put("/proc/self/exe", b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x02\x00\x28\x00")
    found = processor.bits(pi.machine)
    assert (found.mark, found.found) == (Mark.HEARD, "32-bit, Raspberry Pi 4 Model B Rev 1.4")
    assert processor.bits(pi.put("/proc/self/exe", b"\x7fELF").machine) == absent()
    assert processor.bits(pi.remove("/proc/self/exe").machine) == absent()


def test_governor(pi: Tree) -> None:
    assert processor.governor(pi.machine) == fine("performance")
    found = processor.governor(pi.put(GOVERNOR, "ondemand").machine)
    assert (found.mark, found.found) == (Mark.HEARD, "ondemand")
    assert found.remedy[0].startswith("echo performance | tee ")
    pi.put(GOVERNOR.replace("policy0", "policy2"), "performance")
    assert processor.governor(pi.machine).found == "ondemand and performance"
    assert processor.governor(pi.remove("/proc/device-tree/model").machine).mark == Mark.WARNING
    assert processor.governor(pi.remove("/sys/devices/system/cpu/cpufreq").machine) == absent(
        "its clock is not Linux's to set"
    )


@pytest.mark.parametrize(
    ("isolated", "toml", "mark", "found"),
    [
        ("3", "", Mark.FINE, "core 3, the engine's"),
        ("", "", Mark.WARNING, "none"),
        ("2-3", "", Mark.WARNING, "cores 2, 3, of which the engine uses 3"),
        ("2", "", Mark.WARNING, "core 2, not the engine's"),
        ("3", "cpu = -1", Mark.WARNING, "core 3, not the engine's"),
        ("", "cpu = -1", Mark.FINE, "none, as pedal.toml lets the engine use any"),
        ("3", "cpu = 7", Mark.ABSENT, "not on this machine: no core 7, which is the engine's"),
    ],
)
def test_isolated(pi: Tree, isolated: str, toml: str, mark: Mark, found: str) -> None:
    said = processor.isolated(pi.put(ISOLATED, isolated).toml(f"[engine]\n{toml}\n").machine)
    assert (said.mark, said.found) == (mark, found)


@pytest.mark.parametrize(
    ("listed", "mark", "found"),
    [
        ("3", Mark.FINE, "core 3 left alone"),
        ("2-3", Mark.FINE, "cores 2, 3 left alone"),
        ("1", Mark.WARNING, "only core 1 left alone"),
        ("", Mark.WARNING, "on every core"),
        ("(null)", Mark.WARNING, "on every core"),
    ],
)
def test_tick_and_callbacks(pi: Tree, listed: str, mark: Mark, found: str) -> None:
    pi.put(TICK, listed)
    pi.put("/proc/cmdline", f"root=/dev/mmcblk0p2 rcu_nocbs={listed} rootwait")
    for check in (processor.tick, processor.callbacks):
        said = check(pi.machine)
        assert (said.mark, said.found) == (mark, found)


def test_raspberry_pi_oss_own_kernel_has_no_tick_to_turn_off(pi: Tree) -> None:
    assert processor.tick(pi.remove(TICK).machine) == absent("its kernel is built without CONFIG_NO_HZ_FULL")


def test_an_engine_without_a_core_needs_no_quiet_one(pi: Tree) -> None:
    pi.toml("[engine]\ncpu = -1\n")
    assert {check(pi.machine) for check in (processor.tick, processor.callbacks)} == {
        absent("the engine has no core of its own")
    }


def test_callbacks_of_a_machine_that_tells_nothing(nothing: Tree) -> None:
    assert processor.callbacks(nothing.machine) == absent()
