"""A Pi that nothing is installed on, and what may be there before."""

import re
from pathlib import Path

import pytest

from tests.deploy.pi import HOST, Pi


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path)


def version(tmp_path: Path) -> str:
    """What deploy.sh calls this source: it says so when it sends it."""
    said = Pi(tmp_path / "other").deploy(HOST, PI_MACHINE="armv7l").output
    found = re.search(r"sending (\S+)", said)
    assert found, said
    return found[1]


@pytest.fixture
def old(pi: Pi) -> str:
    """An older release, confirmed."""
    pi.card.release("0.0.9+00000000")
    pi.card.trial("begin", "0.0.9+00000000")
    pi.card.trial("confirm")
    return "0.0.9+00000000"


@pytest.fixture
def built(pi: Pi, tmp_path: Path) -> str:
    """This source's release, built before: the rest is what deploy.sh and systemd/place do."""
    name = version(tmp_path)
    pi.card.release(name)
    data = pi.card.base / "releases" / name / "lib" / "pedal" / "data"
    data.mkdir(parents=True)
    (data / "pedal.toml").write_text("[card]\n")
    return name
