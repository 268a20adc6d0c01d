"""What is suggested for lines as players write them; and that it is TOML, whatever the line is."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.config import shipped
from pedal.control.mistyped import advice, meant


@pytest.mark.parametrize(
    ("line", "toml"),
    [
        ("pin = GPIO17", "pin = 17"),
        ("pin = gpio 17", "pin = 17"),
        ("pin = 007", "pin = 7"),
        ("pin = 17;", "pin = 17"),
        ("pin: 17", "pin = 17"),
        ("pin 17", "pin = 17"),
        ("pin\u00a0=\u00a017", "pin = 17"),
        ("pins = 16, 20", "pins = [16, 20]"),
        ("pins = [GPIO16, GPIO20] # the knob", "pins = [16, 20]"),
        ("address = 3c", "address = 0x3c"),
        ("address = 3D", "address = 0x3D"),
        ("overlay_s = 1,5", "overlay_s = 1.5"),
        ("lock_memory = True", "lock_memory = true"),
        ("press = bypass", 'press = "bypass"'),
        ("press = select 3  # the clean one", 'press = "select 3"'),
        ("press = “bypass”", 'press = "bypass"'),
        ("press = „bypass“", 'press = "bypass"'),
        ("press = ‘bypass’", "press = 'bypass'"),
        ('press = "bypass', 'press = "bypass"'),
        ('press = bypass"', 'press = "bypass"'),
        ("favourites = [Clean, Lead One]", 'favourites = ["Clean", "Lead One"]'),
        ("name = Größe", 'name = "Größe"'),
        ('B+C = "favourite"', '"B+C" = "favourite"'),
        ("Größe = 3", '"Größe" = 3'),
        ("[switch A]", "[switch.A]"),
        ("[switch.A", "[switch.A]"),
        ("; no lights", "# no lights"),
        ("// no lights", "# no lights"),
        ("pin =", ""),
        ("pin = 17 18 19", ""),
        ("[switch.Fuß]", ""),
        ("= = =", ""),
    ],
)
def test_what_is_suggested(line: str, toml: str) -> None:
    assert meant(line) == toml


def test_toml_is_left_as_it_is() -> None:
    """All the lines of the shipped file, each of which stands for itself."""
    for line in shipped("pedal.toml").read_text().splitlines():
        assert meant(line) == ""


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        ("pin = GPIO17", "invalid value", "did you mean pin = 17?"),
        ("[switch.Fuß]", "expected ']'", "a name here is letters from a to z, digits, - and _"),
        ("[switch.A]", "cannot declare ('switch', 'A') twice", "this section is there already: put both into one"),
        ("[led]", "unclosed array", "a ] is missing before it"),
        ("= = =", "invalid statement", ""),
    ],
)
def test_what_to_do(line: str, reason: str, said: str) -> None:
    assert advice(line, reason) == said


@given(st.one_of(st.text(), st.text("pin =GO17[].,;:\"'“”#\u00a0ßa0x\n")))
def test_what_is_suggested_is_toml(line: str) -> None:
    tomllib.loads(meant(line))
    assert meant(meant(line)) == ""
