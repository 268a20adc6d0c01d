"""Kernels by what they say of themselves."""

import pytest

from pedal.measure.doctor.linux import HUGE_PAGES, huge_pages, preemption
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import Tree

DEBIAN = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)"


@pytest.mark.parametrize(
    ("release", "version", "mark", "found"),
    [
        ("6.6.51+rpt-rpi-v8", "#1 SMP PREEMPT Debian 1:6.6.51-1+rpt3 (2024-10-08)", Mark.FINE, "PREEMPT"),
        ("6.12.34+rpt-rpi-v8-rt", "#1 SMP PREEMPT_RT Debian 1:6.12.34-1+rpt1", Mark.FINE, "real-time"),
        ("6.1.0-28-arm64", "#1 SMP Debian 6.1.119-1 (2024-11-22)", Mark.WARNING, "not preemptible"),
        ("6.1.0-28-amd64", DEBIAN, Mark.WARNING, "PREEMPT_DYNAMIC, of a kind that only root may see"),
    ],
)
def test_models(pi: Tree, release: str, version: str, mark: Mark, found: str) -> None:
    pi.put("/proc/sys/kernel/osrelease", release).put("/proc/sys/kernel/version", version)
    said = preemption(pi.machine)
    assert (said.mark, said.found) == (mark, f"Linux {release}, {found}")


@pytest.mark.parametrize(
    ("release", "mark"),
    [("5.14.21", Mark.WARNING), ("4.19.97-v7l+", Mark.WARNING), ("5.15.0", Mark.FINE), ("6.0", Mark.FINE)],
)
def test_age(pi: Tree, release: str, mark: Mark) -> None:
    assert preemption(pi.put("/proc/sys/kernel/osrelease", release).machine).mark == mark


@pytest.mark.parametrize(
    ("debug", "options", "mark", "kind"),
    [
        ("none voluntary (full)", "", Mark.FINE, "full"),
        ("none voluntary full (lazy)", "", Mark.FINE, "lazy"),
        ("none (voluntary) full", "preempt=full", Mark.WARNING, "voluntary"),
        ("", "preempt=full", Mark.FINE, "full"),
        ("", "preempt=none", Mark.WARNING, "none"),
    ],
)
def test_a_kernel_with_a_choice(pi: Tree, debug: str, options: str, mark: Mark, kind: str) -> None:
    pi.put("/proc/sys/kernel/version", DEBIAN).put("/proc/cmdline", f"quiet {options}")
    if debug:
        pi.put("/sys/kernel/debug/sched/preempt", debug)
    said = preemption(pi.machine)
    assert (said.mark, said.found) == (mark, f"Linux 6.6.51+rpt-rpi-v8, PREEMPT_DYNAMIC, {kind}")


def test_a_real_time_kernel_says_so_in_a_file(pi: Tree) -> None:
    pi.put("/proc/sys/kernel/version", "#1 SMP Debian").put("/sys/kernel/realtime", "1")
    assert preemption(pi.machine).found.endswith(", real-time")


def test_no_linux(nothing: Tree) -> None:
    assert preemption(nothing.machine) == absent()


def test_huge_pages(pi: Tree) -> None:
    assert huge_pages(pi.machine) == fine("never")
    said = huge_pages(pi.put(HUGE_PAGES, "always [madvise] never").machine)
    assert (said.mark, said.found, said.remedy) == (Mark.WARNING, "madvise", (f"echo never > {HUGE_PAGES}",))
    assert huge_pages(pi.remove(HUGE_PAGES).machine) == absent("this Linux has none")
