"""The few periods between two looks at the words: read, one compiled call, write, each timed and counted."""

import ctypes
from collections.abc import Callable

from pedal.engine.card import Card
from pedal.engine.words import SECOND_NS, Words
from pedal.histogram import bucket
from pedal.kernel.chain import Chain

Process = Callable[[int, bytes, int, int], object]
"""One period: address of the chain, what was captured, address of what is to be played, frames."""

Burst = Callable[[int], int]
"""Plays so many frames and reports them; gives how many it played: fewer where a signal came."""


def bursts(card: Card, chain: Chain, process: Process, words: Words, clock_ns: Callable[[], int]) -> Burst:
    """The call that plays so many frames through this card, to which the chain has been fitted, and reports them."""
    read, write, report, rate_hz = card.read, card.write, words.report, card.rate_hz
    loads, wakes = words.load_histogram, words.wake_histogram
    address, in_bytes, out_bytes = ctypes.addressof(chain), card.capture.frame_bytes, card.playback.frame_bytes
    buffer = (ctypes.c_char * (card.period_frames * out_bytes))()
    block, out = memoryview(buffer).cast("B"), ctypes.addressof(buffer)
    period_ns = card.period_frames * SECOND_NS // rate_hz
    came = -1  # when the last period did; below 0 after a gap

    def burst(wanted: int) -> int:
        """Play so many frames, or fewer where a signal comes; report them."""
        nonlocal came
        periods = played = busy = longest = 0
        last, came = came, -1
        try:
            while played < wanted:
                captured = read()
                if not captured:
                    break
                frames = len(captured) // in_bytes
                before = clock_ns()
                process(address, captured, out, frames)
                took = clock_ns() - before
                # Counted before it is written: a call that took too long ends in an xrun there.
                periods += 1
                played += frames
                busy += took
                loads[bucket(took)] += 1
                if took > longest:
                    longest = took
                if last >= 0:
                    after = before - last - period_ns
                    wakes[bucket(abs(after))] += 1
                    if 2 * after > period_ns:
                        words.count("late")
                last = before
                write(block[: frames * out_bytes])
            came = last  # not where read or write raised: what comes after a gap is not late
        finally:
            report(periods, played, busy, longest / period_ns, rate_hz)
        return played

    return burst
