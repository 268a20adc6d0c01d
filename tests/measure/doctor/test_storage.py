"""The card that everything is kept on."""

import pytest

from pedal.measure.doctor import storage
from pedal.measure.finding import Mark, absent, fine, unchecked
from tests.measure.doctor.pi4 import DF, MOUNTS
from tests.measure.doctor.trees import Tree

BLOCK = "/sys/block/mmcblk0/device"
SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"


def test_an_sd_card_does_not_tell(pi: Tree) -> None:
    assert storage.wear(pi.machine) == unchecked("SC32G does not tell how worn it is")


@pytest.mark.parametrize(
    ("life_time", "reserve", "mark", "found"),
    [
        ("0x01 0x01", "0x01", Mark.FINE, "at most 10 % of its life used"),
        ("0x08 0x02", "0x01", Mark.FINE, "at most 80 % of its life used"),
        ("0x02 0x09", "0x01", Mark.WARNING, "at most 90 % of its life used"),
        ("0x0b 0x0b", "0x03", Mark.WARNING, "at most 110 % of its life used, little reserve left"),
        ("0x03 0x03", "0x02", Mark.WARNING, "at most 30 % of its life used, little reserve left"),
    ],
)
def test_an_emmc_tells(pi: Tree, life_time: str, reserve: str, mark: Mark, found: str) -> None:
    pi.put(f"{BLOCK}/type", "MMC").put(f"{BLOCK}/name", "BJTD4R")
    said = storage.wear(pi.put(f"{BLOCK}/life_time", life_time).put(f"{BLOCK}/pre_eol_info", reserve).machine)
    assert (said.mark, said.found) == (mark, f"BJTD4R, {found}")


def test_file_system(pi: Tree) -> None:
    assert storage.file_system(pi.machine) == fine("root, ext4, writable, no errors")
    pi.put("/sys/fs/ext4/mmcblk0p2/errors_count", "4")
    found = storage.file_system(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "4 errors on mmcblk0p2")
    assert "/var/lib/pedal/models, /var/lib/pedal/setlist.txt and /etc/pedal/pedal.toml" in found.fix
    found = storage.file_system(pi.put("/proc/mounts", MOUNTS.replace("ext4 rw", "ext4 ro")).machine)
    assert (found.mark, found.found.split(":")[0]) == (Mark.WARNING, "/ is read-only")


def test_the_mount_that_holds_the_state(pi: Tree) -> None:
    """Not another of a similar name, and the last of two at one place."""
    pi.put("/proc/mounts", f"{MOUNTS}/dev/sda1 /var/lib/pedal2 ext4 ro 0 0\n/dev/sdb1 /var btrfs rw,ssd 0 0")
    assert storage.file_system(pi.machine) == fine("sdb1, btrfs, writable, no errors")
    pi.put("/proc/mounts", f"{MOUNTS}/dev/sda1 /var/lib/pedal ext4 errors=remount-ro,rw 0 0")
    assert storage.file_system(pi.machine) == fine("sda1, ext4, writable, no errors")


@pytest.mark.parametrize(
    ("free_kb", "mark", "found"),
    [
        ("26218180", Mark.FINE, "25.0 GB free"),
        ("512000", Mark.FINE, "500 MB free"),
        ("511999", Mark.WARNING, "499 MB free"),
        ("0", Mark.WARNING, "0 MB free"),
    ],
)
def test_space(pi: Tree, free_kb: str, mark: Mark, found: str) -> None:
    said = storage.space(pi.says("df -Pk /var/lib/pedal", DF.replace("26218180", free_kb)).machine)
    assert (said.mark, said.found) == (mark, found)


def test_space_for_a_state_folder_that_is_still_to_be_made(pi: Tree) -> None:
    pi.remove("/var/lib/pedal").says("df -Pk /var/lib", DF)
    assert storage.space(pi.machine) == fine("25.0 GB free")
    assert storage.space(pi.says("df -Pk /var/lib", None).machine) == unchecked("df says nothing")


@pytest.mark.parametrize(
    ("rows", "mark", "found"),
    [
        ("", Mark.FINE, "none"),
        ("/dev/zram0  partition\t524272\t\t9000\t\t100", Mark.FINE, "zram alone"),
        ("/var/swap   file\t\t524272\t\t0\t\t-2", Mark.FINE, "/var/swap, not in use"),
        (
            "/dev/zram0  partition\t1\t1\t100\n/var/swap   file\t\t524272\t\t40960\t\t-2",
            Mark.WARNING,
            "40 MB in /var/swap",
        ),
    ],
)
def test_swap(pi: Tree, rows: str, mark: Mark, found: str) -> None:
    said = storage.swap(pi.put("/proc/swaps", f"{SWAPS}\n{rows}").machine)
    assert (said.mark, said.found) == (mark, found)


def test_nothing_to_look_at(nothing: Tree) -> None:
    machine = nothing.machine
    assert storage.wear(machine) == absent("no SD card")
    assert storage.file_system(machine) == storage.swap(machine) == absent()
