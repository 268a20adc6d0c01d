"""What a machine does not permit is said, and nothing else."""

import pytest

from pedal.config import EngineConfig
from pedal.engine.realtime import _no_core, claim

NOTHING = EngineConfig(priority=0, cpu=-1, lock_memory=False)


def test_nothing_asked_for() -> None:
    assert list(claim(NOTHING)) == []


def test_core_that_this_machine_lacks() -> None:
    (refused,) = claim(NOTHING._replace(cpu=1023))
    assert refused.startswith("this computer has core")
    assert "[engine] cpu = 1023 is none of them, any is used" in refused


@pytest.mark.parametrize(
    ("cpu", "count", "said"),
    [
        (3, 1, "this computer has core 0, [engine] cpu = 3 is none of them, any is used (cpu = -1 asks for that)"),
        (2, 2, "this computer has cores 0 and 1, [engine] cpu = 2 is none of them, any"),
        (4, 4, "this computer has cores 0 to 3, [engine] cpu = 4 is none of them, any"),
        (3, 4, "any processor core is used, not core 3"),
        (3, 0, "any processor core is used, not core 3"),
    ],
)
def test_why_a_core_is_not_kept_to(cpu: int, count: int, said: str) -> None:
    assert _no_core(cpu, count).startswith(said)
