"""One start of the streams: the test signal is played, what comes back is kept and, as usual, put through the chain."""

import ctypes
import gc
import time
from array import array
from collections.abc import Callable
from typing import NamedTuple

from pedal.engine.card import CaptureXrun, Card, PlaybackXrun, Suspended
from pedal.kernel.chain import Chain

Process = Callable[[int, bytes, int, int], object]
"""One period: address of the chain, what was captured, address of what is to be played, frames."""

MOST_XRUNS = 10
"""After so many a take is given up: the setting does not work here."""


class Take(NamedTuple):
    """What was captured since the streams were set going for the last time."""

    captured: memoryview
    """Bytes as the card gave them; its frame 0 and the test signal's belong together."""
    calls_ns: "array[int]"
    """How long each compiled call took, of the whole take."""
    xruns: int
    whole: bool
    """Whether all of the test signal was played since the last xrun."""


def record(
    card: Card,
    test: bytes,
    chain: Chain,
    process: Process,
    clock_ns: Callable[[], int] = time.perf_counter_ns,
) -> Take:
    """Start the card and play the test signal, whole frames, in answer to what is captured; the card stays open.

    Each period is what it is in the engine's loop: read, one compiled call, write. But what the call puts out is
    thrown away, so that nothing can feed back. After an xrun the test signal begins again. All memory is taken first.

    Raises:
        Unplugged: the card is gone.
    """
    in_bytes, out_bytes = card.capture.frame_bytes, card.playback.frame_bytes
    wanted = len(test) // out_bytes
    played, captured = memoryview(test), memoryview(bytearray((wanted + card.period_frames) * in_bytes))
    most_calls = (MOST_XRUNS + 1) * (wanted // card.period_frames + 2)
    calls_ns, calls = array("q", bytes(8 * most_calls)), 0
    discarded = (ctypes.c_char * (card.period_frames * out_bytes))()
    out, address = ctypes.addressof(discarded), ctypes.addressof(chain)
    frames = xruns = 0
    begin = card.start
    collecting = gc.isenabled()
    gc.disable()
    try:
        while frames < wanted and xruns <= MOST_XRUNS and calls < most_calls:
            try:
                begin()
                begin, frames = card.resync, 0
                while frames < wanted and calls < most_calls:
                    block = card.read()
                    count = len(block) // in_bytes
                    if not count:
                        continue  # a signal came
                    before = clock_ns()
                    process(address, block, out, count)
                    calls_ns[calls] = clock_ns() - before
                    calls += 1
                    captured[frames * in_bytes : (frames + count) * in_bytes] = block
                    card.write(played[frames * out_bytes : (frames + count) * out_bytes])
                    frames += count
            except (CaptureXrun, PlaybackXrun, Suspended):
                begin = card.resync
                xruns += 1
    finally:
        if collecting:
            gc.enable()
    return Take(captured[: frames * in_bytes], calls_ns[:calls], xruns, frames >= wanted)
