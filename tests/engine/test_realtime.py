"""What a machine does not permit is said, and nothing else."""

from pedal.config import EngineConfig
from pedal.engine.realtime import claim

NOTHING = EngineConfig(priority=0, cpu=-1, lock_memory=False)


def test_nothing_asked_for() -> None:
    assert list(claim(NOTHING)) == []


def test_core_that_this_machine_lacks() -> None:
    (refused,) = claim(NOTHING._replace(cpu=1023))
    assert refused.startswith("any processor core is used, not core 1023: ")
