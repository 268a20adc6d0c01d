"""Panels with models, and what events make of them."""

from pedal.control import panel
from pedal.control.events import Act, Event, Racked
from pedal.control.rack import Entry, Knob, Rack
from pedal.control.saved import Saved
from pedal.control.settings import ModelSettings, Settings
from pedal.control.state import State

CLEAN = Entry("Clean", "Clean", "clean.json", 1, trim_db=2.0)
LEAD = Entry("Lead", "Solo Lead", "lead.json", 2, knobs=(Knob("Drive", 0, 10), Knob("Tone")), trim_db=-6.0)
CRUNCH = Entry("Crunch", "Crunch", "crunch.json", 3, knobs=(Knob("Gain"),))
HEAVY = Entry("Heavy", "Heavy", "heavy.nam", 4, refused="takes 52 %")
RACK = Rack("tag", entries=(CLEAN, LEAD, CRUNCH, HEAVY))


def begun(saved: Saved | None = None, settings: Settings | None = None, rack: Rack = RACK) -> State:
    """A panel that has its models, at second 0."""
    state = panel.start(saved or Saved(), settings or Settings(), 0.0, {})
    return panel.step(state, Racked(rack), 0.0)


def after(state: State, *events: Event | str, at: float = 1.0) -> State:
    """The state after these; a text is a footswitch's action."""
    for event in events:
        state = panel.step(state, Act(event) if isinstance(event, str) else event, at)
    return state


def lines(state: State) -> list[str]:
    return [notice.text for notice in state.notices]


def settings(**changes: object) -> Settings:
    return Settings()._replace(models=ModelSettings(**changes))  # type: ignore[arg-type]
