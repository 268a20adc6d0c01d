"""The engine's parts put together as its main does, with a compiled call and a sleep of the test's choice."""

import ctypes
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pedal.config import CardConfig
from pedal.engine.burst import Process
from pedal.engine.card import Card
from pedal.engine.loop import Loop
from pedal.engine.models import Models
from pedal.engine.words import Words, since_boot_ms
from pedal.kernel.chain import Chain
from pedal.kernel.layout import Kernel
from pedal.link import Link

SIM = CardConfig(capture="sim", playback="sim")


def copy(_chain: int, captured: bytes, out: int, _frames: int) -> None:
    """A compiled call that plays what it captured; for one format and as many channels in as out."""
    ctypes.memmove(out, captured, len(captured))


class Rig:
    """An engine, but for its process."""

    def __init__(
        self,
        link: Link,
        process: Process = copy,
        config: CardConfig = SIM,
        sleep: Callable[[float], None] = lambda _seconds: None,
        clock_ns: Callable[[], int] = time.perf_counter_ns,
        kernels: Sequence[Kernel] = (),
        state: Path = Path("/nonexistent"),
        tag: str = "",
        boot_ms: Callable[[], int] = since_boot_ms,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.chain = Chain()
        self.log: list[str] = []
        self.models = Models(self.chain, kernels, state, tag)
        self.words = Words(link, self.chain, self.models, boot_ms)
        self.loop = Loop(self.chain, process, self.words, config, self.log.append, alive, sleep, clock_ns)

    def run(self, open_card: Callable[[], Card]) -> None:
        """Run until the loop ends, then let go of the link."""
        try:
            self.loop.run(open_card)
        finally:
            self.words.close()
            self.models.close()
