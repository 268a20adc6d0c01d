"""The panel under any sequence of events: nothing undefined, nothing lost, and what can be undone is undone exactly."""

from hypothesis import settings as tried
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pedal.control import panel, saved
from pedal.control.events import Act, Asked, Event, Moved, Noted, Passed, Pushed, Racked, Told, Turned
from pedal.control.rack import Entry, Knob, Rack
from pedal.control.saved import Saved, Setting
from pedal.control.sensed import Heard, Sensed
from pedal.control.settings import ACTIONS, ModelSettings, Role, ScreenSettings, Settings, TunerSettings
from pedal.control.shown import leds, view
from pedal.control.state import State
from pedal.control.view import View
from pedal.link import WORDS

CONTROL = {word.name: word for word in WORDS if word.writer == "control"}
NAMES = ["A", "a", "B", "Straße", "", "Gone"]
KNOBS = (Knob("Drive", 0, 10), Knob("Tone", -5, 5))
PLAYS = st.tuples(st.sampled_from(["A", "a", "B", "Straße"]), st.integers(1, 6), st.integers(0, 2), st.floats(-20, 20))
ENTRIES = PLAYS.map(
    lambda play: Entry(play[0], f"The {play[0]}", "f", play[1], knobs=KNOBS[: play[2]], trim_db=play[3])
)
REFUSED = st.sampled_from(
    [Entry("Heavy", "Heavy", "h", 8, refused="takes 60 %"), Entry("B", "B", "b", 0, refused="bad")]
)
RACKS = st.builds(
    lambda entries, complete: Rack(
        "tag", entries=tuple(sorted(entries, key=lambda entry: entry.refused)), complete=complete
    ),
    st.lists(ENTRIES | REFUSED, max_size=5, unique_by=lambda entry: entry.word),
    st.booleans(),
)
ROLES: tuple[Role, ...] = ("gain", "level", "knob_2", "input")
PAIRS: list[tuple[str, ...]] = [(), ("A", "B"), ("Gone", "b")]
SETTINGS = st.tuples(
    st.sampled_from([0.0, 5.0]),
    st.sampled_from(["mute", "dry"]),
    st.sampled_from(PAIRS),
    st.sampled_from(["even", "original"]),
    st.floats(0, 20),
).map(
    lambda drawn: Settings()._replace(
        screen=ScreenSettings(sleep_s=drawn[0]), tuner=TunerSettings(sound=drawn[1]), models=ModelSettings(*drawn[2:])
    )
)
SETTING = st.builds(Setting, st.floats(-20, 30), st.floats(-40, 12), st.floats(0, 1), st.floats(0, 1))
SAVED = st.builds(
    Saved,
    *[st.sampled_from(NAMES)] * 2,
    *[st.booleans()] * 2,
    st.dictionaries(st.sampled_from(NAMES), SETTING),
)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.floats(word.low, word.high) for name, word in CONTROL.items() if word.kind == "f64"},
        **{name: st.integers(0, 1) for name in ("bypass", "mute", "boost")},
    },
)
SENSED = st.builds(
    Sensed,
    st.sampled_from(["off", "stuck", "starting", "running", "waiting"]),
    st.integers(0, 6),
    *[st.floats()] * 3,
    *[st.booleans()] * 2,
    st.integers(0, 1000),
    st.none() | st.builds(Heard, st.just("E"), st.integers(0, 8), st.floats(-50, 50)),
)
WALK = ("next", "previous", "select 1", "select 7", "favourite")


class AnySequence(RuleBasedStateMachine):
    """Every rule is one event, or some that come back to where they began."""

    state: State
    now: float
    sensed: Sensed

    @initialize(remembered=SAVED, configured=SETTINGS, word=st.integers(0, 6), level_db=st.floats(-60, 40))
    def begin(self, remembered: Saved, configured: Settings, word: int, level_db: float) -> None:
        self.now, self.sensed = 1e5, Sensed()
        self.state = panel.start(remembered, configured, self.now, {"model": word, "level_db": level_db})
        assert panel.saved(self.state) == remembered

    def step(self, *events: Event) -> None:
        for event in events:
            self.state = panel.step(self.state, event, self.now)

    @rule(seconds=st.floats(0, 10) | st.sampled_from([1.5, 3.0, 5.0]), sensed=SENSED)
    def wait(self, seconds: float, sensed: Sensed) -> None:
        self.now, self.sensed = self.now + seconds, sensed
        before = self.state
        self.step(Passed())
        assert panel.words(self.state) == panel.words(before)

    @rule(action=st.sampled_from([*ACTIONS, *WALK]))
    def stomp(self, action: str) -> None:
        before = self.state
        self.step(Act(action))
        if before.tuner:
            expected = panel.words(before._replace(tuner=False))
            assert (self.state.tuner, panel.words(self.state)) == (False, expected)
            assert panel.saved(self.state) == panel.saved(before)
        if action not in WALK:
            assert (self.state.model, self.state.playing) == (before.model, before.playing)

    @rule(between=st.lists(st.sampled_from([*WALK, "boost"]), max_size=2), seconds=st.floats(0, 1))
    def press_and_undo(self, between: list[str], seconds: float) -> None:
        before = self.state
        self.step(Act("bypass"))
        if before.tuner:
            between = []
        self.step(*map(Act, between))
        self.now += seconds
        self.step(Act("bypass", undo=True))
        assert (self.state.bypass, self.state.tuner) == (before.bypass, before.tuner)
        if not between:
            assert panel.words(self.state) == panel.words(before)
            assert panel.saved(self.state) == panel.saved(before)

    @rule()
    def undo_out_of_the_blue(self) -> None:
        self.state = self.state._replace(undo="")
        before = panel.words(self.state)
        self.step(Act("bypass", undo=True))
        assert panel.words(self.state) == before

    @precondition(lambda self: not self.state.tuner and self.plays())
    @rule(there=st.sampled_from(["next", "previous"]))
    def there_and_back(self, there: str) -> None:
        before = panel.words(self.state)
        self.step(Act(there), Act("previous" if there == "next" else "next"))
        assert panel.words(self.state) == before

    @precondition(lambda self: not self.state.tuner)
    @rule(leaves=st.sampled_from([*ACTIONS, *WALK]), turned=st.booleans())
    def tune(self, leaves: str, turned: bool) -> None:
        before = panel.words(self.state)
        self.step(Act("tuner"))
        word = "mute" if self.state.settings.tuner.sound == "mute" else "bypass"
        assert panel.words(self.state) == {**before, word: 1}
        if turned:
            self.step(Turned("level", 0))
            before = {**before, "level_db": panel.words(self.state)["level_db"]}
        self.step(Act(leaves))
        assert panel.words(self.state) == before

    @rule(role=st.sampled_from(ROLES), steps=st.integers(-300, 300))
    def turn(self, role: Role, steps: int) -> None:
        self.knob(Turned(role, steps))

    @rule(role=st.sampled_from(ROLES), position=st.floats(0, 1))
    def move(self, role: Role, position: float) -> None:
        self.knob(Moved(role, position))

    @rule(times=st.integers(1, 3))
    def push(self, times: int) -> None:
        before = panel.words(self.state)
        self.step(*[Pushed()] * times)
        assert panel.words(self.state) == before

    def knob(self, event: Turned | Moved) -> None:
        """A knob changes one thing of one model at most."""
        before, words = self.state.knobs, panel.words(self.state)
        self.step(event)
        after = panel.words(self.state)
        assert sum(words[name] != after[name] for name in words) <= 1
        assert {**before, self.state.model: None} == {**self.state.knobs, self.state.model: None}

    @rule(values=ASKED, model=st.none() | st.sampled_from(NAMES))
    def ask(self, values: dict[str, float], model: str | None) -> None:
        before = self.state.knobs
        self.step(Asked(values, model))
        words = panel.words(self.state._replace(tuner=False))
        for name in ("bypass", "mute"):
            assert words[name] == values.get(name, words[name])
        assert {**before, self.state.model: None} == {**self.state.knobs, self.state.model: None}

    @rule(rack=RACKS)
    def restock(self, rack: Rack) -> None:
        before = self.state
        self.step(Racked(rack))
        if before.model:
            assert self.state.model == before.model
            if before.settled and before.model not in [entry.name for entry in rack.entries if not entry.refused]:
                assert self.state.playing == before.playing
        assert self.state.knobs == before.knobs

    @rule(event=st.builds(Told, st.sampled_from(["state", "pins", "odd"]), st.sampled_from(["", "TEXT"]), st.text()))
    def tell(self, event: Told) -> None:
        self.step(event)

    @rule(text=st.text(max_size=5))
    def note(self, text: str) -> None:
        self.step(Noted(text))

    def plays(self) -> bool:
        """Whether what plays is of the rack, by the rack alone."""
        return self.state.playing in [entry for entry in self.state.rack.entries if not entry.refused]

    @invariant()
    def words_are_the_links_own_and_in_range(self) -> None:
        words = panel.words(self.state)
        assert words.keys() == CONTROL.keys()
        for name, value in words.items():
            assert CONTROL[name].low <= value <= CONTROL[name].high
        assert words["model"] == 0 or words["model"] in range(1, 7)

    @invariant()
    def what_is_saved_comes_back(self) -> None:
        remembered = panel.saved(self.state)
        assert saved.decode(saved.encode(remembered)) == remembered

    @invariant()
    def there_is_a_view_now_and_at_any_later_time(self) -> None:
        picture = view(self.state, self.sensed, self.now)
        hash(picture)  # the display keys on it
        self.fits(picture)
        for later in (1.0, 10.0, 1e6):
            self.fits(view(self.state, self.sensed, self.now + later))
        assert [type(led) for led in leds(self.state, self.sensed)] == [bool, bool]

    def fits(self, picture: View) -> None:
        """Whether everything is on the screen's own scales."""
        dials = [*picture.dials, *([picture.overlay] if picture.overlay else [])]
        scales = [*(dial.fraction for dial in dials), *(dial.target for dial in dials)]
        for scale in (*scales, picture.input.peak, picture.output.peak):
            assert 0 <= scale <= 1
            assert scale * 64 == int(scale * 64)
        assert 0 <= picture.load <= 999
        assert picture.kind in ("asleep", "boot") or picture.title or picture.needle


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = tried(stateful_step_count=40)
