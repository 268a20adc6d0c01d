"""An MCP3008 on gpiozero's mock of an SPI bus, as its data sheet describes it (DS21295, figures 5-1 and 5-2)."""

from gpiozero.pins.mock import MockFactory, MockSPIDevice


class Converter(MockSPIDevice):
    """Answers what `values` says of the channel that it is asked for."""

    def __init__(self, factory: MockFactory) -> None:
        super().__init__(11, 10, 9, 8, pin_factory=factory)
        self.values = [0] * 8
        self._asked: list[int] | None = None

    def on_start(self) -> None:
        """Selected: leading zeros may follow, then a start bit."""
        super().on_start()
        self._asked = None

    def on_bit(self) -> None:
        """After the start bit, single-ended or differential and the channel; then the answer."""
        bit = int(self.rx_buf[-1])
        if self._asked is None:
            self._asked = [] if bit else None
        elif len(self._asked) < 4:
            self._asked.append(bit)
            if len(self._asked) == 4:
                single, *channel = self._asked
                assert single
                value = self.values[int("".join(map(str, channel)), 2)]
                downwards = [int(digit) for digit in f"{value:010b}"]
                self.tx_buf = [1, 0, *downwards, *downwards[-2::-1]]  # while it samples, the line floats
