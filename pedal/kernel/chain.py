"""One period's memory: what the engine asks of the compiled chain, what it reports, and the models in its slots.

The one definition of what crosses the C ABI; numba compiles block.py against the same structure. No numba, no numpy.
"""

import ctypes
from collections.abc import Iterable
from ctypes import c_float, c_int32, c_int64, c_uint64
from typing import NamedTuple

from pedal.kernel.layout import STATE_OFFSET, Kernel

FORMATS = ("S16_LE", "S24_3LE", "S24_LE", "S32_LE", "FLOAT_LE")
"""Sample formats by ALSA's names; a format's number in the chain is its place here."""
SAMPLE_BYTES = (2, 3, 4, 4, 4)

CHUNK = 64
"""Frames the chain takes through every stage at a time; a period may be any multiple or part of it."""
MAX_UNITS = 128
MAX_KNOBS = 2

RAMP_FRAMES = 441
"""Gains and knobs move linearly to their target in this many frames: 10 ms at 44.1 kHz."""
BYPASS_FRAMES = 441
LISTEN_FRAMES = 2205
"""A new model runs unheard this long (50 ms) so that its recurrent state settles on the guitar."""
CROSSFADE_FRAMES = 882
RESET_FRAMES = 882
"""A model that was reset is faded in again over this many frames."""


class Ramp(ctypes.Structure):
    """A value on its way: `left` frames before it is `target`."""

    _fields_ = [("start", c_float), ("target", c_float), ("left", c_int32)]


class Controls(NamedTuple):
    """Where one model's own controls stand."""

    input_gain: float = 1.0
    """Before the model, linear."""
    level: float = 1.0
    """After it, linear."""
    knob_1: float = 0.5
    """0 to 1; nothing to a model without knobs."""
    knob_2: float = 0.5


class Slot(ctypes.Structure):
    """One loaded model, its controls and its recurrent state."""

    _fields_ = [
        ("weights", c_uint64),  # address of the packed floats, 64-byte aligned; 0: empty
        ("kernel", c_int32),  # which compiled size
        ("units", c_int32),  # how wide each half of the state is
        # asked for: plain values that the kernel moves to without a step
        ("input_gain", c_float),
        ("level", c_float),
        ("knobs", c_float * MAX_KNOBS),
        ("input_ramp", Ramp),
        ("level_ramp", Ramp),
        ("knob_ramps", Ramp * MAX_KNOBS),
        ("reset_left", c_int32),  # frames until a reset model is back at full level
        ("state", c_float * (2 * MAX_UNITS)),  # h [units], c [units]
    ]


class Chain(ctypes.Structure):
    """Everything one period needs. Zeroed memory is a chain with no model, muted, that has never run."""

    _fields_ = [
        # what the card gave
        ("capture_format", c_int32),
        ("capture_channels", c_int32),
        ("capture_channel", c_int32),  # from 0
        ("playback_format", c_int32),
        ("playback_channels", c_int32),
        ("playback_mask", c_int64),  # bit n: channel n carries the guitar; the others carry silence
        ("peak_decay", c_float),  # per frame
        ("power_decay", c_float),
        # what is asked for
        ("master", c_float),  # 1 heard, 0 silent; bypass too
        ("mute", c_int32),  # 1: as if master were 0
        ("bypass", c_int32),
        ("unload", c_int32),  # 1: fade to the dry guitar, then empty the slot
        # models
        ("playing", c_int32),  # which slot is heard; the other one holds the newcomer, or nothing
        ("listen_left", c_int32),
        ("fade_left", c_int32),
        ("dry", c_int32),  # 0 all model … BYPASS_FRAMES all guitar
        ("slots", Slot * 2),
        ("master_ramp", Ramp),
        # what is reported
        ("input_peak", c_float),  # full scale = 1
        ("input_power", c_float),
        ("output_peak", c_float),
        ("output_power", c_float),
        ("clipped", c_uint64),  # frames
        ("resets", c_uint64),
        # the tuner's ring: float32 input, and its count of frames written; 0 address: none
        ("ring", c_uint64),
        ("ring_frames", c_int64),  # a power of two
        ("ring_count", c_uint64),  # address
        # the kernel's workspace
        ("integers", c_int32 * CHUNK),
        ("guitar", c_float * CHUNK),
        ("inputs", c_float * (CHUNK * (1 + MAX_KNOBS))),
        ("old", c_float * CHUNK),
        ("new", c_float * CHUNK),
    ]


def fit(
    chain: Chain, capture: tuple[str, int], playback: tuple[str, int], input_channel: int, outputs: Iterable[int]
) -> None:
    """Tell the chain what the card's bytes are: a format and a number of channels each way.

    Channels are counted from 1; no outputs means all of them.
    """
    chain.capture_format, chain.capture_channels = FORMATS.index(capture[0]), capture[1]
    chain.capture_channel = input_channel - 1
    chain.playback_format, chain.playback_channels = FORMATS.index(playback[0]), playback[1]
    chain.playback_mask = 0
    for channel in outputs or range(1, playback[1] + 1):
        chain.playback_mask |= 1 << (channel - 1)


def listen(chain: Chain, kernel: Kernel, address: int, controls: Controls) -> None:
    """Put the packed floats at address into the idle slot: unheard for LISTEN_FRAMES, then faded in.

    Its controls stand where they are asked to from its first sample; the other model keeps its own. A newcomer still
    listening is replaced. The caller keeps the memory mapped until the slot's `weights` is another
    address, and does not call this while `chain.fade_left` is running (`listen_left` 0 with both slots filled).
    """
    slot = chain.slots[1 - chain.playing]
    slot.weights, slot.kernel, slot.units, slot.reset_left = address, kernel.number, kernel.padded, 0
    turn(slot, controls)
    slot.input_ramp = Ramp(slot.input_gain, slot.input_gain, 0)
    slot.level_ramp = Ramp(slot.level, slot.level, 0)
    for index, knob in enumerate(slot.knobs):
        slot.knob_ramps[index] = Ramp(knob, knob, 0)
    ctypes.memmove(slot.state, address + STATE_OFFSET, 8 * kernel.padded)
    chain.listen_left, chain.fade_left = LISTEN_FRAMES, CROSSFADE_FRAMES


def settle(chain: Chain) -> None:
    """Let what is asked for be heard from the first sample on: there is nothing yet that it could be faded from."""
    heard, newcomer = chain.slots[chain.playing], chain.slots[1 - chain.playing]
    if chain.unload:
        heard.weights = newcomer.weights = 0
    elif newcomer.weights:
        heard.weights = 0
        chain.playing, chain.listen_left, chain.fade_left = 1 - chain.playing, 0, 0
    chain.dry = BYPASS_FRAMES if chain.bypass or not chain.slots[chain.playing].weights else 0


def turn(slot: Slot, controls: Controls) -> None:
    """Ask the slot's model to go there."""
    slot.input_gain, slot.level, slot.knobs[0], slot.knobs[1] = controls


def fading(chain: Chain) -> bool:
    """Whether a crossfade between two models is under way, which nothing may interrupt."""
    return chain.listen_left == 0 and bool(chain.slots[0].weights) and bool(chain.slots[1].weights)
