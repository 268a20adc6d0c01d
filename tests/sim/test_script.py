"""The script of presses: what each word means, and every fault at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.control.settings import KnobSettings, Settings, SwitchSettings
from pedal.errors import ConfigError
from pedal.sim.script import Gesture, parse, usual

SETTINGS = Settings()


def test_every_kind_of_word_in_the_order_of_time() -> None:
    assert parse("2:B+C 0.5:B 1.2:A~ 3:gain+4 4.:gain! .25:level-2", SETTINGS, 5.0) == (
        Gesture(0.25, "turn", ("level",), -2),
        Gesture(0.5, "tap", ("B",)),
        Gesture(1.2, "hold", ("A",)),
        Gesture(2.0, "chord", ("B", "C")),
        Gesture(3.0, "turn", ("gain",), 4),
        Gesture(4.0, "push", ("gain",)),
    )


def test_nothing_is_a_script() -> None:
    assert parse("", SETTINGS, 1.0) == ()


def test_switches_may_be_called_anything() -> None:
    settings = SETTINGS._replace(
        switch={"1": SwitchSettings(2), "2": SwitchSettings(3), "left foot!": SwitchSettings(4)}
    )
    assert parse("0:1+2 1:2~", settings, 2.0) == (Gesture(0.0, "chord", ("1", "2")), Gesture(1.0, "hold", ("2",)))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("B", "expected SECONDS:SWITCH"),
        ("x:B", "expected SECONDS:SWITCH"),
        ("-1:B", "expected SECONDS:SWITCH"),
        ("١:B", "expected SECONDS:SWITCH"),
        ("1:", "expected SECONDS:SWITCH"),
        ("5:B", "it would be after the end, 5 s"),
        ("1:b", "switch b is unknown, did you mean B?"),
        ("1:pedal", "switch pedal is unknown, expected one of A, B, C"),
        ("1:~", "switch (none) is unknown"),
        ("1:B+B", "expected two different switches"),
        ("1:A+B+C", "expected two different switches"),
        ("1:gian+4", "knob gian is unknown, did you mean gain?"),
        ("1:gian!", "knob gian is unknown, did you mean gain?"),
        ("1:gain+0", "expected a step at least"),
        ("1:gain", "switch gain is unknown, expected one of A, B, C"),
    ],
)
def test_a_fault_is_said_with_what_was_meant(word: str, said: str) -> None:
    with pytest.raises(ConfigError, match="the script of presses: ") as raised:
        parse(word, SETTINGS, 5.0)
    assert f"{word}: {said}" in str(raised.value)


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        parse("1:b 9:A 2:gian+4", SETTINGS, 5.0)
    assert str(raised.value).count(";") == 2


def test_what_a_knob_has_not_cannot_be_used() -> None:
    pot = KnobSettings("potentiometer", "gain", channel=0)
    settings = SETTINGS._replace(knob={"gain": pot, "level": KnobSettings("encoder", "level", (1, 2))})
    with pytest.raises(ConfigError, match=r"level!: knob level has no push switch.*knob gain has no push switch"):
        parse("1:gain+1 2:level! 3:gain!", settings, 5.0)


def test_one_foot_is_at_one_place() -> None:
    with pytest.raises(ConfigError, match=r"1.5:A: A is still at 1:A~ until 1.7 s"):
        parse("1:A~ 1.5:A 1.5:B", SETTINGS, 5.0)


def test_the_usual_script_is_bypassed_at_first() -> None:
    assert " ".join(f"{gesture.at_s:g}:{gesture}" for gesture in usual(SETTINGS, 8.0)) == "0:A 2.24:A 4.16:C 6.08:A~"
    assert usual(SETTINGS._replace(switch={"A": SwitchSettings(2, "boost")}), 8.0) == ()


NAMES = st.sampled_from(["A", "B", "C"])
GESTURES = st.builds(
    lambda kind, name, other, steps: (
        Gesture(0.0, kind, (("gain",) if kind in ("turn", "push") else (name, other) if kind == "chord" else (name,)),
                steps if kind == "turn" else 0)
    ),
    st.sampled_from(["tap", "hold", "turn", "push"]), NAMES, NAMES, st.integers(1, 99),
)  # fmt: skip


@given(st.lists(GESTURES, max_size=5))
def test_a_gesture_reads_as_it_is_written(gestures: list[Gesture]) -> None:
    timed = tuple(gesture._replace(at_s=20.0 * index) for index, gesture in enumerate(gestures))
    assert parse(" ".join(f"{gesture.at_s}:{gesture}" for gesture in timed), SETTINGS, 100.0) == timed


@given(st.text(max_size=40))
def test_any_text_is_a_script_or_faults(text: str) -> None:
    try:
        parse(text, SETTINGS, 5.0)
    except ConfigError:
        return
