"""The soak itself: samples now and then, while whatever makes the load goes on."""

from collections.abc import Callable
from typing import Protocol

from pedal.measure.soak.sample import Sample
from pedal.measure.soak.tally import Tally

SAMPLE_S = 1.0
STEP_S = 0.1
"""Between two steps of the load, and two looks at whether it is to end."""


class Load(Protocol):
    """What goes on beside the engine."""

    def step(self) -> None:
        """Go on; called ten times a second."""


def soak(
    sample: Callable[[float], Sample],
    seconds: float,
    load: Load,
    *,
    ended: Callable[[], bool],
    told: Callable[[Tally, float], None],
    clock: Callable[[], float],
    wait: Callable[[float], None],
) -> Tally:
    """Watch for that many seconds, or until it is `ended`; `told` gets the tally and the seconds after every sample."""
    tally, begin = Tally(), clock()
    due_s = now_s = 0.0
    while True:
        over = now_s >= seconds or ended()
        if now_s >= due_s or over:
            tally.add(sample(now_s))
            told(tally, now_s)
            due_s += SAMPLE_S * max(
                1, (now_s - due_s) // SAMPLE_S
            )  # after a pause of the whole machine, no catching up
        if over:
            return tally
        load.step()
        wait(max(0.0, min(STEP_S, seconds - now_s)))
        now_s = clock() - begin
