"""The converter that potentiometers need, an MCP3008 on SPI: eight channels of ten bits."""

from typing import Any

HIGHEST = 1023


class Mcp3008:
    """The chip behind an SPI interface; it knows an answer of its own from whatever a line without a chip says."""

    def __init__(self, spi: Any) -> None:  # noqa: ANN401 (gpiozero's, which has no types)
        """`spi` is one of a gpiozero factory."""
        self._spi = spi

    def read(self, channel: int) -> int | None:
        """From 0 to 1023; None where no such chip has answered. A chip cut off from a line held low reads 0.

        The request is a start bit, single-ended, the channel. The answer begins with a null bit, then come ten bits
        from the highest to the lowest, and the same ones back up again to the highest (Microchip DS21295, figure 5-2).
        """
        answer = int.from_bytes(self._spi.transfer([0x01, 0x80 | channel << 4, 0, 0, 0]), "big")
        raw = answer >> 16 & HIGHEST
        upwards = int(f"{raw:010b}"[-2::-1], 2) << 7
        return raw if answer & 0x400_FFFF == upwards else None

    def close(self) -> None:
        """Let go of the interface."""
        self._spi.close()
