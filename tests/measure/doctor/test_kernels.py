"""The kernel library."""

import pytest

from pedal.measure.doctor.kernels import library
from pedal.measure.finding import Mark, fine
from tests.measure.doctor.trees import RELEASE, TAG, Tree

FOLDER = f"{RELEASE}/kernels"


def test_the_one_for_this_processor(pi: Tree) -> None:
    assert library(pi.put(f"{FOLDER}/libpedal-aarch64-00000000-00000000.so", "").machine) == fine(TAG)


@pytest.mark.parametrize(
    ("tag", "difference"),
    [
        ("x86_64-1d4f0c2a-9c0de5ee", "another machine"),
        ("aarch64-00000000-9c0de5ee", "another processor"),
        ("aarch64-1d4f0c2a-00000000", "another release"),
    ],
)
def test_one_for_something_else(pi: Tree, tag: str, difference: str) -> None:
    pi.remove(f"{FOLDER}/*").put(f"{FOLDER}/libpedal-{tag}.so", "")
    found = library(pi.machine)
    assert (found.mark, found.found, found.expected) == (Mark.WARNING, f"{tag}: for {difference}", TAG)
    assert library(pi.remove("/proc/812").machine).mark == Mark.HEARD, "an installed engine waits for it"


def test_none(pi: Tree) -> None:
    found = library(pi.remove(FOLDER, "/proc/812").machine)
    assert (found.mark, found.found) == (Mark.HEARD, f"none in {FOLDER}")
    assert library(pi.remove("/opt/pedal/current").machine).mark == Mark.WARNING
