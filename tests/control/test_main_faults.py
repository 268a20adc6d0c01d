"""What goes wrong around control, and what a player still has then."""

import os
import sys

import pytest
from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from pedal.config import Places
from pedal.control import rack, saved, stock
from pedal.control.rack import Rack
from pedal.control.state import BOOT_S
from pedal.control.stock import AGAIN_S
from pedal.errors import LinkError
from pedal.kernel.library import library_tag
from pedal.kernel.packed import packed_path
from pedal.link import RUNNING, control_lock
from tests.control.rig import Pedal, nothing


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
        pedal.tap("C")

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


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ("os.kill(os.getpid(), 9)", "ended by signal 9"),
        ("sys.exit(3)", "a last line"),
        ("os._exit(3)", "it said nothing"),
    ],
)
def test_why_models_could_not_be_looked_through_is_told(
    ends: str, why: str, pedal: Pedal, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "" if why == "it said nothing" else "print('a last line', file=sys.stderr, flush=True)"
    monkeypatch.setattr(stock, "ADMISSION", (sys.executable, "-c", f"import os, sys\n{says}\n{ends}"))
    pedal.play((lambda: "models" in pedal.control.state.told, nothing))
    assert pedal.control.state.told["models"].remedy == why


def test_one_control_at_a_time(pedal: Pedal) -> None:
    with control_lock(pedal.where.run), pytest.raises(LinkError, match="another control"):
        pedal.control.run()


def test_models_that_cannot_be_looked_through_are_told_and_tried_again(where: Places, factory: MockFactory) -> None:
    """No library to try them with, then there is one."""
    kernels = where.kernels
    pedal = Pedal(where._replace(kernels=where.run.with_name("kernels")), factory=factory)

    def find_it() -> None:
        pedal.where.kernels.symlink_to(kernels)
        pedal.skipped_s = AGAIN_S

    pedal.play(
        (lambda: "models" in pedal.control.state.told, nothing),
        (lambda: "has to be built" in pedal.control.state.told["models"].remedy, find_it),
        (lambda: "models" not in pedal.control.state.told, nothing),
    )
