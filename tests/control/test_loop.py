"""The loop: what comes first is called first, from every side."""

import itertools
import os
import threading

from pedal.control.loop import Loop


class Time:
    """A clock that goes on by itself a little at every look, so that every timer's moment comes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def test_timers_come_in_the_order_of_their_times() -> None:
    loop, said = Loop(Time()), list[str]()
    loop.at(0.03, loop.stop)
    loop.at(0.02, lambda: said.append("second"))
    loop.at(0.01, lambda: said.append("first"))
    loop.at(0.02, lambda: said.append("third"))
    loop.run()
    loop.close()
    assert said == ["first", "second", "third"]


def test_every_is_called_again() -> None:
    loop, times = Loop(Time()), list[float]()
    loop.every(0.01, lambda: times.append(loop.clock()))
    loop.at(0.1, loop.stop)
    loop.run()
    loop.close()
    assert len(times) >= 5
    assert all(later - earlier >= 0.01 for earlier, later in itertools.pairwise(times))


def test_a_file_that_can_be_read_is_called_until_it_is_unwatched() -> None:
    loop, (reader, writer), said = Loop(), os.pipe(), list[bytes]()
    with open(reader, "rb", buffering=0) as source, open(writer, "wb", buffering=0) as sink:

        def read() -> None:
            said.append(source.read(1))
            if len(said) == 2:
                loop.unwatch(source)
                loop.stop()

        loop.watch(source, read)
        sink.write(b"abc")
        loop.run()
        loop.close()
        assert (said, source.read(1)) == ([b"a", b"b"], b"c")


def test_other_threads_wake_it_and_nothing_posted_is_lost() -> None:
    loop, said = Loop(), list[int]()

    def arrive(number: int) -> None:
        said.append(number)
        if len(said) == 400:
            loop.stop()

    def post(start: int) -> None:
        for number in range(start, start + 100):
            loop.post(lambda number=number: arrive(number))  # type: ignore[misc]

    threads = [threading.Thread(target=post, args=(100 * index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    loop.run()
    for thread in threads:
        thread.join()
    loop.close()
    assert sorted(said) == list(range(400))
    for start in range(0, 400, 100):  # each thread's own in their order
        assert [number for number in said if start <= number < start + 100] == list(range(start, start + 100))


def test_stop_comes_before_what_is_due() -> None:
    loop, said = Loop(Time()), list[str]()
    loop.at(0.0, loop.stop)
    loop.at(0.0, lambda: said.append("too late"))
    loop.run()
    loop.close()
    assert said == []
