"""The loop: read a period, one compiled call, write it; and what happens when the card does not play along."""

import time
from collections.abc import Callable

from pedal.config import CardConfig
from pedal.engine.burst import Burst, Process, bursts
from pedal.engine.card import Absent, CaptureXrun, Card, EndOfInput, PlaybackXrun, Suspended, Unplugged
from pedal.engine.words import Words
from pedal.errors import CardError
from pedal.kernel.chain import RAMP_FRAMES, Chain, Ramp, fit, settle
from pedal.link import RUNNING, STARTING, WAITING

BURSTS_A_SECOND = 200
"""How often the words are looked at: a footswitch waits 5 ms at most, and most periods do nothing but sound."""
LOOK_S = 0.2
"""Between two looks for an absent card, and so between two signs of life meanwhile."""
MOST_LOOKS = 50
"""Opening a card that fails leaks a little in libasound: each failure in a row waits a look longer, up to this many."""
STUMBLE_S = 0.01
"""Between two recoveries with no period between them, so that a broken card is no busy loop."""
SILENT = Ramp()


class Loop:
    """The one thread's work, for as many cards as come and go."""

    def __init__(
        self,
        chain: Chain,
        process: Process,
        words: Words,
        config: CardConfig,
        log: Callable[[str], None],
        alive: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
        clock_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        """`process` is the compiled call; `log` takes one line; `alive` hears that the loop goes round.

        `clock_ns` measures the load.
        """
        self._chain = chain
        self._process = process
        self._words = words
        self._config = config
        self._log = log
        self._alive = alive
        self._sleep = sleep
        self._clock_ns = clock_ns
        self._stopping = False
        self._begun = 0  # periods that had been processed when the streams were last set going
        self._failures = 0  # of opening the card, in a row
        self._logged = ""

    def stop(self) -> None:
        """Ask the loop to fade out and end; safe in a signal handler."""
        self._stopping = True

    def run(self, open_card: Callable[[], Card]) -> None:
        """Sound until `stop`, or until a recording has been read through; waits for the card whenever it is gone."""
        self._words.set("state", STARTING)
        self._obey(check_floats=True)
        while not self._stopping:
            try:
                self._play_through(open_card())
            except EndOfInput:
                return
            except CardError as error:
                self._wait(error)

    def _play_through(self, card: Card) -> None:
        try:
            self.play(card)
        except Unplugged:
            self._words.count("interruptions")
            raise
        finally:
            card.close()

    def play(self, card: Card) -> None:
        """Sound through this card until `stop`.

        Raises:
            Unplugged, EndOfInput: there is nothing more to be had from the card.
        """
        burst = self._connected(card)
        # Nothing sounds that a change could be faded from: neither one that was under way, nor one asked for meanwhile.
        settle(self._chain)
        self._obey()
        settle(self._chain)
        self._log(
            f"{card.name}: {card.rate_hz} Hz, {card.capture.format}, {card.period_frames} frames a period, "
            f"{card.prefill_frames} frames of latency"
        )
        begin = card.start
        while True:
            self._begun = self._words.periods
            try:
                # What comes after a gap is faded in.
                self._chain.master, self._chain.master_ramp = 1.0, SILENT
                begin()
                begin = card.resync
                self._sound(burst, card)
            except CaptureXrun:
                self._stumble("xruns_capture")
            except PlaybackXrun:
                self._stumble("xruns_playback")
            except Suspended:
                self._stumble("interruptions")
            if self._stopping:
                return

    def _sound(self, burst: Burst, card: Card) -> None:
        """Play until `stop`, then fade out."""
        frames = max(1, card.rate_hz // BURSTS_A_SECOND // card.period_frames) * card.period_frames
        self._logged, self._failures = "", 0
        self._words.set("state", RUNNING)
        while not self._stopping:
            burst(frames)
            self._alive()
            self._obey()
        self._chain.master = 0.0
        # What was faded out still has to pass through the card's buffer; dropping the rest is no click then.
        left = RAMP_FRAMES + 2 * card.prefill_frames
        while left > 0 and (played := burst(left)):
            left -= played

    def _connected(self, card: Card) -> Burst:
        """Fit the chain to the card; gives the call that plays so many frames and reports them."""
        config = self._config
        fit(self._chain, card.capture[:2], card.playback[:2], config.input_channel, config.outputs)
        self._words.connect(card)
        return bursts(card, self._chain, self._process, self._words, self._clock_ns)

    def _obey(self, check_floats: bool = False) -> None:
        fault = self._words.obey(check_floats)
        if fault:
            self._log(fault)

    def _stumble(self, count: str) -> None:
        """Count it, and listen to the words: where every period is late, a lighter model may be asked for."""
        self._words.count(count)
        self._alive()
        self._obey()
        if self._words.periods == self._begun:
            self._sleep(STUMBLE_S)

    def _wait(self, error: CardError) -> None:
        """Say once what is missing, then wait a while before the next look."""
        self._words.set("state", WAITING)
        if str(error) != self._logged:
            self._logged = str(error)
            self._log(f"waiting: {error}")
        self._failures += not isinstance(error, Absent | Unplugged)
        for _ in range(min(max(self._failures, 1), MOST_LOOKS)):
            if self._stopping:
                return
            self._words.count("heartbeat")
            self._alive()
            self._sleep(LOOK_S)
