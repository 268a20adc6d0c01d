"""The panel: what feet and hands do, step by step, as a player would tell it."""

import pytest
from msgspec.structs import replace

from pedal.control import panel
from pedal.control.events import Act, Asked, Event, Moved, Pushed, Racked, Turned
from pedal.control.rack import Entry, Rack
from pedal.control.saved import Saved, Setting
from pedal.control.settings import Settings, TunerSettings
from pedal.control.state import Overlay
from pedal.link import WORDS
from tests.control.panels import CLEAN, CRUNCH, HEAVY, LEAD, RACK, after, begun, lines, settings


class TestModels:
    def test_the_first_boot_plays_the_first(self) -> None:
        assert begun().model == "Clean"

    def test_next_and_previous_go_round_those_that_play(self) -> None:
        state, seen = begun(), []
        for action in ("next", "next", "next", "previous", "previous"):
            state = after(state, action)
            seen.append(panel.words(state)["model"])
        assert seen == [2, 3, 1, 3, 2]

    def test_select_counts_from_one(self) -> None:
        assert after(begun(), "select 3").model == "Crunch"
        refused = after(begun(), "select 4")
        assert (refused.model, lines(refused)) == ("Clean", ["THERE IS NO MODEL 4"])

    def test_without_any_model_there_is_nothing_to_pick(self) -> None:
        state = begun(rack=Rack("tag"))
        assert lines(after(state, "next", "previous", "select 1", "favourite")) == ["THERE ARE NO MODELS"]
        assert panel.words(state)["model"] == 0
        assert after(state, Racked(RACK)).model == "Clean"

    def test_favourite_goes_back_and_forth_between_the_last_two(self) -> None:
        state = after(begun(), "next", "next", "favourite")
        assert state.model == "Lead"
        assert after(state, "favourite").model == "Crunch"
        assert after(begun(), "favourite").model == "Clean"

    def test_favourite_goes_between_the_two_of_the_configuration(self) -> None:
        state = begun(settings=settings(favourites=("crunch", "Lead")))
        walk = []
        for _ in range(3):
            state = after(state, "favourite")
            walk.append(state.model)
        assert walk == ["Crunch", "Lead", "Crunch"]

    def test_from_a_model_that_is_missing_favourite_goes_to_the_first_of_them(self) -> None:
        state = begun(Saved("Gone"), settings(favourites=("Clean", "Lead")))
        assert after(state, "favourite").model == "Clean"

    def test_a_favourite_that_is_missing_is_said(self) -> None:
        state = begun(Saved("Lead"), settings(favourites=("Lead", "Gone")))
        assert (after(state, "favourite").model, lines(after(state, "favourite"))) == ("Lead", ["Gone IS MISSING"])

    def test_of_the_two_the_one_that_is_there_is_taken(self) -> None:
        for pair in (("Gone", "Lead"), ("Lead", "Gone")):
            state = after(begun(Saved("Clean"), settings(favourites=pair)), "favourite")
            assert (state.model, lines(state)) == ("Lead", [])
        both = after(begun(Saved("Clean", "Crunch"), settings(favourites=("Gone", "Away"))), "favourite")
        assert (both.model, lines(both)) == ("Clean", ["Gone IS MISSING"])

    def test_with_nowhere_to_go_favourite_says_so(self) -> None:
        state = after(begun(), "favourite")
        assert (state.model, lines(state)) == ("Clean", ["NO MODEL TO GO BACK TO"])

    def test_a_model_whose_file_goes_plays_on_and_next_goes_on_from_its_place(self) -> None:
        state = after(begun(Saved("Lead")), Racked(Rack("tag", entries=(CLEAN, CRUNCH))))
        assert panel.words(state)["model"] == LEAD.word
        assert panel.words(state)["level_db"] == -6.0
        assert after(state, "next").model == "Crunch"
        assert after(state, "previous").model == "Clean"
        gone = after(state, Racked(Rack("tag", entries=(CRUNCH,))))
        assert after(gone, "next").model == "Crunch"
        assert after(gone, Racked(RACK), "next").model == "Crunch"

    def test_its_place_moves_with_its_neighbours(self) -> None:
        four = [Entry(name, name, name, number) for number, name in enumerate("ABCD", 1)]
        state = after(
            begun(Saved("C"), rack=Rack("tag", entries=tuple(four))), Racked(Rack("tag", entries=(*four[1:2], four[3])))
        )
        assert (after(state, "previous").model, after(state, "next").model) == ("B", "D")
        reversed_and_gone = after(state, Racked(Rack("tag", entries=(four[3], four[1]))))
        assert after(reversed_and_gone, "next").model == "B"

    def test_a_saved_model_that_is_missing_is_waited_for(self) -> None:
        state = begun(Saved("Gone", settings={"Gone": Setting(knob_1=0.25)}))
        assert panel.words(state)["model"] == 0
        assert panel.saved(state).model == "Gone"
        back = after(state, Racked(Rack("tag", entries=(*RACK.entries, Entry("Gone", "Gone", "gone.nam", 9)))))
        assert (panel.words(back)["model"], panel.words(back)["knob_1"]) == (9, 0.25)
        picked = after(state, "next")
        assert picked.model == "Clean"
        assert (
            after(picked, Racked(Rack("tag", entries=(*RACK.entries, Entry("Gone", "Gone", "gone.nam", 9))))).model
            == "Clean"
        )

    def test_a_file_that_is_replaced_is_taken_at_once(self) -> None:
        other = Entry("Lead", "Lead", "lead.json", 77)
        assert panel.words(after(begun(Saved("Lead")), Racked(Rack("tag", entries=(other,)))))["model"] == 77

    def test_a_refused_model_is_announced_once_and_never_at_the_start(self) -> None:
        assert lines(begun()) == []
        state = after(begun(rack=Rack("tag", entries=(CLEAN,))), Racked(RACK), Racked(RACK))
        assert lines(state) == ["2 NEW MODELS", "Heavy: takes 52 %"]

    def test_a_refused_model_is_announced_too_when_the_rack_was_incomplete_meanwhile(self) -> None:
        """As it is while a file that was copied in is tried."""
        half = Racked(Rack("tag", entries=(CLEAN,), complete=False))
        state = after(begun(rack=Rack("tag", entries=(CLEAN,))), half, Racked(Rack("tag", entries=(CLEAN, HEAVY))))
        assert lines(state) == ["Heavy: takes 52 %"]

    def test_what_sounds_without_a_file_sounds_on_when_another_file_comes(self) -> None:
        state = after(begun(Saved("Lead")), Racked(Rack("tag", entries=(CLEAN,))))
        half = Racked(Rack("tag", entries=(CLEAN,), complete=False))
        assert panel.words(after(state, half, Racked(Rack("tag", entries=(CLEAN, CRUNCH)))))["model"] == LEAD.word

    def test_a_knob_of_a_model_that_went_during_the_start_turns_nothing(self) -> None:
        state = begun(Saved("Lead"), rack=Rack("tag", entries=(LEAD,), complete=False))
        state = after(state, Pushed(), Turned("gain", 1), Racked(Rack("tag", entries=(CLEAN,))))
        assert (panel.words(state)["model"], state.page, state.overlay) == (0, 0, None)
        assert after(state, Turned("gain", 1)).overlay == Overlay(
            "input_gain_db", None, 1.0 + state.settings.screen.overlay_s
        )

    def test_a_model_that_comes_while_the_pedal_plays_is_announced(self) -> None:
        state = begun(rack=Rack("tag", entries=(CLEAN, LEAD)))
        assert state.notices == ()
        came = after(state, Racked(Rack("tag", entries=(CLEAN, LEAD, CRUNCH))))
        assert [(notice.text, notice.remedy) for notice in came.notices] == [("NEW MODEL", "Crunch")]
        other = replace(LEAD, word=77)
        changed = after(state, Racked(Rack("tag", entries=(CLEAN, other))))
        assert [(notice.text, notice.remedy) for notice in changed.notices] == [("MODEL CHANGED", "Solo Lead")]
        two = after(state, Racked(Rack("tag", entries=(CLEAN, other, CRUNCH))))
        assert [(notice.text, notice.remedy) for notice in two.notices] == [("2 NEW MODELS", "Solo Lead, Crunch")]

    def test_it_is_announced_too_when_the_rack_was_incomplete_for_a_moment(self) -> None:
        state = after(begun(rack=Rack("tag", entries=(CLEAN,))), Racked(Rack("tag", entries=(CLEAN,), complete=False)))
        assert lines(after(state, Racked(Rack("tag", entries=(CLEAN, CRUNCH))))) == ["NEW MODEL"]

    def test_a_rack_that_is_made_anew_is_no_news(self) -> None:
        """As after another period: one model after the other is tried again."""
        state = begun(rack=Rack("tag", entries=(CLEAN, LEAD, HEAVY)))
        state = after(state, Racked(Rack("tag", entries=(CLEAN,), complete=False)))
        assert lines(after(state, Racked(Rack("tag", entries=(CLEAN, LEAD, HEAVY))))) == []

    def test_what_is_still_being_found_at_the_start_is_no_news(self) -> None:
        state = begun(rack=Rack("tag", entries=(CLEAN,), complete=False))
        assert lines(after(state, Racked(Rack("tag", entries=(CLEAN, CRUNCH))))) == []

    def test_another_order_or_a_model_that_is_in_the_set_again_is_no_news(self) -> None:
        state = begun(rack=Rack("tag", entries=(CLEAN, LEAD), out=(CRUNCH,)))
        assert lines(after(state, Racked(Rack("tag", entries=(CRUNCH, LEAD, CLEAN))))) == []

    def test_a_display_that_sleeps_wakes_for_a_new_model(self) -> None:
        state = after(begun(rack=Rack("tag", entries=(CLEAN,))), Racked(Rack("tag", entries=(CLEAN, LEAD))), at=9_000.0)
        assert state.touched == 9_000.0

    def test_two_models_of_one_name_are_both_reached(self) -> None:
        twins = (CLEAN, Entry("Twin", "Twin", "twin.json", 7), Entry("Twin", "Twin", "twin.nam", 8))
        state, heard = begun(rack=Rack("tag", entries=twins)), []
        for _ in range(3):
            state = after(state, "next")
            heard.append(panel.words(state)["model"])
        assert heard == [7, 8, 1]
        second = after(state, "previous")
        assert panel.words(after(second, Racked(Rack("tag", entries=twins[1:]))))["model"] == 8


LINK = {"model": 2, "bypass": 0, "mute": 0, "input_gain_db": 3.0, "level_db": -9.5, "knob_1": 0.1, "knob_2": 0.5}


class TestStart:
    def test_until_the_rack_is_there_the_link_keeps_its_model_and_level(self) -> None:
        remembered = Saved("Lead", boost=True, settings={"Lead": Setting(3.0, -2.0, 0.1)})
        state = panel.start(remembered, Settings(), 0.0, LINK)
        state = after(state, Racked(Rack()), "next")
        assert panel.words(state) == LINK
        assert lines(state) == ["MODELS ARE BEING READ"]

    def test_then_the_saved_one_plays_or_if_nothing_was_saved_the_one_that_does(self) -> None:
        for remembered, word in ((Saved("Crunch"), 3), (Saved(), 2), (Saved("Gone"), 0)):
            state = after(panel.start(remembered, Settings(), 0.0, LINK), Racked(RACK))
            assert panel.words(state)["model"] == word

    def test_everything_remembered_is_back(self) -> None:
        remembered = Saved("Lead", "Clean", True, True, {"Lead": Setting(1.0, -2.0, 0.3, 0.4), "Gone": Setting(5.0)})
        assert panel.saved(begun(remembered)) == remembered


class TestSwitches:
    def test_bypass_and_its_undoing(self) -> None:
        state = after(begun(), "bypass")
        assert panel.words(state)["bypass"] == 1
        assert panel.words(after(state, Act("bypass", undo=True)))["bypass"] == 0
        assert panel.words(after(state, Act("bypass", undo=True), Act("bypass", undo=True)))["bypass"] == 0

    def test_undoing_leaves_what_came_between(self) -> None:
        state = after(begun(), "bypass", "next", "boost", Act("bypass", undo=True))
        assert (state.bypass, state.model, state.boost) == (False, "Lead", True)
        state = after(begun(), "bypass", Asked({"bypass": 1}), Act("bypass", undo=True))
        assert state.bypass
        state = after(begun(), "bypass", "tuner", "next", Act("bypass", undo=True))
        assert not state.bypass

    @pytest.mark.parametrize(("sound", "word"), [("mute", "mute"), ("dry", "bypass")])
    def test_the_tuner_and_back(self, sound: str, word: str) -> None:
        state = begun(settings=Settings()._replace(tuner=TunerSettings(sound=sound)))
        before = panel.words(state)
        tuning = after(state, "bypass", Act("bypass", undo=True), "tuner")
        assert panel.words(tuning) == {**before, word: 1}
        # long A: the press leaves, and is undone; the long one leaves for good
        assert panel.words(after(tuning, "bypass", Act("bypass", undo=True))) == panel.words(tuning)
        assert panel.words(after(tuning, "bypass", Act("bypass", undo=True), "tuner")) == before

    @pytest.mark.parametrize("action", ["bypass", "next", "select 2", "favourite", "mute", "boost", "tuner", "none"])
    def test_any_switch_leaves_the_tuner_and_does_nothing_else(self, action: str) -> None:
        state = begun(Saved("Lead", "Clean"))
        left = after(state, "tuner", action)
        assert (left.tuner, panel.words(left), panel.saved(left)) == (False, panel.words(state), panel.saved(state))

    def test_mute_and_boost(self) -> None:
        state = after(begun(), "mute", "boost")
        assert (panel.words(state)["mute"], panel.words(state)["level_db"]) == (1, 8.0)
        assert panel.words(after(state, "mute", "boost")) == panel.words(begun())


class TestKnobs:
    def test_the_words_model_first_and_all_of_them(self) -> None:
        names = list(panel.words(begun()))
        assert names[0] == "model"
        assert sorted(names) == sorted(word.name for word in WORDS if word.writer == "control")

    def test_an_encoder_goes_by_whole_steps(self) -> None:
        state = after(begun(Saved("Lead", settings={"Lead": Setting(level_db=-3.3)})), Turned("level", 1))
        assert state.knobs["Lead"].level_db == -3.0
        assert after(state, Turned("gain", -3)).knobs["Lead"].knob_1 == 0.47
        assert after(state, Turned("level", 999)).knobs["Lead"].level_db == 12.0
        assert after(state, Turned("level", -999)).knobs["Lead"].level_db == -40.0

    @pytest.mark.parametrize(
        ("model", "turned"),
        [
            ("Clean", ["input_gain_db"]),
            ("Crunch", ["knob_1", "input_gain_db"]),
            ("Lead", ["knob_1", "knob_2", "input_gain_db"]),
        ],
    )
    def test_the_gain_knob_turns_what_the_page_says(self, model: str, turned: list[str]) -> None:
        for page, key in enumerate([*turned, turned[0]]):
            state = after(begun(Saved(model)), *[Pushed()] * page, Turned("gain", 1))
            assert [name for name in turned if getattr(state.knobs[model], name) != getattr(Setting(), name)] == [key]

    def test_another_model_begins_on_its_first_page(self) -> None:
        assert after(begun(Saved("Lead")), Pushed(), "next").page == 0

    def test_the_other_roles(self) -> None:
        state = after(begun(Saved("Lead")), Turned("knob_2", 1), Turned("input", 2))
        assert state.knobs["Lead"] == Setting(input_gain_db=1.0, knob_2=0.51)
        assert after(begun(Saved("Crunch")), Turned("knob_2", 1)).knobs == {}

    def test_each_model_keeps_its_own(self) -> None:
        state = after(begun(), Turned("level", -4), "next", Turned("level", 2), "previous")
        assert panel.words(state)["level_db"] == 0.0  # -2 and its trim of 2
        assert state.knobs == {"Clean": Setting(level_db=-2.0), "Lead": Setting(level_db=1.0)}

    def test_the_level_has_the_trim_unless_the_original_is_wanted(self) -> None:
        assert panel.words(begun(Saved("Lead")))["level_db"] == -6.0
        assert panel.words(begun(Saved("Lead"), settings(loudness="original")))["level_db"] == 0.0

    def test_pedal_set(self) -> None:
        state = after(begun(), Asked({"level_db": 3.0, "mute": 1, "boost": 1, "knob_1": 7.0}, "Lead"))
        assert (state.model, state.muted, state.boost) == ("Lead", True, True)
        assert state.knobs == {"Lead": Setting(level_db=3.0, knob_1=1.0)}
        none = after(state, Asked({}, ""))
        assert (panel.words(none)["model"], none.previous, after(none, "next").model) == (0, "Lead", "Lead")
        assert after(none, Racked(RACK)).model == ""
        assert after(none, "select 3").previous == "Lead"


class TestPotentiometers:
    """Soft takeover."""

    def test_it_does_nothing_until_it_passes_the_value(self) -> None:
        state = after(begun(Saved("Crunch")), Moved("gain", 0.1), Moved("gain", 0.3))
        assert state.knobs == {}
        assert state.overlay is not None
        assert state.overlay.stands == 0.3
        state = after(state, Moved("gain", 0.7), Moved("gain", 0.72))
        assert state.knobs["Crunch"].knob_1 == 0.72

    def test_or_meets_it(self) -> None:
        state = after(begun(Saved("Crunch")), Moved("gain", 0.1), Moved("gain", 0.495))
        assert state.knobs["Crunch"].knob_1 == 0.495
        state = after(begun(Saved("Crunch")), Moved("gain", 0.9), Moved("gain", 0.505))
        assert state.knobs["Crunch"].knob_1 == 0.505

    def test_where_it_stands_at_first_is_no_turning(self) -> None:
        state = after(begun(Saved("Crunch")), Moved("gain", 0.5))
        assert (state.knobs, state.overlay) == ({}, None)

    @pytest.mark.parametrize("loses", ["next", Pushed(), Asked({"knob_1": 0.1}), Turned("gain", 9)])
    def test_it_lets_go_when_the_value_is_another(self, loses: Event | str) -> None:
        took = after(begun(Saved("Lead")), Moved("gain", 0.1), Moved("gain", 0.9))
        assert took.knobs["Lead"].knob_1 == 0.9
        let_go = after(took, loses)
        assert after(let_go, Moved("gain", 0.88)).knobs == let_go.knobs

    def test_back_on_a_model_that_it_stands_right_for_it_has_hold_at_once(self) -> None:
        state = after(
            begun(Saved("Lead")), Moved("gain", 0.1), Moved("gain", 0.9), "next", "previous", Moved("gain", 0.92)
        )
        assert state.knobs["Lead"].knob_1 == 0.92
