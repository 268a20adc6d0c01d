"""Machines to be examined."""

from pathlib import Path

import pytest

from tests.measure.doctor import pi4
from tests.measure.doctor.trees import RELEASE, Tree


@pytest.fixture
def pi(tmp_path: Path) -> Tree:
    """A Raspberry Pi 4 as it should be; each test spoils it."""
    tree = Tree(tmp_path, pi4.FILES, pi4.SAID)
    tree.link("/opt/pedal/current", RELEASE).link("/opt/pedal/previous", "/opt/pedal/releases/0.9.0+11112222")
    return tree.words(
        state=2, xruns_capture=0, late=1, load=0.31, load_peak=0.38, boot_to_sound_ms=8_400, rate_hz=44_100, process=812
    )


@pytest.fixture
def nothing(tmp_path: Path) -> Tree:
    """An empty root folder, and no command at all."""
    return Tree(tmp_path, {}, {})
