"""The engine's side of the link: what control asks for goes into the chain, what the chain reports comes out."""

import ctypes
import math
import struct
import time
from collections.abc import Callable

from pedal.engine.card import Card
from pedal.engine.models import Models
from pedal.histogram import BUCKETS
from pedal.kernel.chain import Chain, Controls
from pedal.link import INDEX, RING_FRAMES, WORDS, Link, in_range

CONTROL = [word for word in WORDS if word.writer == "control"]
"""They stand together in the link, the model first, so that one copy of them is all there is to look at."""
ASKED = struct.Struct("<" + "".join("Q" if word.kind == "u64" else "d" for word in CONTROL))
HEARTBEAT, PLAYING, MODEL_RATE = INDEX["heartbeat"], INDEX["playing"], INDEX["model_rate_hz"]
REFUSED, CLIPPED, RESETS = INDEX["refused"], INDEX["clipped"], INDEX["resets"]
LOAD, LOAD_PEAK = INDEX["load"], INDEX["load_peak"]
INPUT_PEAK, INPUT_RMS = INDEX["input_peak"], INDEX["input_rms"]
BOOT_TO_SOUND = INDEX["boot_to_sound_ms"]
OUTPUT_PEAK, OUTPUT_RMS = INDEX["output_peak"], INDEX["output_rms"]

METER_FALL_S = 1.7
"""In which a peak falls by 20 dB."""
RMS_S = 0.3
SECOND_NS = 1_000_000_000
NOTHING = memoryview(bytes(8 * BUCKETS)).cast("Q")


def since_boot_ms() -> int:
    """Milliseconds since the machine was started."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class Words:
    """Both directions, a few times every hundredth of a second. Nothing here waits, and nothing grows."""

    def __init__(self, link: Link, chain: Chain, models: Models, boot_ms: Callable[[], int] = since_boot_ms) -> None:
        """`boot_ms` tells how long the machine has been running."""
        self._integers = link.integers
        self._floats = link.floats
        self._chain = chain
        self._models = models
        self._boot_ms = boot_ms
        self.load_histogram = link.load_histogram
        self.wake_histogram = link.wake_histogram
        first = INDEX[CONTROL[0].name]
        self._asked = link.integers[first : first + len(CONTROL)]
        self._last = b""
        self._word = 0
        self._controls = Controls()
        self._load = 0.0
        self._load_peak = 0.0
        for word in WORDS:
            if word.writer == "engine" and word.name != "boot_to_sound_ms":
                link.set(word.name, 0)
        self.load_histogram[:] = self.wake_histogram[:] = NOTHING
        chain.ring = ctypes.addressof(ctypes.c_char.from_buffer(link.ring))
        chain.ring_frames = RING_FRAMES
        page = ctypes.addressof(ctypes.c_char.from_buffer(link.integers))
        chain.ring_count = page + 8 * INDEX["ring_frames"]

    def set(self, name: str, value: int) -> None:
        """Report one word."""
        self._integers[INDEX[name]] = value

    def count(self, name: str) -> None:
        """Report that something happened once more."""
        self._integers[INDEX[name]] += 1

    @property
    def periods(self) -> int:
        """Periods processed since the engine started, and looks for the card."""
        return self._integers[HEARTBEAT]

    def connect(self, card: Card) -> None:
        """Report the card, and let the meters fall at its rate."""
        self._chain.peak_decay = 0.1 ** (1 / (METER_FALL_S * card.rate_hz))
        self._chain.power_decay = math.exp(-1 / (RMS_S * card.rate_hz))
        self.set("rate_hz", card.rate_hz)
        self.set("period_frames", card.period_frames)
        self.set("latency_frames", card.prefill_frames)

    def obey(self, check_floats: bool = False) -> str:
        """Take what is asked for into the chain; gives why a model was refused, the first time."""
        asked = copied(self._asked)
        if asked != self._last:
            self._last = asked
            values = zip(CONTROL, ASKED.unpack(asked), strict=True)
            words = {word.name: in_range(word, value) for word, value in values}
            self._chain.bypass, self._chain.mute = int(words["bypass"]), int(words["mute"])
            self._controls = Controls(
                10 ** (words["input_gain_db"] / 20), 10 ** (words["level_db"] / 20), words["knob_1"], words["knob_2"]
            )
            self._word = int(words["model"])
        before = self._models.refused
        self._models.ask(self._word, self._controls, check_floats)
        return self._models.fault if self._models.refused != before else ""

    def report(self, periods: int, frames: int, busy_ns: int, longest: float, rate_hz: int) -> None:
        """Report periods that took busy_ns together, the longest call as a share of the period, and the meters."""
        integers, floats, chain, models = self._integers, self._floats, self._chain, self._models
        seconds = frames / rate_hz
        if frames:
            self._load += (busy_ns / SECOND_NS / seconds - self._load) * min(1.0, seconds)
            if not integers[BOOT_TO_SOUND]:
                integers[BOOT_TO_SOUND] = self._boot_ms()
        self._load_peak = max(longest, self._load_peak * 0.5**seconds)
        integers[HEARTBEAT] += periods
        integers[PLAYING] = models.playing
        integers[MODEL_RATE] = models.rate_hz
        integers[REFUSED] = models.refused
        integers[CLIPPED] = chain.clipped
        integers[RESETS] = chain.resets
        floats[LOAD] = self._load
        floats[LOAD_PEAK] = self._load_peak
        floats[INPUT_PEAK] = chain.input_peak
        floats[INPUT_RMS] = math.sqrt(chain.input_power)
        floats[OUTPUT_PEAK] = chain.output_peak
        floats[OUTPUT_RMS] = math.sqrt(chain.output_power)

    def close(self) -> None:
        """Let go of the link."""
        self._asked.release()


def copied(asked: memoryview) -> bytes:
    """Control's words, none of them meant for a later model than the one among them.

    Control writes the model before all that goes with it: while the model is still the one that was copied, so are its
    controls, or those of the model before, which the newcomer leaves before it is heard.
    """
    while True:
        copy = asked.tobytes()
        if asked[:1].tobytes() == copy[:8]:
            return copy
