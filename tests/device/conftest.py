"""Machines for the tests of this folder; where none can be emulated, all of them are skipped and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device import host
from tests.device.debian import SUITES
from tests.device.image import Image
from tests.device.image import image as made_image
from tests.device.machine import Machine
from tests.device.states import VIRTUAL, booted, installed, playing

HERE = Path(__file__).resolve().parent
PLAYING = {"pi", "shared", "slow"}
"""Fixtures that play through a model, in virtual time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that `./deploy.sh test-device` passes on."""
    parser.addoption("--all", action="store_true", help="every variant, and 20 power cuts in each place instead of 3")
    parser.addoption("--suite", choices=SUITES, default=SUITES[0], help="Debian's release in the emulated Pi")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and skip it where there can be no machine.

    It comes before all else, so that one worker begins with it. Within it what takes longest comes first, so that
    none is left alone with it in the end, and of the rest what plays comes last, as its machine is made last.
    """
    here = [item for item in items if HERE in item.path.parents]
    items.sort(key=_order)
    for item in here:
        item.add_marker(pytest.mark.device)
    if not config.getoption("--all"):
        for item in here:
            if item.get_closest_marker("rare"):
                item.add_marker(pytest.mark.skip(reason="a variant that takes minutes; --all runs it"))
    if here and "not device" not in config.option.markexpr and (why := host.missing()):
        for item in here:
            item.add_marker(pytest.mark.skip(reason=why))


def _order(item: pytest.Item) -> tuple[bool, int, bool]:
    here = HERE in item.path.parents
    plays = not PLAYING.isdisjoint(getattr(item, "fixturenames", ()))
    minutes = next((mark.args[0] for mark in item.iter_markers("long")), 0)
    return not here, -minutes, here and plays


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest) -> Image:
    """The card's image."""
    return made_image(request.config.getoption("--suite"))


@pytest.fixture(scope="module")
def machine(image: Image) -> Iterator[Machine]:
    """A machine as it has just been started for the first time, without the pedal; for all tests of a module."""
    with Machine(image, frozen=booted(image)) as bare:
        yield bare


@pytest.fixture
def bench(image: Image) -> Iterator[Machine]:
    """A machine of the test's own on which ./deploy.sh has installed the pedal: in real time, with two processors."""
    with Machine(image, frozen=installed(image)) as machine:
        yield machine


@pytest.fixture(scope="module")
def shared_bench(image: Image) -> Iterator[Machine]:
    """The same, for all tests of a module, which leave it as they found it."""
    with Machine(image, frozen=installed(image)) as machine:
        yield machine


@pytest.fixture
def pi(image: Image) -> Iterator[Machine]:
    """A machine of the test's own that plays through a model: in virtual time, so that it is never late."""
    with Machine(image, VIRTUAL, playing(image)) as machine:
        yield machine


@pytest.fixture(scope="module")
def shared(image: Image) -> Iterator[Machine]:
    """The same, for all tests of a module, which leave it as they found it."""
    with Machine(image, VIRTUAL, playing(image)) as machine:
        yield machine


@pytest.fixture
def cuts(request: pytest.FixtureRequest) -> int:
    """How often the power is cut in each place."""
    return 20 if request.config.getoption("--all") else 3
