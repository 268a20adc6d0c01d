"""The panel: state + event -> state, and what follows from a state: the link's words and what is saved.

Pure: no clock, no file, no device. Times are seconds of the caller's clock. What is shown is `shown.view`.
"""

from collections.abc import Mapping

from pedal.control.events import Act, Asked, Event, Moved, Noted, Passed, Pushed, Racked, Stirred, Told, Turned
from pedal.control.rack import Entry, Rack
from pedal.control.saved import RANGES, Saved, Setting
from pedal.control.settings import Role, Settings
from pedal.control.state import (
    NOTHING,
    Notice,
    Overlay,
    State,
    found,
    fraction,
    pages,
    place_of,
    playable,
    setting_of,
    turned_by,
)
from pedal.link import INDEX, WORDS, in_range

STEPS = {"input_gain_db": 2, "level_db": 2, "knob_1": 100, "knob_2": 100}
"""Detents of an encoder for one whole unit: half a dB, a hundredth."""
MEETS = 1 / 128
"""Of its way: a potentiometer as near as this to a value has met it."""
NOTICE_S = 3.0
REMEDY_S = 6.0
"""For a notice that says what to do, too."""
MOST_NOTICES = 4
"""Of more, the newest: what is shown late is no news."""
FEET = "feet"
"""What a notice is about that answers a footswitch."""


def start(saved: Saved, settings: Settings, now: float, words: Mapping[str, float | int]) -> State:
    """The panel as it was left; until the rack is there, the model and its level stay what the link's `words` say."""
    setting = saved.settings.get(saved.model, Setting())
    louder_db = settings.models.boost_db if saved.boost else 0.0
    trim_db = words.get("level_db", 0.0) - setting.level_db - louder_db
    word = int(words.get("model", 0))
    return State(
        settings,
        began=now,
        touched=now,
        model=saved.model,
        playing=Entry(saved.model, saved.model, "", word, trim_db=trim_db) if word else NOTHING,
        previous=saved.previous,
        bypass=saved.bypass,
        boost=saved.boost,
        knobs=saved.settings,
    )


def step(state: State, event: Event, now: float) -> State:
    """The state after the event."""
    match event:
        case Act() | Turned() | Moved() | Pushed():
            return _touched(state._replace(touched=now), event, now)
        case Asked(values, model):
            return _asked(state, values, model, now)
        case Racked(rack):
            return _racked(state, rack, now) if rack.tag else state
        case Told():
            return _told(state, event, now)
        case Noted(text, remedy):
            return _noted(state._replace(touched=now), text, now, remedy)
        case Stirred():
            return state._replace(touched=now)
        case Passed():
            return state


def words(state: State) -> dict[str, float | int]:
    """The link's control words, in the order in which they are to be written."""
    setting, models, tuner = setting_of(state), state.settings.models, state.settings.tuner
    level_db = setting.level_db + (state.playing.trim_db if models.loudness == "even" else 0.0)
    level_db += models.boost_db if state.boost else 0.0
    return {
        "model": state.playing.word,
        "bypass": int(state.bypass or (state.tuner and tuner.sound == "dry")),
        "mute": int(state.muted or (state.tuner and tuner.sound == "mute")),
        "input_gain_db": setting.input_gain_db,
        "level_db": in_range(WORDS[INDEX["level_db"]], level_db),
        "knob_1": setting.knob_1,
        "knob_2": setting.knob_2,
    }


def saved(state: State) -> Saved:
    """What is to be remembered."""
    return Saved(state.model, state.previous, state.bypass, state.boost, dict(state.knobs))


def _touched(state: State, event: Act | Turned | Moved | Pushed, now: float) -> State:
    """Feet and hands."""
    match event:
        case Act(action, undo):
            return _undone(state) if undo else _acted(_read(state, now), action, now)
        case Turned(role, steps):
            return _turned(state, role, steps, now)
        case Moved(role, position):
            return _moved(state, role, position, now)
        case Pushed():
            page = (state.page + 1) % len(pages(state))
            return _showing(state._replace(page=page), pages(state)[page], now)


def _read(state: State, now: float) -> State:
    """Without the notice that fills the screen: a foot wants to see what it does."""
    waiting = [notice for notice in state.notices if notice.until > now]
    return state._replace(notices=tuple(waiting[1:])) if waiting and waiting[0].remedy else state


def _acted(state: State, action: str, now: float) -> State:
    """A footswitch; in the tuner, any of them only leaves it."""
    if state.tuner:
        return state._replace(tuner=False, undo="tuner" if action == "bypass" else state.undo)
    match action:
        case "bypass":
            return state._replace(bypass=not state.bypass, undo="bypass")
        case "tuner":
            return state._replace(tuner=True, overlay=None)
        case "mute":
            return state._replace(muted=not state.muted)
        case "boost":
            return state._replace(boost=not state.boost)
        case "none":
            return state
    return _picked(state, action, now) if state.rack.tag else _noted(state, "MODELS ARE BEING READ", now, about=FEET)


def _undone(state: State) -> State:
    """Back to before the last press of bypass."""
    match state.undo:
        case "bypass":
            state = state._replace(bypass=not state.bypass)
        case "tuner":
            state = state._replace(tuner=True)
    return state._replace(undo="")


def _picked(state: State, action: str, now: float) -> State:
    """Another model, by foot."""
    count = len(playable(state))
    if not count:
        return _noted(state, "THERE ARE NO MODELS", now, about=FEET)
    match action.split():
        case ["next"]:
            return _chosen(state, (state.place + found(state)) % count)
        case ["previous"]:
            return _chosen(state, (state.place - 1) % count)
        case ["select", number]:
            wanted = int(number) - 1
            there = 0 <= wanted < count
            return _chosen(state, wanted) if there else _noted(state, f"THERE IS NO MODEL {number}", now, about=FEET)
        case ["favourite"]:
            here = state.place if found(state) else -1
            others = [name for name in state.settings.models.favourites if place_of(state, name) != here]
            others.sort(key=lambda name: place_of(state, name) is None)  # those that are there first
            other = others[0] if others else state.previous
            return _called(state, other, now) if other else _noted(state, "NO MODEL TO GO BACK TO", now, about=FEET)
    return state


def _called(state: State, name: str, now: float) -> State:
    """The model of that name, where one plays."""
    place = place_of(state, name)
    return _noted(state, f"{name} IS MISSING", now, about=FEET) if place is None else _chosen(state, place)


def _chosen(state: State, place: int) -> State:
    state = _answered(state)
    entry, before = playable(state)[place], state.playing
    if entry.name != state.model:
        state = state._replace(model=entry.name, previous=state.model or state.previous)
    if (entry.name, entry.knobs) != (before.name, before.knobs):
        state = state._replace(page=0, overlay=None)
    return state._replace(playing=entry, place=place)


def _turned(state: State, role: Role, steps: int, now: float) -> State:
    """An encoder: to the next whole step, so that values stay round."""
    key = turned_by(state, role)
    if key is None:
        return state
    value = round(getattr(setting_of(state), key) * STEPS[key] + steps) / STEPS[key]
    return _showing(_with(state, {key: value}), key, now)


def _moved(state: State, role: Role, position: float, now: float) -> State:
    """A potentiometer: nothing until it meets the value or passes it. Where it stands at first is no turning."""
    key, before = turned_by(state, role), state.stands.get(role)
    state = state._replace(stands={**state.stands, role: position})
    if key is None or before is None:
        return state
    value = fraction(key, getattr(setting_of(state), key))
    if min(before, position) - MEETS <= value <= max(before, position) + MEETS:
        low, high = RANGES[key]
        state = _with(state, {key: low + position * (high - low)})
    return _showing(state, key, now, position)


def _showing(state: State, key: str, now: float, stands: float | None = None) -> State:
    """With what is turned over the whole screen."""
    return state._replace(overlay=Overlay(key, stands, now + state.settings.screen.overlay_s))


def _with(state: State, values: Mapping[str, float]) -> State:
    """With these fields of the chosen model's setting, as near as their ranges allow."""
    setting = setting_of(state)
    near = {}
    for key, (low, high) in RANGES.items():
        value = values.get(key, getattr(setting, key))
        near[key] = min(max(value, low), high)
    return state._replace(knobs={**state.knobs, state.model: Setting(**near)})


def _asked(state: State, values: Mapping[str, float], model: str | None, now: float) -> State:
    """`pedal set`: the model first, because the values are for it."""
    if model:
        state = _called(state, model, now)
    elif model is not None:
        state = state._replace(model="", previous=state.model or state.previous, playing=NOTHING, page=0, overlay=None)
    if RANGES.keys() & values.keys():
        state = _with(state, values)
    if "bypass" in values:
        state = state._replace(bypass=bool(values["bypass"]), undo="")
    muted, boost = values.get("mute", state.muted), values.get("boost", state.boost)
    return state._replace(muted=bool(muted), boost=bool(boost))


def _racked(state: State, rack: Rack, now: float) -> State:
    """Another rack. A model that is no longer in it plays on; one that was waited for comes back."""
    first, before = not state.settled, playable(state)
    known = {(entry.name, entry.word) for entry in state.rack.entries if entry.refused}
    refused = [
        entry
        for entry in rack.entries
        if entry.refused
        and (entry.name, entry.word) not in known
        and (state.rack.complete or state.known.get(entry.name) != entry.word)  # or it is tried once more
    ]
    state = _announced(_answered(state), rack, now)._replace(rack=rack)
    for entry in refused if not first else []:
        remedy = entry.reason.removeprefix(entry.refused).lstrip(";:,( ")
        state = _noted(state, f"{entry.title}: {entry.refused}", now, remedy)
    after = playable(state)
    words = [entry.word for entry in after]
    wanted = [place for place, entry in enumerate(after) if entry.name == state.model]
    if not state.model and not before and after:  # the first models of all: what the engine plays, else the first
        wanted = [words.index(state.playing.word) if state.playing.word in words else 0]
    if wanted:  # of two with one name, the one that plays
        return _chosen(state, next((place for place in wanted if words[place] == state.playing.word), wanted[0]))
    names = {entry.name for entry in after}
    place = sum(entry.name in names for entry in before[: state.place])
    state = state._replace(place=place)
    return state._replace(playing=NOTHING, page=0, overlay=None) if first and rack.complete else state


def _announced(state: State, rack: Rack, now: float) -> State:
    """With a notice of models that were not there before, or not like this; never of those found at the start."""
    known, settled = state.known, state.settled
    there = {entry.name: entry.word for entry in rack.models}
    # A rack that is being made anew lacks some for a while, which are no news when they are in it again.
    state = state._replace(known=there if rack.complete else {**known, **there}, settled=settled or rack.complete)
    news = [entry for entry in rack.entries if not entry.refused and known.get(entry.name) != entry.word]
    if not (news and settled):
        return state
    text = f"{len(news)} NEW MODELS" if len(news) > 1 else "MODEL CHANGED" if news[0].name in known else "NEW MODEL"
    return _noted(state._replace(touched=now), text, now, ", ".join(entry.title for entry in news))


def _told(state: State, event: Told, now: float) -> State:
    """With what holds from now on, or no more. Only news wakes the display: what comes and goes would keep it awake."""
    about, text, remedy = event
    told = {name: other for name, other in state.told.items() if name != about}
    notices = tuple(notice for notice in state.notices if notice.about != about or notice.text == text)
    state = state._replace(told={**told, about: event} if text else told, notices=notices)
    if not text or text == state.said.get(about):
        return state
    return _noted(state._replace(touched=now, said={**state.said, about: text}), text, now, remedy, about)


def _noted(state: State, text: str, now: float, remedy: str = "", about: str = "") -> State:
    """With one more notice: behind those that are still to be seen, but before all others if a foot asked for it."""
    start, waiting = now, []
    for notice in state.notices:
        if notice.until > now:
            if notice.text != text and (notice.about, about) != (FEET, FEET):
                waiting.append((notice, notice.until - start))
            start = notice.until
    new = Notice(text, now, remedy, about), REMEDY_S if remedy else NOTICE_S
    waiting = waiting[1 - MOST_NOTICES :]
    notices, until = [], now
    for notice, seconds in [new, *waiting] if about == FEET else [*waiting, new]:
        until += seconds
        notices.append(notice._replace(until=until))
    return state._replace(notices=tuple(notices))


def _answered(state: State) -> State:
    """Without what a foot was told before: it does not hold any more."""
    return state._replace(notices=tuple(notice for notice in state.notices if notice.about != FEET))
