"""The simulated interface, cards over it, and a link of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pedal.config import CardConfig
from pedal.engine.alsa import AlsaCard
from pedal.link import Link
from tests.usbsim.interface import Interface, compiled


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """usbsim.so; skips where it cannot be compiled."""
    return compiled(tmp_path_factory.mktemp("usbsim"))


@pytest.fixture
def interface(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interface:
    """A simulated interface on its virtual clock, S32 mono at 44.1 kHz, that ALSA knows as `sim`."""
    return Interface(plugin, tmp_path, lambda path: monkeypatch.setenv("ALSA_CONFIG_PATH", str(path)))


@pytest.fixture
def open_card() -> Iterator[Callable[[CardConfig], AlsaCard]]:
    """Opens cards, and closes them after the test."""
    cards = []

    def opened(config: CardConfig) -> AlsaCard:
        cards.append(AlsaCard(config))
        return cards[-1]

    yield opened
    for card in cards:
        card.close()


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    """A link of the test's own."""
    shared = Link(tmp_path / "link")
    yield shared
    shared.close()
