"""What a service manager hears: a real datagram socket, a simulated card, and a clock that only they move."""

import io
import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pedal.engine.card import Suspended
from pedal.engine.notify import Notify
from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.errors import CardError
from pedal.link import Link
from tests.engine.rig import Rig

MONO = stream("S32_LE", 1)
SECOND_NS = 1_000_000_000


class Manager:
    """Listens as systemd does, and notes when it heard what."""

    def __init__(self, address: str) -> None:
        self.clock = FreeClock()
        self.heard: list[tuple[str, float]] = []
        """Each datagram, and the second in which it was fetched."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(address)

    def notify(self, name: str, **environment: str) -> Notify:
        """An engine's."""
        return Notify({"NOTIFY_SOCKET": name, **environment}, self.clock.now_ns)

    def pass_s(self, seconds: float) -> None:
        """Time goes by, and what has come is fetched."""
        while True:
            try:
                self.heard.append((self._socket.recv(100).decode(), self.clock.now_ns() / SECOND_NS))
            except BlockingIOError:
                break
        self.clock.wait_until_ns(self.clock.now_ns() + round(seconds * SECOND_NS))

    def told(self) -> list[str]:
        """The datagrams."""
        self.pass_s(0.0)
        return [text for text, _ in self.heard]

    def longest_silence_s(self) -> float:
        """Between two datagrams."""
        moments = [moment for _, moment in self.heard]
        return max(after - before for before, after in itertools.pairwise(moments))

    def close(self) -> None:
        """Listen no longer."""
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager at the path `notify`."""
    with closing(Manager(str(tmp_path / "notify"))) as listening:
        yield listening


@pytest.fixture
def notify(manager: Manager, tmp_path: Path) -> Iterator[Notify]:
    """An engine's, to that one."""
    with closing(manager.notify(str(tmp_path / "notify"))) as speaking:
        yield speaking


def played(link: Link, manager: Manager, notify: Notify, process: Callable[[], object], seconds: float) -> None:
    """An engine on a simulated card; `process` runs in each compiled call."""

    def processed(_chain: int, _captured: bytes, _out: int, _frames: int) -> None:
        manager.pass_s(0.0)
        process()

    rig = Rig(link, processed, alive=notify.alive)
    source = io.BytesIO(bytes(4 * round(44_100 * seconds)))
    rig.run(lambda: SimCard(source, io.BytesIO(), MONO, MONO, manager.clock))


def test_ready_with_the_sound_and_then_a_sign_of_life_every_200_ms(
    link: Link, manager: Manager, notify: Notify
) -> None:
    played(link, manager, notify, lambda: None, 10.0)
    assert manager.told()[0] == "READY=1"
    assert manager.heard[0][1] < 0.02
    assert set(manager.told()[1:]) == {"WATCHDOG=1"}
    assert 47 <= len(manager.heard) - 1 <= 50
    assert manager.longest_silence_s() < 0.22


def test_a_stuck_call_is_a_silence(link: Link, manager: Manager, notify: Notify) -> None:
    """A hundred calls, then one of ten seconds, in which nothing is heard; after it there is one sign, not fifty."""
    calls = iter(range(10**6))
    before: list[int] = []

    def process() -> None:
        if next(calls) == 100:
            before.append(len(manager.told()))
            for _ in range(50):
                manager.pass_s(0.2)
            before.append(len(manager.told()))

    played(link, manager, notify, process, 20.0)
    assert before[0] == before[1] > 0
    assert 9.8 < manager.longest_silence_s() < 10.3
    assert manager.told()[-1] == "WATCHDOG=1"


def test_waiting_for_a_card_is_ready_and_alive(link: Link, manager: Manager, notify: Notify) -> None:
    def absent() -> SimCard:
        if manager.clock.now_ns() > 30 * SECOND_NS:
            rig.loop.stop()
        raise CardError("none here")

    rig = Rig(link, alive=notify.alive, sleep=manager.pass_s)
    rig.run(absent)
    assert manager.told()[:2] == ["READY=1", "WATCHDOG=1"]
    assert len(manager.heard) > 145
    assert manager.longest_silence_s() < 0.22


def test_a_card_that_only_fails_is_waited_for_alive(link: Link, manager: Manager, notify: Notify) -> None:
    class Failing(SimCard):
        def read(self) -> bytes:
            if manager.clock.now_ns() > 30 * SECOND_NS:
                rig.loop.stop()
            raise Suspended("it was suspended")

    rig = Rig(link, alive=notify.alive, sleep=manager.pass_s)
    rig.run(lambda: Failing(io.BytesIO(), io.BytesIO(), MONO, MONO, manager.clock))
    assert manager.told()[:2] == ["READY=1", "WATCHDOG=1"]
    assert len(manager.heard) > 145
    assert manager.longest_silence_s() < 0.22


def test_ready_is_said_again_until_it_has_gone(manager: Manager, notify: Notify) -> None:
    """On a busy boot the manager's queue is full."""
    for _ in range(10_000):
        notify.stopping()
    notify.alive()
    assert set(manager.told()) == {"STOPPING=1"}
    manager.heard.clear()
    for _ in range(2):
        manager.pass_s(0.2)
        notify.alive()
    assert manager.told() == ["READY=1", "WATCHDOG=1"]


def test_while_a_card_is_opened_there_is_more_time(manager: Manager, tmp_path: Path) -> None:
    with closing(manager.notify(str(tmp_path / "notify"), WATCHDOG_USEC="2000000")) as notify:
        notify.opening()  # until it is ready, it is the start that may take so long
        notify.alive()
        notify.opening()
        notify.alive()
        manager.pass_s(0.2)
        notify.alive()
        assert manager.told() == ["READY=1", "WATCHDOG_USEC=15000000", "WATCHDOG_USEC=2000000", "WATCHDOG=1"]


def test_the_usual_time_is_said_again_until_it_has_gone(manager: Manager, tmp_path: Path) -> None:
    with closing(manager.notify(str(tmp_path / "notify"), WATCHDOG_USEC="2000000")) as notify:
        notify.alive()
        notify.opening()
        for _ in range(10_000):
            notify.stopping()
        notify.alive()
        manager.told()
        manager.heard.clear()
        manager.pass_s(0.2)
        notify.alive()
        assert manager.told() == ["WATCHDOG_USEC=2000000"]


def test_where_no_sign_of_life_is_waited_for_no_time_is_asked_for(manager: Manager, notify: Notify) -> None:
    notify.alive()
    notify.opening()
    assert manager.told() == ["READY=1"]


def test_a_name_without_a_file() -> None:
    with closing(Manager("\0pedal-test-notify")) as manager, closing(manager.notify("@pedal-test-notify")) as notify:
        notify.alive()
        notify.stopping()
        assert manager.told() == ["READY=1", "STOPPING=1"]


def test_nobody_listens(manager: Manager, notify: Notify, tmp_path: Path) -> None:
    """No name, a name of nothing, one that nobody can send to, a queue that is full, a listener that has gone."""
    for environment in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": str(tmp_path)}, {"NOTIFY_SOCKET": "x" * 300}):
        with closing(Notify(environment)) as unheard:
            unheard.alive()
            unheard.stopping()
    for _ in range(10_000):
        notify.stopping()
    assert 0 < len(manager.told()) < 10_000
    manager.close()
    notify.stopping()
