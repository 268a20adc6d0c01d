"""The engine's side of the link: what control asks for goes into the chain, what the chain reports comes out."""

import ctypes
import math

from pedal.engine.card import Card
from pedal.engine.models import Models
from pedal.kernel.chain import Chain
from pedal.link import INDEX, RING_FRAMES, WORDS, Link

# Control's words stand together in the link, so that one copy of them tells whether any has changed.
CONTROL = [INDEX[word.name] for word in WORDS if word.writer == "control"]
HEARTBEAT, PLAYING, MODEL_RATE = INDEX["heartbeat"], INDEX["playing"], INDEX["model_rate_hz"]
REFUSED, CLIPPED, RESETS = INDEX["refused"], INDEX["clipped"], INDEX["resets"]
LOAD, LOAD_PEAK = INDEX["load"], INDEX["load_peak"]
INPUT_PEAK, INPUT_RMS = INDEX["input_peak"], INDEX["input_rms"]
OUTPUT_PEAK, OUTPUT_RMS = INDEX["output_peak"], INDEX["output_rms"]

METER_FALL_S = 1.7
"""In which a peak falls by 20 dB."""
RMS_S = 0.3
SECOND_NS = 1_000_000_000


class Words:
    """Both directions, a few times every hundredth of a second. Nothing here waits, and nothing grows."""

    def __init__(self, link: Link, chain: Chain, models: Models) -> None:
        self._integers = link.integers
        self._floats = link.floats
        self._link = link
        self._chain = chain
        self._models = models
        self._asked = link.integers[min(CONTROL) : max(CONTROL) + 1]
        self._last = b""
        self._word = 0
        self._knobs = (0.5, 0.5)
        self._load = 0.0
        self._load_peak = 0.0
        for word in WORDS:
            if word.writer == "engine":
                link.set(word.name, 0)
        chain.ring = ctypes.addressof(ctypes.c_char.from_buffer(link.ring))
        chain.ring_frames = RING_FRAMES
        first = ctypes.addressof(ctypes.c_char.from_buffer(link.integers))
        chain.ring_count = first + 8 * INDEX["ring_frames"]

    def set(self, name: str, value: int) -> None:
        """Report one word."""
        self._integers[INDEX[name]] = value

    def count(self, name: str) -> None:
        """Report that something happened once more."""
        self._integers[INDEX[name]] += 1

    def connect(self, card: Card) -> None:
        """Report the card, and let the meters fall at its rate."""
        self._chain.peak_decay = 0.1 ** (1 / (METER_FALL_S * card.rate_hz))
        self._chain.power_decay = math.exp(-1 / (RMS_S * card.rate_hz))
        self.set("rate_hz", card.rate_hz)
        self.set("period_frames", card.period_frames)
        self.set("latency_frames", card.prefill_frames)

    def obey(self, check_floats: bool = False) -> str:
        """Take what is asked for into the chain; gives why a model was refused, the first time."""
        asked = self._asked.tobytes()
        if asked != self._last:
            self._last = asked
            link, chain = self._link, self._chain
            chain.bypass = link.get("bypass") != 0
            chain.input_gain = 10 ** (link.get("input_gain_db") / 20)
            chain.level = 10 ** (link.get("level_db") / 20)
            self._knobs = (float(link.get("knob_1")), float(link.get("knob_2")))
            self._word = int(link.get("model"))
        before = self._models.refused
        self._models.ask(self._word, self._knobs, check_floats)
        if self._models.settled_on(self._word):
            self._models.turn(self._knobs)
        return self._models.fault if self._models.refused != before else ""

    def report(self, periods: int, frames: int, busy_ns: int, longest: float, rate_hz: int) -> None:
        """Report periods that took busy_ns together, the longest call as a share of the period, and the meters."""
        integers, floats, chain, models = self._integers, self._floats, self._chain, self._models
        seconds = frames / rate_hz
        if frames:
            self._load += (busy_ns / SECOND_NS / seconds - self._load) * min(1.0, seconds)
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
