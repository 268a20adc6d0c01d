"""The MCP3008 on the mock pins, as its data sheet has it (Microchip DS21295, figures 5-1 and 5-2)."""

from gpiozero.pins.mock import MockFactory, MockSPIDevice

HIGHEST = 1023


class Converter(MockSPIDevice):  # type: ignore[misc] # gpiozero has no types
    """Eight potentiometers, each in the middle at first."""

    def __init__(self, factory: MockFactory) -> None:
        super().__init__(11, 10, 9, 8, pin_factory=factory)
        self.readings = [HIGHEST // 2] * 8
        """What each channel reads, 0 to HIGHEST."""
        self._asked: list[int] | None = None

    def on_start(self) -> None:
        """Be selected: leading zeros may follow, then a start bit."""
        super().on_start()
        self._asked = None

    def on_bit(self) -> None:
        """Take a bit: the start, single-ended or differential, three of the channel; then answer."""
        bit = int(self.rx_buf[-1])
        if self._asked is None:
            self._asked = [] if bit else None
        elif len(self._asked) < 4:
            self._asked.append(bit)
            if len(self._asked) == 4:
                channel = int("".join(map(str, self._asked[1:])), 2)
                falling = [int(digit) for digit in f"{self.readings[channel]:010b}"]
                self.tx_buf = [1, 0, *falling, *falling[-2::-1]]  # while it samples, the line floats
