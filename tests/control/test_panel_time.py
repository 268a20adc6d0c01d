"""The panel as time passes: the display sleeps, notices come and go, what is told holds."""

from pedal.control import panel
from pedal.control.events import Asked, Noted, Passed, Racked, Stirred, Told
from pedal.control.rack import Entry, Rack
from pedal.control.saved import Saved
from pedal.control.settings import ScreenSettings, Settings
from pedal.control.state import asleep
from tests.control.panels import RACK, after, begun, lines


class TestTime:
    def test_the_display_sleeps_and_a_touch_wakes_it_and_acts(self) -> None:
        state = begun(settings=Settings()._replace(screen=ScreenSettings(sleep_s=60.0)))
        assert not asleep(state, 59.9)
        assert asleep(state, 60.0)
        woken = after(state, "bypass", at=100.0)
        assert not asleep(woken, 159.9)
        assert woken.bypass
        assert not asleep(after(state, Told("screen", "X"), at=100.0), 100.0)
        for silent in (Passed(), Asked({"bypass": 1}), Racked(RACK)):
            assert asleep(after(state, silent, at=100.0), 100.0)

    def test_a_rack_half_sorted_out_takes_nothing_away(self) -> None:
        """At a new release every model is tried anew; the one that plays may be the last."""
        begins = panel.start(Saved(model="Lead"), Settings(), 0.0, {"model": 0x99, "level_db": -3.0})
        half = Rack(tag="new", entries=RACK.entries[:0], complete=False)
        state = after(begins, Racked(half))
        assert (panel.words(state)["model"], state.model) == (0x99, "Lead")
        gone = after(state, Racked(Rack(tag="new", entries=(Entry("Other", "Other", "o.json", 7),))))
        assert (panel.words(gone)["model"], gone.model) == (0, "Lead")

    def test_an_engine_that_stops_wakes_it(self) -> None:
        state = begun()
        assert asleep(state, 1e6)
        assert not asleep(after(state, Stirred(), at=1e6), 1e6)

    def test_it_stays_awake_while_tuning_and_where_the_configuration_says_so(self) -> None:
        assert not asleep(after(begun(), "tuner"), 1e6)
        assert not asleep(begun(settings=Settings()._replace(screen=ScreenSettings(sleep_s=0.0))), 1e6)

    def test_a_foot_is_answered_at_once_and_only_until_that_is_untrue(self) -> None:
        state = after(begun(), Noted("A"), Noted("B"), *["select 9"] * 20, at=10.0)
        assert [(notice.text, notice.until) for notice in state.notices] == [
            ("THERE IS NO MODEL 9", 13.0),
            ("A", 16.0),
            ("B", 19.0),
        ]
        assert lines(after(state, "next", at=11.0)) == ["A", "B"]
        assert lines(after(state, Racked(RACK), at=11.0)) == ["A", "B"]

    def test_a_text_is_not_said_twice(self) -> None:
        assert lines(after(begun(), Noted("A"), Noted("B"), Noted("A"), at=10.0)) == ["B", "A"]

    def test_notices_wait_for_each_other(self) -> None:
        state = after(begun(), *[Noted(str(number)) for number in range(12)], at=10.0)
        assert lines(state) == ["8", "9", "10", "11"]
        assert [notice.until for notice in state.notices] == [13.0, 16.0, 19.0, 22.0]
        assert lines(after(state, Noted("new"), at=1e3)) == ["new"]

    def test_what_is_told_holds_until_it_is_taken_back(self) -> None:
        state = after(begun(), Told("state", "A"), Told("pins", "B"), Told("state", "C"))
        assert {told.about: told.text for told in state.told.values()} == {"state": "C", "pins": "B"}
        assert lines(state) == ["B", "C"]
        gone = after(state, Told("state", ""))
        assert (list(gone.told), lines(gone)) == (["pins"], ["B"])

    def test_only_news_wakes_the_display(self) -> None:
        """One that fails and comes back every ten seconds would be awake for ever."""
        state = begun(settings=Settings()._replace(screen=ScreenSettings(sleep_s=60.0)))
        state = after(state, Told("screen", "NO SCREEN", "a."))
        for second in range(10, 200, 10):
            state = after(state, Told("screen", "" if second % 20 else "NO SCREEN", "b."), at=float(second))
        assert asleep(state, 61.0)
        assert lines(after(state, Passed())) == []
        assert after(state, Told("screen", "NO SCREEN", "c.")).told["screen"].remedy == "c."
        assert not asleep(after(state, Told("screen", "OTHER"), at=200.0), 200.0)
        assert not asleep(after(state, Told("state", "NO SCREEN"), at=200.0), 200.0)

    def test_the_same_told_again_leaves_its_notice_alone(self) -> None:
        state = after(begun(), Told("state", "A", "a."), Told("pins", "B", "b."), Told("state", "A", "other."))
        assert lines(state) == ["A", "B"]
