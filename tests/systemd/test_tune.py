"""`systemd/tune` on folders that stand for a machine's /sys and /proc."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.config import EngineConfig

TUNE = Path(__file__).parents[2] / "systemd" / "tune"
HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/enabled"


class Machine:
    """A machine's settings as files, and a program `iw` that notes what it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "bin").mkdir()
        (root / "bin" / "iw").write_text(f'#!/bin/sh\necho "$*" >>{root}/iw-asked\n')
        (root / "bin" / "iw").chmod(0o755)

    def has(self, files: dict[str, str]) -> None:
        """Those files, with a line each."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")

    def refuses(self, name: str) -> None:
        """Writing to that file fails."""
        (self.root / name).unlink(missing_ok=True)
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).symlink_to("/dev/full")

    def reads(self, name: str) -> str:
        """What is in that file."""
        return (self.root / name).read_text().strip()

    def tuned(self, *arguments: str, tune: Path = TUNE) -> list[str]:
        """Run it; gives what it says."""
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        environment = os.environ | {"TUNE_ROOT": str(self.root), "PATH": path}
        said = subprocess.run([tune, *arguments], env=environment, capture_output=True, text=True, check=True)
        assert said.stderr == ""
        return said.stdout.splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One with nothing."""
    return Machine(tmp_path)


@pytest.fixture
def pi(machine: Machine) -> Machine:
    """A Pi with an interface plugged in."""
    cpu = "sys/devices/system/cpu"
    machine.has(
        {
            f"{cpu}/online": "0-3",
            f"{cpu}/cpu3/topology": "",
            f"{cpu}/cpufreq/policy0/scaling_governor": "ondemand",
            f"{cpu}/cpufreq/policy0/related_cpus": "0 1 2 3",
            "proc/irq/default_smp_affinity": "f",
            "proc/irq/33/smp_affinity_list": "0-3",
            "proc/irq/33/xhci_hcd/spurious": "",
            "proc/irq/40/smp_affinity_list": "3",
            "proc/irq/40/mmc0/spurious": "",
            HUGE_PAGES: "[always] madvise never",
            "sys/module/usbcore/parameters/autosuspend": "2",
            "sys/bus/usb/devices/1-1/power/control": "auto",
            "sys/bus/usb/devices/1-1:1.0/bInterfaceClass": "01",
            "sys/bus/usb/devices/1-1:1.1/bInterfaceClass": "01",
            "sys/bus/usb/devices/1-2/power/control": "auto",
            "sys/bus/usb/devices/1-2:1.0/bInterfaceClass": "03",
            "sys/class/net/wlan0/wireless/status": "",
            "sys/class/net/eth0/mtu": "1500",
        }
    )
    return machine


def test_everything_that_a_pi_has_is_set(pi: Machine) -> None:
    assert pi.tuned("3") == [
        "governor: performance on cores 0 1 2 3",
        "interrupts: 2 kept off core 3; all of them",
        "USB's interrupt: 33 on cores 0,1,2",
        "huge pages: never",
        "USB: audio device 1-1 is never suspended",
        "Wi-Fi: power saving off on wlan0",
    ]
    assert pi.reads("sys/devices/system/cpu/cpufreq/policy0/scaling_governor") == "performance"
    assert pi.reads("proc/irq/default_smp_affinity") == "7"
    assert [pi.reads(f"proc/irq/{irq}/smp_affinity_list") for irq in (33, 40)] == ["0,1,2", "0,1,2"]
    assert pi.reads("sys/module/usbcore/parameters/autosuspend") == "-1"
    assert [pi.reads(f"sys/bus/usb/devices/{name}/power/control") for name in ("1-1", "1-2")] == ["on", "auto"]
    assert pi.reads(HUGE_PAGES) == "never"
    assert pi.reads("iw-asked") == "dev wlan0 set power_save off"


def test_what_a_machine_does_not_have_is_said(machine: Machine) -> None:
    machine.has({"sys/devices/system/cpu/online": "0-1"})
    assert machine.tuned("3") == [
        "governor: none on this machine",
        "interrupts: left where they are, as the machine has no core 3 beside others",
        "huge pages: none on this machine",
        "USB: none on this machine",
        "Wi-Fi: none yet, or none on this machine",
    ]


def test_what_a_machine_refuses_is_said(pi: Machine) -> None:
    (pi.root / "bin" / "iw").write_text("#!/bin/sh\nexit 1\n")
    delay = pi.root / "sys/module/usbcore/parameters/autosuspend"
    for name in (
        "sys/module/usbcore/parameters/autosuspend",
        "sys/bus/usb/devices/1-1/power/control",
        "proc/irq/40/smp_affinity_list",
        "proc/irq/default_smp_affinity",
    ):
        pi.refuses(name)
    assert pi.tuned("3") == [
        "governor: performance on cores 0 1 2 3",
        "interrupts: the default stays",
        "interrupts: 1 kept off core 3; the machine does not let go of 40",
        "USB's interrupt: 33 on cores 0,1,2",
        "huge pages: never",
        f"USB: what is plugged in later may be suspended, as {delay} is refused",
        "USB: audio device 1-1 may be suspended",
        "Wi-Fi: power saving stays as it is on wlan0; is iw installed?",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "governor: stays ; performance is refused"),
        (HUGE_PAGES, "huge pages: may be gathered while it plays; never is refused"),
    ],
)
def test_what_does_not_stay_is_said(pi: Machine, name: str, said: str) -> None:
    (pi.root / name).unlink()
    (pi.root / name).symlink_to("/dev/null")  # takes everything and gives nothing back
    assert said in pi.tuned("3")


def test_the_engines_core_is_the_configurations(pi: Machine) -> None:
    """Where it is installed, beside the release's Python, which knows /etc/pedal/pedal.toml, or its default."""
    release = pi.root / "release"
    (release / "systemd").mkdir(parents=True)
    (release / "bin").mkdir()
    (release / "systemd" / "tune").write_text(TUNE.read_text())
    (release / "systemd" / "tune").chmod(0o755)
    repository = TUNE.parents[1]
    python = sys.executable
    (release / "bin" / "python").write_text(f'#!/bin/sh\nshift\nPYTHONPATH={repository} exec {python} "$@"\n')
    (release / "bin" / "python").chmod(0o755)
    assert EngineConfig().cpu == 3
    assert "interrupts: 2 kept off core 3; all of them" in pi.tuned(tune=release / "systemd" / "tune")


def test_an_engine_without_a_core_of_its_own_leaves_interrupts_alone(pi: Machine) -> None:
    assert "interrupts: left where they are, as pedal.toml gives the engine no core" in pi.tuned("-1")
    assert pi.reads("proc/irq/40/smp_affinity_list") == "3"
