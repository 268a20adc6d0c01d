"""What a card says that it can do."""

from pathlib import Path

import pytest

from pedal.engine.attached import Attached
from pedal.engine.offered import Offered, described, offered, probed
from pedal.errors import CardError
from tests.usbsim.interface import Interface

STREAM = """\
Focusrite Scarlett 2i2 USB at usb-0000:01:00.0-1.2, high speed : USB Audio

Playback:
  Status: Running
    Interface = 1
    Altset = 1
    Momentary freq = 44100 Hz (0x5.8333)
  Interface 1
    Altset 1
    Format: S32_LE
    Channels: 2
    Endpoint: 0x01 (1 OUT) (ASYNC)
    Rates: 44100, 48000
    Bits: 24
  Interface 1
    Altset 2
    Format: S16_LE
    Channels: 4
    Rates: 48000, 96000

Capture:
  Status: Stop
  Interface 2
    Altset 1
    Format: S24_3LE
    Channels: 1
    Rates: 8000 - 48000 (continuous)
"""


def test_usb_card_is_described_by_linux() -> None:
    assert described(STREAM, "playback") == Offered("44100, 48000, 96000", ("S32_LE", "S16_LE"), (2, 4))
    assert described(STREAM, "capture") == Offered("8000 - 48000", ("S24_3LE",), (1,))


@pytest.mark.parametrize("text", ["", "Capture:\n  Status: Stop\n", "\0\n: :\n Rates\n"])
def test_description_that_says_nothing(text: str) -> None:
    assert described(text, "capture") is None


def test_usb_card_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "card3"
    folder.mkdir()
    (folder / "stream0").write_text(STREAM)
    card = Attached(3, "USB", "Scarlett", "1235:8210", capture=True, playback=False)
    assert offered(card, "capture", tmp_path) == Offered("8000 - 48000", ("S24_3LE",), (1,))
    assert offered(card, "playback", tmp_path) is None


def test_other_card_is_opened(tmp_path: Path) -> None:
    card = Attached(0, "Nowhere", "A card", "", capture=True, playback=True)
    with pytest.raises(CardError, match="hw:CARD=Nowhere,DEV=0 cannot be opened for capture"):
        offered(card, "capture", tmp_path)


def test_opened_card_tells(interface: Interface) -> None:
    interface.describe(sim={"formats": "S16_LE S32_LE", "channels": 2, "rate": 48_000})
    for direction in ("capture", "playback"):
        assert probed("sim", direction) == Offered("48000", ("S16_LE", "S32_LE"), (2,))
