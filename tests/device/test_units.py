"""The units as systemd runs them: up, watched, in real time, and confined, while both processes do their work."""

import json

import pytest

from tests.device.machine import Machine
from tests.device.words import plays

ENGINE, CONTROL = "pedal-engine", "pedal-control"
UNITS = (ENGINE, CONTROL)
MOST_EXPOSED = 2.0
"""By systemd's own measure, 0 to 10."""


def process(machine: Machine, unit: str) -> int:
    """The number of the unit's main process."""
    return int(machine.root(f"systemctl show -P MainPID {unit}"))


def facts(machine: Machine, unit: str) -> dict[str, str]:
    """/proc/…/status of the unit's main process."""
    lines = machine.root(f"cat /proc/{process(machine, unit)}/status").splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def test_the_engine_said_that_it_is_ready_and_is_heard_of(shared_bench: Machine) -> None:
    shown = shared_bench.root(
        f"systemctl show {ENGINE} -p Type,ActiveState,SubState,NRestarts,WatchdogUSec,WatchdogTimestampMonotonic"
    )
    values = dict(line.split("=", 1) for line in shown.splitlines())
    assert (values["Type"], values["ActiveState"], values["SubState"]) == ("notify", "active", "running")
    assert values["WatchdogUSec"] == "2s"
    assert values["WatchdogTimestampMonotonic"] != "0"


def test_the_engine_runs_in_real_time_on_its_core(shared_bench: Machine) -> None:
    number = process(shared_bench, ENGINE)
    assert shared_bench.root(f"chrt -p {number}").splitlines() == [
        f"pid {number}'s current scheduling policy: SCHED_FIFO",
        f"pid {number}'s current scheduling priority: 80",
    ]
    shown = facts(shared_bench, ENGINE)
    assert shown["Threads"] == "1"
    assert shown["Cpus_allowed_list"] == "1"
    assert int(shown["VmLck"].split()[0]) > 1000


@pytest.mark.parametrize("unit", UNITS)
def test_a_process_has_no_power_and_can_get_none(shared_bench: Machine, unit: str) -> None:
    shown = facts(shared_bench, unit)
    assert shown["NoNewPrivs"] == "1"
    assert shown["Seccomp"] == "2"
    assert {int(shown[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    user = shared_bench.root("id -u pedal").strip()
    assert shown["Uid"].split() == [user] * 4


@pytest.mark.parametrize("unit", UNITS)
def test_what_a_process_sees_is_confined(shared_bench: Machine, unit: str) -> None:
    """As root would be, had it the process's namespaces: the file systems themselves refuse."""
    within = f"nsenter -m -n -t {process(shared_bench, unit)}"
    paths = ("/etc/x", "/opt/pedal/x", "/usr/x", "/boot/x", "/sys/kernel/mm/x")
    each = f"for path in {' '.join(paths)}; do LC_ALL=C {within} touch $path 2>&1 && echo taken; done; true"
    said = shared_bench.root(each).splitlines()
    assert len(said) == len(paths), said
    assert all(line.endswith(("Read-only file system", "Permission denied")) for line in said), said
    shared_bench.root(f"{within} touch /var/lib/pedal/x && rm /var/lib/pedal/x")
    assert shared_bench.root(f"{within} ls /home /root").split() == ["/home:", "/root:"]
    assert shared_bench.root(f"{within} ip -brief link").split()[0] == "lo"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_little_exposed(shared_bench: Machine, unit: str) -> None:
    told = shared_bench.root(f"systemd-analyze security --no-pager {unit} | tail -1")
    exposure = float(told.split("level for")[1].split(":")[1].split()[0])
    assert exposure <= MOST_EXPOSED


def test_confined_they_both_work(shared_bench: Machine) -> None:
    before, after = (json.loads(shared_bench.root(f"{wait} pedal status --json")) for wait in ("", "sleep 2;"))
    assert (after["state"], after["process"]) == ("running", before["process"])
    assert after["heartbeat"] > before["heartbeat"]
    assert after["boot_to_sound_s"] > 0
    assert shared_bench.picture().any()


def test_the_board_is_a_4b_and_its_pins_go_by_lgpio(shared_bench: Machine) -> None:
    script = (
        "from gpiozero.pins.lgpio import LGPIOFactory; i = LGPIOFactory().board_info; print(i.model, i.revision, i.soc)"
    )
    told = shared_bench.root(f"cd /tmp && /opt/pedal/current/bin/python -W ignore -c '{script}'").split()
    assert told == ["4B", "c03111", "BCM2711"]
    taken = shared_bench.root("gpioinfo").splitlines()
    for pin in (5, 6, 16, 17, 20, 22, 27):
        assert any(f'"GPIO{pin}"' in line and "unused" not in line for line in taken), pin


def test_the_display_and_its_bus_came_with_the_restart(shared_bench: Machine) -> None:
    assert shared_bench.root("cat /sys/module/ssd1306_sim/parameters/khz") == "400\n"
    assert "include pedal.txt" in shared_bench.root("cat /boot/firmware/config.txt")


def test_no_memory_is_gathered_into_huge_pages(shared_bench: Machine) -> None:
    assert "[never]" in shared_bench.root("cat /sys/kernel/mm/transparent_hugepage/enabled")


@pytest.mark.rare
def test_kernels_of_another_board_are_built_anew(bench: Machine) -> None:
    """The engine ends with status 78, and its kernels are compiled by the unit that systemd starts then."""
    kernels = "/opt/pedal/current/kernels"
    bench.root(f"systemctl stop pedal-engine && rm {kernels}/libpedal-*.so")
    bench.root("systemctl --no-block start pedal-engine")
    bench.until(f"ls {kernels}/libpedal-*.so", 3600)
    plays(bench)
    assert "status=78" in bench.root("journalctl -b -q -o cat -u pedal-engine")


def test_nothing_of_the_release_can_be_written_to(shared_bench: Machine) -> None:
    loose = shared_bench.root("find -L /opt/pedal -xdev \\( ! -user root -o -perm /022 \\) ! -type l | head")
    assert loose == ""
