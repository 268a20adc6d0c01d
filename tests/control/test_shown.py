"""What is shown of a state, for the player's eyes."""

import itertools
from math import inf, nan

import pytest

from pedal import __version__
from pedal.control import panel
from pedal.control.events import Act, Asked, Event, Moved, Noted, Pushed, Racked, Told, Turned
from pedal.control.rack import Entry, Knob, Rack
from pedal.control.saved import Saved, Setting
from pedal.control.sensed import Heard, Sensed
from pedal.control.settings import KnobSettings, Role, Settings, TunerSettings
from pedal.control.shown import leds, view
from pedal.control.state import State
from pedal.control.view import Dial, Meter, Needle, View

CLEAN = Entry("Clean", "Clean", "clean.json", 1)
LEAD = Entry("Lead", "Solo Lead", "lead.json", 2, knobs=(Knob("Drive", 0, 10), Knob("Tone", -1, 1)))
RACK = Rack("tag", entries=(CLEAN, LEAD))
RUNNING = Sensed("running")
LATER = 10.0


def begun(model: str = "Lead", *events: Event, settings: Settings | None = None, rack: Rack = RACK) -> State:
    """A panel at second 10, well after its start, after these events."""
    state = panel.start(Saved(model), settings or Settings(), 0.0, {})
    for event in (Racked(rack), *events):
        state = panel.step(state, event, LATER)
    return state


def shown(state: State, sensed: Sensed = RUNNING, at: float = LATER) -> View:
    return view(state, sensed, at)


def test_a_model_that_plays() -> None:
    state = begun("Lead", Act("boost"), Act("bypass"))
    sensed = Sensed("running", load=0.234, input_peak=0.1, output_peak=1.0, output_clipped=True, xruns=3)
    assert shown(state, sensed) == View(
        kind="play",
        title="Solo Lead",
        position="2/2",
        bypass=True,
        boost=True,
        dials=(Dial("Drive", "5.0", 0.5), Dial("LEVEL", "+0.0 dB", 49 / 64)),
        page="1/3",
        input=Meter(43 / 64),
        output=Meter(1.0, clipped=True),
        load=23,
        xruns=3,
    )


def test_the_pages_and_the_model_without_knobs() -> None:
    assert [dial.label for dial in shown(begun("Lead", Pushed())).dials] == ["Tone", "LEVEL"]
    last = shown(begun("Lead", Pushed(), Pushed()))
    assert ([dial.label for dial in last.dials], last.page) == (["GAIN", "LEVEL"], "3/3")
    clean = shown(begun("Clean"))
    assert ([dial.label for dial in clean.dials], clean.page) == (["GAIN", "LEVEL"], "")


def test_every_knob_there_is_has_a_dial_and_no_page_is_named_that_cannot_be_reached() -> None:
    roles: tuple[Role, ...] = ("gain", "knob_2", "input")
    turns: dict[str, KnobSettings] = {role: KnobSettings("potentiometer", role) for role in roles}
    picture = shown(begun("Lead", settings=Settings()._replace(knob=turns)))
    assert [dial.label for dial in picture.dials] == ["Drive", "LEVEL", "Tone", "GAIN"]
    assert picture.page == ""


@pytest.mark.parametrize(
    ("knob", "at", "text"),
    [
        (Knob("", 0, 1), 0.625, "0.62"),
        (Knob("", 0, 10), 0.625, "6.2"),
        (Knob("", 20, 20_000), 0.5, "10010"),
        (Knob("", -1, 1), 0.4999, "0.00"),
        (Knob("", 5, 5), 0.3, "5.00"),
        (Knob("", 10, 0), 0.25, "7.5"),
    ],
)
def test_a_knob_of_a_model_has_its_own_scale(knob: Knob, at: float, text: str) -> None:
    rack = Rack("tag", entries=(Entry("A", "A", "a.json", 1, knobs=(knob,)),))
    state = begun("A", rack=rack)._replace(knobs={"A": Setting(knob_1=at)})
    assert shown(state).dials[0].text == text


def test_what_is_turned_is_an_overlay_for_a_while() -> None:
    state = begun("Lead", Turned("level", -7))
    overlay = Dial("LEVEL", "-3.5 dB", 45 / 64)
    assert shown(state).overlay == overlay
    assert shown(state, at=LATER + 1.4).overlay == overlay
    assert shown(state, at=LATER + 1.5).overlay is None
    assert shown(begun("Lead", Turned("level", -7), Act("next"))).overlay is None
    assert shown(begun("Lead", Pushed())).overlay == Dial("Tone", "0.00", 0.5)


def test_a_potentiometer_that_waits_shows_both() -> None:
    state = begun("Lead", Moved("gain", 0.1), Moved("gain", 0.25))
    assert shown(state).overlay == Dial("Drive", "5.0", 0.5, waits=True, target=0.25)
    taken = panel.step(state, Moved("gain", 0.75), LATER)
    assert shown(taken).overlay == Dial("Drive", "7.5", 0.75)


def test_the_tuner() -> None:
    state = begun("Lead", Act("tuner"), settings=Settings()._replace(tuner=TunerSettings(442.0, 1, "dry")))
    assert shown(state).needle == Needle("", 0, 0.0, 442.0, 1, muted=False)
    heard = shown(state, Sensed("running", heard=Heard("F#", 3, -12.34)))
    assert (heard.kind, heard.needle) == ("tuner", Needle("F#", 3, -12.3, 442.0, 1, muted=False))
    assert shown(begun("Lead", Act("tuner"))).needle == Needle("", muted=True)


def test_starting_and_asleep() -> None:
    state = panel.start(Saved(), Settings(), 0.0, {})
    assert view(state, Sensed("off"), 2.9) == View("boot", "pedal", __version__)
    assert view(state, RUNNING, 0.1).title == "READING MODELS"
    assert view(state, RUNNING, 1e6) == View("asleep")
    assert view(state, Sensed("off"), 1e6) == View("asleep")


@pytest.mark.parametrize(
    ("engine", "title", "remedy"),
    [
        ("off", "NO SOUND", "The engine is not running. It starts again by itself."),
        ("stuck", "NO SOUND", "The engine is stuck. Switch off and on."),
        ("waiting", "NO AUDIO INTERFACE", "Plug it in. If it is: pedal doctor."),
    ],
)
def test_trouble_is_what_takes_the_sound_away(engine: str, title: str, remedy: str) -> None:
    told = Told("pins", "PIN 17 TAKEN", "Something else has it.")
    picture = shown(begun("Clean", told, Act("next")), Sensed(engine))  # type: ignore[arg-type]
    assert (picture.kind, picture.title, picture.remedy) == ("trouble", title, remedy)


def said(state: State, *seconds: float) -> list[tuple[str, str, str]]:
    """The notice, what to do, and the line that lasts, so many seconds later each."""
    pictures = [shown(state, at=LATER + after) for after in seconds]
    return [(picture.notice, picture.remedy, picture.line) for picture in pictures]


def test_what_is_told_is_shown_with_what_to_do_and_then_as_a_line_while_it_holds() -> None:
    state = begun("Clean", Told("state", "CANNOT SAVE", "The disk is full."))
    told, line = ("CANNOT SAVE", "The disk is full.", ""), ("", "", "CANNOT SAVE")
    assert said(state, 0.0, 5.9, 6.0, 60.0) == [told, told, line, line]
    assert said(panel.step(state, Told("state", ""), LATER), 0.0, 7.0) == [("", "", "")] * 2


def test_several_things_are_told_in_turn_and_stay_in_turn() -> None:
    state = begun("Clean", Told("state", "A", "a."), Noted("PASSES"), Told("pins", "B", "b."))
    assert said(state, 0.0, 6.0, 9.0) == [("A", "a.", ""), ("PASSES", "", ""), ("B", "b.", "")]
    lasting = [line for _, _, line in said(state, *range(20, 32))]
    assert {line: lasting.count(line) for line in lasting} == {"A": 6, "B": 6}
    assert sum(one != other for one, other in itertools.pairwise(lasting)) <= 4


def test_a_foot_sees_what_it_does_and_not_what_was_told() -> None:
    state = begun("Clean", Told("state", "A", "a."), Told("pins", "B", "b."), Act("next"))
    assert said(state, 0.0) == [("B", "b.", "")]
    assert said(panel.step(state, Act("bypass", undo=True), LATER), 0.0) == [("B", "b.", "")]
    assert [notice for notice, _, _ in said(panel.step(state, Act("select 7"), LATER), 0.0)] == ["THERE IS NO MODEL 7"]
    assert said(panel.step(begun("Clean", Noted("SHORT")), Act("next"), LATER), 0.0) == [("SHORT", "", "")]


def test_what_lasts_of_the_model() -> None:
    assert said(begun("Gone"), 0.0) == [("", "", "IS MISSING")]
    assert shown(begun("Lead"), Sensed("running", refused=2)).line == "CANNOT BE PLAYED"
    assert shown(begun("Lead"), Sensed("running", refused=1)).line == ""
    assert shown(begun("Lead", Asked({}, ""))).line == ""
    heavy = Rack("tag", entries=(CLEAN, Entry("Heavy", "Heavy", "h.nam", 3, refused="takes 52 %")))
    picture = shown(begun("Heavy", rack=heavy))
    assert (picture.title, picture.line) == ("Heavy", "takes 52 %")


def test_a_model_that_is_refused_is_noted_with_the_reason() -> None:
    reason = "takes 52 % of the period; expected at most 40 %"
    heavy = Entry("Heavy", "Heavy", "h.nam", 3, refused="takes 52 % of the period", reason=reason)
    state = begun("Clean", Racked(Rack("tag", entries=(CLEAN, heavy))))
    assert said(state, 0.0) == [("Heavy: takes 52 % of the period", "expected at most 40 %", "")]


@pytest.mark.parametrize(
    ("rack", "remedy"),
    [
        (Rack("tag"), "Copy one into the models folder."),
        (
            Rack("tag", fault="/home/me/models cannot be read: Permission denied"),
            "models cannot be read: Permission denied",
        ),
        (Rack("tag", entries=(Entry("H", "H", "h.nam", 3, refused="bad"),)), "pedal models list says why."),
        (Rack("tag", out=(CLEAN,)), "Take a # away in setlist.txt."),
    ],
)
@pytest.mark.parametrize("model", ["", "Gone"])
def test_no_models_says_what_to_do(rack: Rack, remedy: str, model: str) -> None:
    assert said(begun(model, rack=rack), 0.0, 1e2) == [("NO MODELS", remedy, "")] * 2


def test_no_models_is_not_said_while_one_plays_or_none_has_been_read() -> None:
    assert said(begun("Lead", Racked(Rack("tag"))), 0.0) == [("", "", "")]
    assert said(panel.start(Saved(), Settings(), 0.0, {}), 0.0) == [("", "", "")]


@pytest.mark.parametrize(
    ("text", "brief"),
    [
        ("/home/me/.local/state/pedal/setlist.txt is too long", "setlist.txt is too long"),
        ("~/pedal/state.json cannot be written", "state.json cannot be written"),
        ("/setlist.txt is a folder", "setlist.txt is a folder"),
        ("'/a/b' and (/c/d)", "'b' and (d)"),
        ("3/12 and/or AC/DC, off / on", "3/12 and/or AC/DC, off / on"),
    ],
)
def test_files_are_called_by_their_names_alone(text: str, brief: str) -> None:
    assert said(begun("Clean", Noted(text, text)), 0.0) == [(brief, brief, "")]


def test_what_there_is_instead_of_a_model() -> None:
    assert shown(begun("Gone")).title == "Gone"
    assert shown(begun("Gone")).position == "-/2"
    assert shown(begun("Lead", Asked({}, ""))).title == "DRY"
    nothing = shown(begun("", rack=Rack("tag")))
    assert (nothing.title, nothing.position) == ("NO MODELS", "")


@pytest.mark.parametrize("peak", [0.0, -1.0, nan, 1e-9, 0.001])
def test_a_meter_begins_at_60_db(peak: float) -> None:
    assert shown(begun(), Sensed("running", input_peak=peak)).input == Meter(0.0)


@pytest.mark.parametrize(("load", "percent"), [(nan, 0), (inf, 999), (0.004, 0), (0.4, 40), (12.0, 999)])
def test_the_load_is_percent(load: float, percent: int) -> None:
    assert shown(begun(), Sensed("running", load=load)).load == percent
    assert shown(begun(), Sensed("waiting", load=load)).load == 0


def test_nothing_changes_that_no_pixel_shows() -> None:
    state = begun()
    quiet, same = Sensed("running", load=0.2, input_peak=0.5), Sensed("running", load=0.201, input_peak=0.501)
    assert shown(state, quiet) == shown(state, same)


def test_the_leds() -> None:
    clipped = Sensed("running", input_clipped=True)
    assert leds(begun("Lead"), clipped) == (True, True)
    assert leds(begun("Lead"), Sensed("running", output_clipped=True)) == (True, True)
    for silent in ("bypass", "mute", "tuner"):
        assert leds(begun("Lead", Act(silent)), RUNNING) == (False, False)
    assert leds(begun("Gone"), RUNNING) == (False, False)
    assert leds(begun("Lead"), Sensed("waiting")) == (False, False)


def test_a_note_does_not_wait_for_a_meter() -> None:
    """Two views that differ in nothing to be seen would take the note's place on the bus."""
    state = begun("Lead", Act("tuner"))
    loud, quiet = RUNNING._replace(input_peak=0.9, load=0.3), RUNNING._replace(input_peak=0.1, load=0.1)
    assert view(state, loud, 5.0) == view(state, quiet, 5.0)
