"""Keys: each foot and hand has one, and no two share it."""

from pedal.control.settings import KnobSettings, Settings, SwitchSettings
from pedal.sim.keys import bindings, labels
from pedal.sim.script import Gesture

SETTINGS = Settings()


def test_the_default_pedal() -> None:
    assert {key: str(gesture) for key, gesture in bindings(SETTINGS).items()} == {
        "a": "A", "b": "B", "c": "C", "A": "A~", "B": "B~", "C": "C~", "1": "B+C",
        "KEY_LEFT": "gain-1", "KEY_RIGHT": "gain+1", "KEY_DOWN": "level-1", "KEY_UP": "level+1", "KEY_ENTER": "gain!",
    }  # fmt: skip


def test_letters_follow_the_order_of_the_switches_and_never_end_the_simulator() -> None:
    settings = SETTINGS._replace(switch={f"foot {number}": SwitchSettings(number) for number in range(2, 22)})
    keys = bindings(settings)
    assert keys["a"] == Gesture(0.0, "tap", ("foot 2",))
    assert keys["p"] == Gesture(0.0, "tap", ("foot 17",))
    assert not keys.keys() & {"q", "Q", "?"}


def test_a_third_knob_and_none_that_can_be_pushed() -> None:
    pot = KnobSettings("potentiometer", "level", channel=0)
    encoders = {str(number): KnobSettings("encoder", "gain", (2 * number, 2 * number + 1)) for number in (1, 2, 3)}
    settings = SETTINGS._replace(knob={"pot": pot, **encoders})
    keys = bindings(settings)
    assert keys["["] == keys["KEY_PGDOWN"] == Gesture(0.0, "turn", ("2",), -1)
    assert keys["KEY_RIGHT"] == Gesture(0.0, "turn", ("pot",), 1)
    assert "KEY_ENTER" not in keys
    assert labels(settings, "2", "turn") == "[ ]"
    assert labels(settings, "3", "turn") == ""
    assert labels(SETTINGS, "gain", "turn", "push") == "← → ⏎"
