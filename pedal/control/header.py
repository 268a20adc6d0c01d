"""The 40 pins of a Raspberry Pi's header: which number of the file is where."""

HEADER = (
    *("3.3 V", "5 V", "GPIO2", "5 V", "GPIO3", "GND", "GPIO4", "GPIO14", "GND", "GPIO15"),
    *("GPIO17", "GPIO18", "GPIO27", "GND", "GPIO22", "GPIO23", "3.3 V", "GPIO24", "GPIO10", "GND"),
    *("GPIO9", "GPIO25", "GPIO11", "GPIO8", "GND", "GPIO7", "GPIO0", "GPIO1", "GPIO5", "GND"),
    *("GPIO6", "GPIO12", "GPIO13", "GND", "GPIO19", "GPIO16", "GPIO26", "GPIO20", "GND", "GPIO21"),
)
"""What pins 1 to 40 are; a GPIO has its BCM number."""
LAST_PIN = 27
"""The highest BCM number that the header has."""


def header_pin(bcm: int) -> int:
    """Where a BCM number, 0 to 27, is on the header."""
    return HEADER.index(f"GPIO{bcm}") + 1


def counted(value: object) -> str:
    """Of a number that only the header has, or a list with some, what is there; empty where none is one."""
    values = value if isinstance(value, list) else [value]
    found = [text for text in (str(each).upper().removeprefix("GPIO") for each in values) if text.isdecimal()]
    return ", ".join(f"header pin {int(text)} is {HEADER[int(text) - 1]}" for text in found if _only_there(text))


def _only_there(text: str) -> bool:
    return len(text) < 3 and LAST_PIN < int(text) <= len(HEADER)
