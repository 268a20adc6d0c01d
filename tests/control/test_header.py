"""The header, against the one that gpiozero knows, and what is said of numbers that only it has."""

import pytest
from gpiozero.pins.pi import PiBoardInfo

from pedal.control.header import HEADER, counted, header_pin
from tests.golden import nets


def test_it_is_the_headers_of_a_pi_4() -> None:
    pins = PiBoardInfo.from_revision(0xC03111).headers["J8"].pins
    for number, name in enumerate(HEADER, start=1):
        assert pins[number].name == {"3.3 V": "3V3", "5 V": "5V"}.get(name, name)
    assert nets.HEADER == HEADER


def test_every_number_has_its_pin() -> None:
    assert sorted(HEADER[header_pin(bcm) - 1] for bcm in range(28)) == sorted(f"GPIO{bcm}" for bcm in range(28))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (40, "header pin 40 is GPIO21"),
        (39, "header pin 39 is GND"),
        ("gpio37", "header pin 37 is GPIO26"),
        ([36, 3, "38"], "header pin 36 is GPIO16, header pin 38 is GPIO20"),
        *((value, "") for value in (27, 41, -40, 40.0, True, "x", "4" * 5_000, [], [[40]], {"a": 40}, None)),
    ],
)
def test_what_a_number_of_the_header_is(value: object, said: str) -> None:
    assert counted(value) == said
