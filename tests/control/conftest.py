"""What control's tests may ask for: pins that are driven from outside, and a whole pedal with the shipped models."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from pedal import config
from pedal.config import Config, Places
from pedal.kernel.library import Library
from pedal.measure.admission import admit
from tests.control.rig import Pedal


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockFactory]:
    """gpiozero's own stand-in for the pins of a Raspberry Pi; edges are told in the thread that drives them."""
    made = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", made)
    yield made
    made.reset()


@pytest.fixture(scope="session")
def admitted(tmp_path_factory: pytest.TempPathFactory, kernels: Library) -> Places:
    """A state folder with the shipped models, tried and packed."""
    folder = tmp_path_factory.mktemp("admitted")
    where = Places(folder / "pedal.toml", folder / "state", folder / "kernels", folder / "run")
    admit(where, Config(), kernels, lambda _line: None)
    return where


@pytest.fixture
def where(places: Path, admitted: Places) -> Places:
    """Places of one's own with these models."""
    found = config.places()
    assert found.state.is_relative_to(places)
    shutil.copytree(admitted.state, found.state)
    return found


@pytest.fixture
def pedal(where: Places) -> Iterator[Pedal]:
    """A pedal; the process is afterwards as it was."""
    interval = sys.getswitchinterval()
    made = Pedal(where)
    yield made
    made.factory.reset()
    sys.setswitchinterval(interval)
