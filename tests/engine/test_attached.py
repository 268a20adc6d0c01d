"""Which card is taken, from a /proc/asound made of files."""

from pathlib import Path

import pytest

from pedal.engine.attached import attached, choose
from pedal.errors import CardError


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """An empty /proc/asound."""
    (tmp_path / "cards").write_text("--- no soundcards ---\n")
    return tmp_path


def plug(proc: Path, number: int, name: str, usb: str = "", pcms: tuple[str, ...] = ("pcm0c", "pcm0p")) -> None:
    """Add a card as Linux lists it."""
    cards = proc / "cards"
    lines = [] if cards.read_text().startswith("---") else [cards.read_text().rstrip("\n")]
    driver = "USB-Audio" if usb else "HDA-Intel"
    lines += [
        f"{number:2} [{name:15}]: {driver} - The {name} [rev 2]",
        f"{'':22}Maker The {name} at usb-0:1, high speed",
    ]
    cards.write_text("\n".join(lines) + "\n")
    folder = proc / f"card{number}"
    folder.mkdir()
    (folder / "id").write_text(name + "\n")
    if usb:
        (folder / "usbid").write_text(usb + "\n")
    for pcm in pcms:
        (folder / pcm).mkdir()


def test_cards_are_listed(proc: Path) -> None:
    plug(proc, 0, "vc4hdmi0", pcms=("pcm0p",))
    plug(proc, 2, "USB", usb="1235:8210")
    first, second = attached(proc)
    assert str(first) == "vc4hdmi0 (The vc4hdmi0 [rev 2], not USB, playback)"
    assert second._asdict() == {
        "number": 2, "id": "USB", "name": "The USB [rev 2]", "usb_id": "1235:8210", "capture": True, "playback": True,
    }  # fmt: skip


def test_no_cards(proc: Path, tmp_path: Path) -> None:
    assert attached(proc) == []
    assert attached(tmp_path / "missing") == []


def test_auto_takes_the_one_usb_card_with_both_directions(proc: Path) -> None:
    plug(proc, 0, "PCH")
    plug(proc, 1, "Webcam", usb="046d:0825", pcms=("pcm0c",))
    plug(proc, 2, "Speaker", usb="0d8c:0014", pcms=("pcm0p",))
    plug(proc, 3, "Guitar", usb="1235:8210")
    assert choose("auto", proc).id == "Guitar"


def test_auto_names_the_candidates(proc: Path) -> None:
    plug(proc, 1, "Guitar", usb="1235:8210")
    plug(proc, 2, "Other", usb="0582:0001")
    with pytest.raises(CardError, match=r"^2 USB cards have capture and playback: Guitar \(.*\), Other \(.*name one"):
        choose("auto", proc)
    assert choose("Other", proc).id == "Other"


def test_missing_card_is_named_and_so_are_those_there(proc: Path) -> None:
    with pytest.raises(CardError, match="found no card at all"):
        choose("auto", proc)
    plug(proc, 0, "PCH")
    with pytest.raises(CardError, match="USB card with capture and playback is not attached; found PCH"):
        choose("auto", proc)
    with pytest.raises(CardError, match="the card Guitar is not attached; found PCH"):
        choose("Guitar", proc)


def test_card_that_goes_while_it_is_looked_at(proc: Path) -> None:
    """Its line is still there, its folder is not."""
    (proc / "cards").write_text(" 1 [USB            ]: USB-Audio - A card\n      A card at usb\n")
    (card,) = attached(proc)
    assert (card.usb_id, card.capture, card.playback) == ("", False, False)
