"""Control as a whole: real edges on gpiozero's mock pins go in, words of a real link and pictures come out."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace
from PIL import Image

from pedal import config
from pedal.cli.asking import ask
from pedal.config import Config, Places
from pedal.control import rack, saved
from pedal.control.display import booted
from pedal.control.main import Control, leave_core
from pedal.control.rack import Rack
from pedal.control.settings import Settings
from pedal.control.shown import view
from pedal.control.state import BOOT_S
from pedal.control.view import View
from pedal.errors import ConfigError, LinkError
from pedal.kernel.library import Library, library_tag
from pedal.kernel.packed import packed_path
from pedal.link import RUNNING, Link, control_lock
from pedal.measure.admission import admit
from tests.conftest import WriteModel

PATIENCE_S = 20.0
"""For what has to happen some time; on a busy machine too."""
LOOK_S = 0.002
TAP_S = 0.05
Step = tuple[Callable[[], object], Callable[[], object]]
"""What to wait for, then what to do."""


class Glass:
    """A screen that keeps every picture, and fails when it is told to."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []
        self.broken = False
        self.dark = False

    def send(self, image: Image.Image) -> None:
        if self.broken:
            raise OSError("no display answers")
        self.dark = False
        self.pictures.append(image.tobytes())

    def sleep(self) -> None:
        self.dark = True

    def wake(self) -> None:
        self.dark = False

    def close(self) -> None:
        self.dark = True


class Pedal:
    """Control with its surroundings; `play` runs it through steps, each of which waits for something to be so."""

    def __init__(self, where: Places, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.where = where
        self.first, self.second = rack.read(where.rack).rack.entries
        self.glass = Glass()
        self.skipped_s = 0.0
        self.log: list[str] = []
        self.factory = MockFactory()
        self.pins = {name: switch.pin for name, switch in settings.switch.items()}
        display = booted(lambda: self.glass)
        self.control = Control(where, Config(), settings, lambda: self.factory, display, self.log.append, self.clock)

    def clock(self) -> float:
        """The machine's, but for what was skipped."""
        return time.monotonic() + self.skipped_s

    def view(self) -> View:
        """What is shown, while control runs."""
        return view(self.control.state, self.control.sensed, self.clock())

    def play(self, *steps: Step) -> None:
        """Do every step when what it waits for has come about, then stop."""
        loop, waiting = self.control.loop, list(steps)
        deadline = time.monotonic() + PATIENCE_S
        late: list[Step] = []

        def look() -> None:
            if waiting and waiting[0][0]():
                waiting.pop(0)[1]()
            if not waiting:
                loop.stop()
            elif time.monotonic() > deadline:
                late.append(waiting[0])
                loop.stop()

        loop.every(LOOK_S, look)
        self.control.run()
        assert not late, f"step {len(steps) - len(waiting) + 1} of {len(steps)} did not come; {self.log}"

    def down(self, name: str) -> None:
        self.factory.pin(self.pins[name]).drive_low()

    def tap(self, name: str) -> None:
        """Press it for a moment."""
        self.down(name)
        self.control.loop.at(self.clock() + TAP_S, lambda: self.up(name))

    def is_down(self, name: str) -> bool:
        return not self.factory.pin(self.pins[name]).state

    def up(self, name: str) -> None:
        self.factory.pin(self.pins[name]).drive_high()

    def word(self, name: str) -> float:
        """While control runs."""
        return self.control.link.get(name)

    def word_after(self, name: str) -> float:
        """When it has ended: the link stays."""
        with closing(Link(self.where.link)) as link:
            return link.get(name)


@pytest.fixture(scope="module")
def admitted(tmp_path_factory: pytest.TempPathFactory, kernels: Library) -> Places:
    """A state folder with the shipped models, tried and packed."""
    folder = tmp_path_factory.mktemp("admitted")
    where = Places(folder / "pedal.toml", folder / "state", folder / "kernels", folder / "run")
    admit(where, Config(), kernels, lambda _line: None)
    return where


@pytest.fixture
def where(places: Path, admitted: Places) -> Places:
    """Places of one's own with these models."""
    found = config.places()
    assert found.state.is_relative_to(places)
    shutil.copytree(admitted.state, found.state)
    return found


@pytest.fixture
def pedal(where: Places) -> Iterator[Pedal]:
    """A pedal; the process is afterwards as it was."""
    cores, interval = os.sched_getaffinity(0), sys.getswitchinterval()
    made = Pedal(where)
    yield made
    made.factory.reset()
    os.sched_setaffinity(0, cores)
    sys.setswitchinterval(interval)


def nothing() -> None:
    """Be content."""


def test_feet_reach_the_link_and_what_was_meant_is_remembered(pedal: Pedal) -> None:
    """Hold A, leave the tuner, press C: every word as the feet say, one after the other."""
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lambda: pedal.down("A")),
        (lambda: pedal.word("bypass") == 1, nothing),
        (lambda: pedal.word("mute") == 1, lambda: pedal.up("A")),  # a long press: the tuner, and bypass as before
        (lambda: pedal.word("bypass") == 0 and pedal.control.state.tuner, lambda: pedal.tap("C")),
        (lambda: pedal.word("mute") == 0 and not pedal.is_down("C"), lambda: pedal.tap("C")),
        (lambda: pedal.word("model") == pedal.second.word, nothing),
    )
    assert pedal.word_after("level_db") == pedal.second.trim_db < 0.0
    again = Pedal(pedal.where)
    again.play((lambda: again.control.state.rack.tag, nothing))
    assert (again.control.state.model, again.control.state.previous) == (pedal.second.name, pedal.first.name)
    again.factory.reset()


def test_an_encoder_turns_the_gain(pedal: Pedal) -> None:
    first, second = (pedal.factory.pin(pin) for pin in Settings().knob["gain"].pins)

    def clockwise() -> None:
        for pin in (first, second):
            pin.drive_low()
        for pin in (first, second):
            pin.drive_high()

    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, clockwise),
        (lambda: pedal.word("input_gain_db") == 0.5, nothing),
    )


def test_pedal_set_is_answered_and_does_what_it_says_or_nothing(pedal: Pedal) -> None:
    said: list[object] = []

    def asks() -> None:
        said.append(ask(pedal.where.run, [("model", pedal.second.name.upper()), ("input_gain_db", "6")], PATIENCE_S))
        try:
            ask(pedal.where.run, [("bypass", "on"), ("levle_db", "3")], PATIENCE_S)
        except ConfigError as error:
            said.append(str(error))

    player = threading.Thread(target=asks)
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, player.start),
        (lambda: len(said) == 2, nothing),
    )
    player.join()
    assert said == [True, "levle_db: is unknown; did you mean level_db?"]
    with closing(Link(pedal.where.link)) as engine:
        assert [engine.get(name) for name in ("model", "input_gain_db", "bypass")] == [pedal.second.word, 6.0, 0]


def test_a_run_folder_that_was_emptied_ends_control_so_that_everything_begins_anew(pedal: Pedal) -> None:
    """Its lock and its socket are gone too."""
    with pytest.raises(LinkError, match="the link is gone"):
        pedal.play(
            (lambda: pedal.word("model") == pedal.first.word, pedal.where.link.unlink),
            (lambda: False, nothing),
        )


def test_a_switch_that_is_stuck_and_one_that_hums_leave_no_timers_behind(pedal: Pedal) -> None:
    edges = 0

    def hum() -> None:
        nonlocal edges
        edges += 1
        (pedal.down if edges % 2 else pedal.up)("B")
        if edges < 400:
            pedal.control.loop.post(hum)

    def begin() -> None:
        pedal.down("C")
        hum()

    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, begin),
        (lambda: edges == 400, nothing),
    )
    assert len(pedal.control.loop._timers) < 20


def test_a_screen_that_fails_stops_nothing_and_comes_back(pedal: Pedal) -> None:
    pedal.play(
        (lambda: pedal.glass.pictures, lambda: setattr(pedal.glass, "broken", True)),
        (lambda: pedal.word("model") == pedal.first.word, lambda: pedal.tap("A")),
        (lambda: pedal.word("bypass") == 1 and "no display answers" in pedal.log, pedal.glass.pictures.clear),
        (lambda: True, lambda: setattr(pedal.glass, "broken", False)),
        (lambda: pedal.glass.pictures and "screen" not in pedal.control.state.told, nothing),
    )
    assert pedal.glass.dark  # closed in the end


def test_no_engine_is_said_until_there_is_one(pedal: Pedal) -> None:
    link = pedal.control
    heartbeat = iter(range(1, 10**9))

    def engine_starts() -> None:
        link.link.set("process", os.getpid())
        link.link.set("state", RUNNING)
        link.loop.every(0.1, lambda: link.link.set("heartbeat", next(heartbeat)))

    def shows(kind: str) -> bool:
        return pedal.view().kind == kind

    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lambda: setattr(pedal, "skipped_s", BOOT_S)),
        (lambda: shows("trouble"), engine_starts),
        (lambda: shows("play"), lambda: link.link.set("process", 2**22 + 1)),  # it was killed
        (lambda: shows("trouble"), nothing),
    )


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff" * 100, b'{"version": 1, "model": 3}'], ids=repr)
def test_a_damaged_state_is_put_aside_and_the_pedal_starts(pedal: Pedal, damage: bytes) -> None:
    pedal.where.saved.write_bytes(damage)
    pedal.play((lambda: pedal.word("model") == pedal.first.word, nothing))
    assert (pedal.where.state / "state.json.damaged").read_bytes() == damage
    assert any("state.json" in line for line in pedal.log)
    assert [notice.text for notice in pedal.control.state.notices] == ["STATE WAS DAMAGED"]


def test_a_state_folder_that_cannot_be_written_is_said_and_played_on(pedal: Pedal) -> None:
    """A file stands where the folder was: that stops root too."""
    gone = pedal.where.state.with_name("gone")

    def lose_it() -> None:
        pedal.where.state.rename(gone)
        pedal.where.state.write_text("")
        pedal.tap("A")

    def find_it() -> None:
        pedal.where.state.unlink()
        gone.rename(pedal.where.state)
        pedal.skipped_s = 100.0  # it is tried again now and then
        pedal.tap("B")

    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lose_it),
        (lambda: pedal.word("bypass") == 1 and "state" in pedal.control.state.told, nothing),
        (lambda: pedal.control.state.told["state"].text == "CANNOT SAVE" and not pedal.is_down("A"), find_it),
        (lambda: saved.read(pedal.where.saved).saved.model == pedal.second.name, nothing),
        (lambda: "state" not in pedal.control.state.told, nothing),
    )
    assert saved.read(pedal.where.saved).saved.bypass


def test_a_rack_of_another_library_is_measured_anew_and_nothing_changes_until_then(pedal: Pedal) -> None:
    """Its loads and its packed models are another's."""
    rack.write(pedal.where.rack, Rack(tag="another", entries=(replace(pedal.first, word=0x77),)))
    seen = set[float]()

    def measured() -> bool:
        seen.add(pedal.word("model"))
        return pedal.control.state.rack.tag == library_tag()

    pedal.play((measured, nothing))
    assert seen <= {0, pedal.first.word}


def test_a_model_joins_while_the_pedal_plays(pedal: Pedal, write_model: WriteModel) -> None:
    path = write_model("Newcomer")
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lambda: shutil.copy(path, pedal.where.models)),
        (lambda: "Newcomer" in [entry.name for entry in pedal.control.state.rack.entries], nothing),
    )
    assert pedal.where.setlist.read_text().splitlines()[-1] == "Newcomer"


def test_a_packed_model_that_was_deleted_is_packed_again(pedal: Pedal) -> None:
    """The engine says that it could not take the model."""
    packed = packed_path(pedal.where.state, library_tag(), pedal.first.word)

    def lose_it() -> None:
        packed.unlink()
        pedal.control.link.set("refused", pedal.first.word)

    pedal.play(
        (lambda: pedal.control.state.rack.tag and pedal.word("model") == pedal.first.word, lose_it),
        (packed.exists, nothing),
    )


def test_one_control_at_a_time(pedal: Pedal) -> None:
    with control_lock(pedal.where.run), pytest.raises(LinkError, match="another control"):
        pedal.control.run()


def test_control_keeps_off_the_engines_core() -> None:
    """In a child, because it holds for the whole process."""
    cores = os.sched_getaffinity(0)
    if len(cores) == 1:
        pytest.skip("this machine has one processor core, which everyone shares")
    core = min(cores)
    child = os.fork()
    if child == 0:
        leave_core(core)
        os._exit(0 if os.sched_getaffinity(0) == cores - {core} else 1)
    assert os.waitpid(child, 0)[1] == 0
