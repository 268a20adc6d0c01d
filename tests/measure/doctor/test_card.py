"""The interface: there or not, what it offers, and who has it."""

import pytest

from pedal.measure.doctor.card import attached, held, offered, servers
from pedal.measure.finding import Mark, absent, fine, heard, unchecked
from tests.measure.doctor.pi4 import STREAM
from tests.measure.doctor.trees import Tree

STREAM0 = "/proc/asound/card1/stream0"
STATUS = "/proc/asound/card1/pcm0c/sub0/status"
CARD = "USB (Scarlett 2i2 USB, USB, capture and playback)"


def test_the_card_that_the_engine_takes(pi: Tree) -> None:
    assert attached(pi.machine) == fine(CARD)


def test_no_card_is_silence(pi: Tree) -> None:
    pi.remove("/proc/asound/card1").replace("/proc/asound/cards", " 1 [USB", "   [USB")
    found = attached(pi.machine)
    assert found.mark == Mark.HEARD
    assert found.found.startswith("a USB card with capture and playback is not attached; found vc4hdmi0 (")
    assert {check(pi.machine) for check in (offered, held)} == {absent("no card")}


def test_a_card_by_another_name_than_pedal_toml_gives(pi: Tree) -> None:
    found = attached(pi.toml("[card]\nname = 'Amp'\n").machine)
    assert found.mark == Mark.HEARD
    assert found.found.startswith(
        f"the card Amp is not attached; found vc4hdmi0 (vc4-hdmi-0, not USB, playback), {CARD}"
    )


@pytest.mark.parametrize("capture", ["hw:USB,0", "hw:1,0", "hw:CARD=USB,DEV=0"])
def test_pcms_by_name(pi: Tree, capture: str) -> None:
    pi.toml(f"[card]\ncapture = '{capture}'\nplayback = 'hw:USB'\n")
    assert attached(pi.machine) == fine(f"captures from {capture}, plays to hw:USB, as pedal.toml says")
    assert {check(pi.machine) for check in (offered, held)} == {absent("pedal.toml names its PCMs")}


@pytest.mark.parametrize(
    ("capture", "card"), [("hw:Loopback,1,0", "Loopback"), ("hw:2", "2"), ("hw:CARD=US,DEV=0", "US")]
)
def test_a_pcm_of_a_card_that_is_not_there(pi: Tree, capture: str, card: str) -> None:
    pi.toml(f"[card]\ncapture = 'hw:USB'\nplayback = '{capture}'\n")
    found = attached(pi.machine)
    assert found.mark == Mark.HEARD
    assert found.found.startswith(f"{capture}: no card {card} is attached; found vc4hdmi0 (")


def test_a_pcm_that_resamples(pi: Tree) -> None:
    pi.toml("[card]\ncapture = 'plughw:USB'\nplayback = 'default'\n")
    found = attached(pi.machine)
    assert (found.mark, found.expected) == (Mark.WARNING, "PCMs that begin with `hw:`; others resample and buffer")


def test_what_it_offers_is_what_pedal_toml_asks_for(pi: Tree) -> None:
    assert offered(pi.machine) == fine("44100 Hz, S32_LE, 2 in and 2 out")
    asked = "[card]\nrate_hz = 192000\nformat = 'S32_LE'\ninput_channel = 2\noutputs = [1, 2]\n"
    assert offered(pi.toml(asked).machine) == fine("192000 Hz, S32_LE, 2 in and 2 out")


@pytest.mark.parametrize(
    ("toml", "found", "setting"),
    [
        ("rate_hz = 32000", "no 32000 Hz on capture, which has 44100, 48000, 88200, 96000, 176400, 192000", "rate_hz"),
        ("format = 'S16_LE'", "not S16_LE on capture, which has S32_LE", "format"),
        ("format = 'FLOAT_LE'", "not FLOAT_LE on capture, which has S32_LE", "format"),
        ("input_channel = 3", "no channel 3 on capture, which has 2", "input_channel"),
        ("outputs = [1, 4]", "no channel 4 on playback, which has 2", "outputs"),
    ],
)
def test_what_it_does_not_offer(pi: Tree, toml: str, found: str, setting: str) -> None:
    said = offered(pi.toml(f"[card]\n{toml}\n").machine)
    assert said.mark == Mark.HEARD
    assert said.found.startswith(found)
    assert said.fix.startswith(f"set [card] {setting} to what the card has")


def test_each_direction_counts(pi: Tree) -> None:
    playback, capture = STREAM.split("Capture:")
    pi.put(STREAM0, f"{playback}Capture:{capture.replace('Channels: 2', 'Channels: 10')}")
    assert offered(pi.machine) == fine("44100 Hz, S32_LE, 10 in and 2 out")
    pi.put(STREAM0, f"{playback}Capture:{capture.replace('44100, ', '')}")
    assert offered(pi.machine).found == "no 44100 Hz on capture, which has 48000, 88200, 96000, 176400, 192000"
    pi.put(STREAM0, f"{playback.replace('S32_LE', 'S16_LE')}Capture:{capture}")
    assert offered(pi.machine).found == "not S32_LE or S24_3LE or S24_LE or S16_LE on playback, which has S16_LE"
    pi.put(STREAM0, playback)
    assert offered(pi.machine).found == "USB has no capture"


def test_a_range_of_rates(pi: Tree) -> None:
    rates = "Rates: 44100, 48000, 88200, 96000, 176400, 192000"
    pi.put(STREAM0, STREAM.replace(rates, "Rates: 8000 - 48000 (continuous)"))
    assert offered(pi.machine).mark == Mark.FINE
    assert offered(pi.toml("[card]\nrate_hz = 96000\n").machine).mark == Mark.HEARD


def test_a_card_that_tells_only_when_opened(pi: Tree) -> None:
    assert offered(pi.remove(STREAM0).machine) == unchecked("USB tells only when opened, as `pedal devices` does")


def test_who_has_the_card(pi: Tree) -> None:
    assert held(pi.machine) == fine("the engine has it")
    pi.process(640, "pipewire", "/usr/bin/pipewire").put(STATUS, "state: RUNNING\nowner_pid   : 640")
    found = held(pi.machine)
    assert (found.mark, found.found) == (Mark.HEARD, "pipewire (process 640) has USB")
    pi.put(STATUS, "state: RUNNING\nowner_pid   : 641")
    assert held(pi.machine).found == "a program (process 641) has USB"
    for direction in "cp":
        pi.put(f"/proc/asound/card1/pcm0{direction}/sub0/status", "closed")
    assert held(pi.machine) == fine("nobody has it")


def test_the_engine_of_nobody_has_the_card_of_another_program(pi: Tree) -> None:
    """Without an engine, a card with any owner is taken."""
    assert held(pi.remove("/proc/812").machine) == heard(
        "a program (process 812) has USB", "the engine alone", "end it; a sound server comes back until removed"
    )


def test_sound_servers(pi: Tree) -> None:
    assert servers(pi.machine) == fine("none runs")
    pi.process(640, "pipewire", "/usr/bin/pipewire").process(644, "wireplumber", "/usr/bin/wireplumber")
    found = servers(pi.machine)
    assert (found.mark, found.found) == (Mark.WARNING, "pipewire and wireplumber run")
    assert found.fix == "systemctl --user mask --now pipewire.socket pipewire wireplumber"
