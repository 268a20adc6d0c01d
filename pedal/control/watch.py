"""What the engine reports, looked at now and then: is it there, is it stuck, did it clip, did it stumble?"""

from collections import deque
from typing import Literal

from pedal.control.sensed import Heard, Sensed
from pedal.link import RUNNING, STARTING, WAITING, Link

STUCK_S = 1.0
"""A heartbeat that stands still so long has stopped."""
CLIP_HOLD_S = 1.5
XRUNS_S = 10.0
"""Xruns older than this are no news."""
CLIPPED_PEAK = 0.93
"""The input's peak has fallen so far, 0.6 dB, between two looks after it was at full scale."""

Engine = Literal["off", "stuck", "starting", "running", "waiting"]
STATES: dict[int, Engine] = {STARTING: "starting", RUNNING: "running", WAITING: "waiting"}


class Hold:
    """A count that grew keeps a light on for a while."""

    def __init__(self) -> None:
        self._count = -1
        self._until = 0.0

    def look(self, count: int, now: float) -> bool:
        """Whether the light is on; the first count of all is no growth, nor is one that began again."""
        if 0 <= self._count < count:
            self._until = now + CLIP_HOLD_S
        self._count = count
        return now < self._until


class Watch:
    """Remembers what it saw before, because most words only count. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._beat = 0, 0
        self._beat_at = 0.0
        self._loud = 0  # looks at which the input had just been at full scale
        self._input, self._output = Hold(), Hold()
        self._xruns = -1
        self._stumbles: deque[tuple[float, int]] = deque()

    def look(self, link: Link, now: float, heard: Heard | None) -> Sensed:
        """What the words say now, together with what the tuner hears."""
        engine = self._engine(link, now)
        if engine != "running":
            self._xruns = -1
            return Sensed(engine=engine)
        input_peak = link.get("input_peak")
        self._loud += input_peak >= CLIPPED_PEAK
        return Sensed(
            engine=engine,
            refused=int(link.get("refused")),
            load=link.get("load"),
            input_peak=input_peak,
            output_peak=link.get("output_peak"),
            input_clipped=self._input.look(self._loud, now),
            output_clipped=self._output.look(int(link.get("clipped")), now),
            xruns=self._recent(int(link.get("xruns_capture") + link.get("xruns_playback")), now),
            heard=heard,
        )

    def _engine(self, link: Link, now: float) -> Engine:
        beat = int(link.get("process")), int(link.get("heartbeat"))
        if beat != self._beat or not link.engine_runs():
            self._beat, self._beat_at = beat, now
        if not link.engine_runs():
            return "off"
        if now >= self._beat_at + STUCK_S:
            return "stuck"
        return STATES.get(int(link.get("state")), "off")

    def _recent(self, xruns: int, now: float) -> int:
        """How many of them came in the last ten seconds; those before the first look are not known."""
        if 0 <= self._xruns < xruns:
            self._stumbles.append((now, xruns - self._xruns))
        self._xruns = xruns
        while self._stumbles and self._stumbles[0][0] <= now - XRUNS_S:
            self._stumbles.popleft()
        return sum(count for _, count in self._stumbles)
