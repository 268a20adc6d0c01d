"""The converter, bit by bit, on gpiozero's own mock of an SPI bus."""

import random

import pytest
from gpiozero.pins.mock import MockFactory

from pedal.control.mcp3008 import Mcp3008
from pedal.sim.converter import Converter


@pytest.mark.parametrize("raw", [0, 1, 2, 511, 512, 1022, 1023])
def test_each_channel_is_read(factory: MockFactory, raw: int) -> None:
    chip = Converter(factory)
    mcp3008 = Mcp3008(factory.spi(port=0, device=0))
    for channel in range(8):
        chip.readings = [1023 - raw] * 8
        chip.readings[channel] = raw
        assert mcp3008.read(channel) == raw
    mcp3008.close()


def test_a_line_held_high_is_no_chip(factory: MockFactory) -> None:
    mcp3008 = Mcp3008(factory.spi(port=0, device=0))
    factory.pin(9).drive_high()
    assert mcp3008.read(0) is None
    mcp3008.close()


def test_noise_is_no_chip() -> None:
    """17 bits of each answer are known."""
    rng = random.Random(4)

    class Noise:
        def transfer(self, data: list[int]) -> list[int]:
            return [rng.randrange(256) for _ in data]

    mcp3008 = Mcp3008(Noise())
    assert {mcp3008.read(channel % 8) for channel in range(10_000)} == {None}
