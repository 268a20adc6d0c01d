"""One period: capture bytes to playback bytes through gain, model, crossfade, level, bypass and master.

Written for numba, compiled by build.py, called as `pedal_process`. A period passes in chunks of at most CHUNK frames;
whatever takes time is counted in frames, so the audio is the same however it is cut into periods. Floats are float32
and nothing is reordered. `chain` is library.Chain as a numba record, `slot` and `ramp` are parts of it.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, from_dtype, njit, types
from numba.extending import intrinsic

from pedal.kernel.library import (
    BYPASS_FRAMES,
    CHUNK,
    CROSSFADE_FRAMES,
    FORMATS,
    MAX_KNOBS,
    RAMP_FRAMES,
    RESET_FRAMES,
    STATE_OFFSET,
    Chain,
)

S16, S24_3, S24, S32, FLOAT = range(len(FORMATS))
ZERO, ONE = np.float32(0), np.float32(1)
FULL_SCALE = np.float32(2.0**31)
"""Every sample is a 32-bit integer on its way in and on its way out."""
TOP = np.float32(2.0**31 - 2**7)
"""The largest float32 below FULL_SCALE."""
FINITE = np.float32(3.4028235e38)
STATE_FLOATS = STATE_OFFSET // 4

part = njit(error_model="numpy", forceinline=True)
"""A part of the one function `process`: inlined, so that the compiler sees that no array here has an owner to count."""

CHAIN = types.CPointer(from_dtype(np.dtype(Chain)))
FLOATS = types.CPointer(types.float32)
COUNT = types.CPointer(types.uint64)
SIGNATURE = types.void(CHAIN, types.voidptr, types.voidptr, types.int64)

run_kernel = types.ExternalFunction(
    "run_kernel", types.void(types.int32, FLOATS, FLOATS, FLOATS, FLOATS, types.int64)
)
"""A kernel of recurrent.py: its number, weights, state, inputs, output, frames."""


def process(chain_at: Any, capture: Any, playback: Any, frames: int) -> None:
    """One period. `capture` and `playback` are interleaved frames in the formats that the chain names."""
    chain = carray(chain_at, 1)[0]
    done = 0
    while done < frames:
        count = min(CHUNK, frames - done)
        read_guitar(chain, capture, done, count)
        remember(chain, count)
        play_models(chain, count)
        mix(chain, count)
        write_all(chain, playback, done, count)
        done += count


@part
def read_guitar(chain: Any, capture: Any, first: int, frames: int) -> None:
    """The chosen channel as integers, full scale 2³¹, and as floats, full scale 1; and its meter."""
    channels = chain.capture_channels
    at = first * channels + chain.capture_channel
    end = (first + frames) * channels
    integers, guitar = chain.integers, chain.guitar
    if chain.capture_format == FLOAT:
        floats = carray(capture, end, np.float32)
        for i in range(frames):
            value = floats[at + i * channels]
            guitar[i] = value if abs(value) <= FINITE else ZERO
            integers[i] = np.int32(min(max(np.rint(guitar[i] * FULL_SCALE), -FULL_SCALE), TOP))
    else:
        if chain.capture_format == S16:
            shorts = carray(capture, end, np.int16)
            for i in range(frames):
                integers[i] = np.int32(shorts[at + i * channels]) << 16
        elif chain.capture_format == S24_3:
            octets = carray(capture, 3 * end, np.uint8)
            for i in range(frames):
                low = 3 * (at + i * channels)
                integers[i] = octets[low] << 8 | octets[low + 1] << 16 | octets[low + 2] << 24
        else:
            words = carray(capture, end, np.int32)
            shift = 8 if chain.capture_format == S24 else 0
            for i in range(frames):
                integers[i] = words[at + i * channels] << shift
        for i in range(frames):
            guitar[i] = np.float32(integers[i]) / FULL_SCALE
    chain.input_peak, chain.input_power = meter(chain, guitar, frames, chain.input_peak, chain.input_power)


@part
def meter(chain: Any, samples: Any, frames: int, peak: float, power: float) -> tuple[float, float]:
    """Peak and mean square after these samples, each falling by the chain's decay a frame."""
    rise = ONE - chain.power_decay
    for i in range(frames):
        value = abs(samples[i])
        peak = max(value, peak * chain.peak_decay)
        power = power * chain.power_decay + rise * value * value
    return peak, power


@part
def remember(chain: Any, frames: int) -> None:
    """Put the guitar into the tuner's ring, then say how far it has been filled."""
    if chain.ring == 0:
        return
    size = chain.ring_frames
    ring, count = carray(floats_at(chain.ring), size), carray(count_at(chain.ring_count), 1)
    written = np.int64(count[0])
    for i in range(frames):
        ring[(written + i) & (size - 1)] = chain.guitar[i]
    publish()
    count[0] = np.uint64(written + frames)


@part
def play_models(chain: Any, frames: int) -> None:
    """The amplified guitar through the model into chain.old; through a newcomer too, which listens, then fades in."""
    for i in range(frames):
        chain.inputs[i] = chain.guitar[i]
    follow(chain.input_ramp, chain.input_gain, chain.inputs, 0, frames)
    playing = chain.slots[chain.playing]
    newcomer = chain.slots[1 - chain.playing]
    if playing.weights != 0:
        run(chain, playing, chain.old, frames)
    else:
        for i in range(frames):
            chain.old[i] = ZERO
    if newcomer.weights == 0:
        return
    run(chain, newcomer, chain.new, frames)
    heard = min(chain.listen_left, frames)
    chain.listen_left -= heard
    if playing.weights == 0 and chain.listen_left == 0:
        chain.fade_left = 0  # nothing to fade from: the dry guitar is heard, and bypass ends by its own fade
    for i in range(heard, frames):
        chain.fade_left = max(chain.fade_left - 1, 0)
        chain.old[i] += smooth(CROSSFADE_FRAMES - chain.fade_left, CROSSFADE_FRAMES) * (chain.new[i] - chain.old[i])
    if chain.listen_left == 0 and chain.fade_left == 0:
        playing.weights = 0
        chain.playing = 1 - chain.playing


@part
def run(chain: Any, slot: Any, output: Any, frames: int) -> None:
    """One model over the amplified guitar; what is not finite becomes silence, and the model starts afresh."""
    for knob in range(MAX_KNOBS):
        plane = frames * (1 + knob)
        for i in range(frames):
            chain.inputs[plane + i] = ONE
        follow(slot.knob_ramps[knob], slot.knobs[knob], chain.inputs, plane, frames)
    weights = floats_at(slot.weights)
    run_kernel(slot.kernel, weights, start_of(slot.state), start_of(chain.inputs), start_of(output), frames)
    if not (finite(output, frames) and finite(slot.state, 2 * slot.units)):
        initial = carray(weights, STATE_FLOATS + 2 * slot.units)
        for i in range(2 * slot.units):
            slot.state[i] = initial[STATE_FLOATS + i]
        for i in range(frames):
            output[i] = ZERO
        slot.reset_left = RESET_FRAMES
        chain.resets += np.uint64(1)
    elif slot.reset_left > 0:
        for i in range(frames):
            slot.reset_left = max(slot.reset_left - 1, 0)
            output[i] *= smooth(RESET_FRAMES - slot.reset_left, RESET_FRAMES)


@part
def finite(values: Any, count: int) -> bool:
    """Whether every value is a number of this world."""
    strange = 0
    for i in range(count):
        strange |= not abs(values[i]) <= FINITE
    return strange == 0


@part
def follow(ramp: Any, target: float, values: Any, first: int, frames: int) -> None:
    """Multiply frames values, from first, by what moves linearly to target within RAMP_FRAMES of being asked to."""
    if ramp.target != target:
        ramp.start = now(ramp)
        ramp.target = target
        ramp.left = RAMP_FRAMES
    moving = min(ramp.left, frames)
    for i in range(moving):
        ramp.left -= 1
        values[first + i] *= now(ramp)
    for i in range(moving, frames):
        values[first + i] *= target


@part
def now(ramp: Any) -> float:
    """Where a ramp is."""
    return ramp.target + (ramp.start - ramp.target) * (np.float32(ramp.left) / np.float32(RAMP_FRAMES))


@part
def smooth(step: int, steps: int) -> float:
    """The way from 0 to 1 without a corner: 3t² - 2t³."""
    t = np.float32(step) / np.float32(steps)
    return t * t * (np.float32(3) - t - t)


@part
def mix(chain: Any, frames: int) -> None:
    """Level, bypass and master; clip; the result as integers. Settled bypass leaves the guitar's own integers."""
    follow(chain.level_ramp, chain.level, chain.old, 0, frames)
    dry_wanted = chain.bypass != 0 or chain.unload != 0 or chain.slots[chain.playing].weights == 0
    for i in range(frames):
        chain.new[i] = ONE
    follow(chain.master_ramp, chain.master, chain.new, 0, frames)
    for i in range(frames):
        chain.dry = min(chain.dry + 1, BYPASS_FRAMES) if dry_wanted else max(chain.dry - 1, 0)
        if chain.dry == BYPASS_FRAMES and chain.new[i] == ONE:
            chain.old[i] = chain.guitar[i]
            continue
        dry = smooth(chain.dry, BYPASS_FRAMES)
        value = (chain.old[i] * (ONE - dry) + chain.guitar[i] * dry) * chain.new[i]
        chain.clipped += np.uint64(abs(value) > ONE)
        value = min(max(value, -ONE), ONE)
        chain.old[i] = value
        chain.integers[i] = np.int32(min(np.rint(value * FULL_SCALE), TOP))
    if chain.unload != 0 and chain.dry == BYPASS_FRAMES:
        for number in range(2):
            chain.slots[number].weights = 0
    chain.output_peak, chain.output_power = meter(chain, chain.old, frames, chain.output_peak, chain.output_power)


@part
def write_all(chain: Any, playback: Any, first: int, frames: int) -> None:
    """The integers to every chosen channel, rounded where the format is narrower; silence to the others."""
    channels = chain.playback_channels
    size = (first + frames) * channels
    integers = chain.integers
    for channel in range(channels):
        heard = np.int32(chain.playback_mask >> channel & 1)
        at = first * channels + channel
        if chain.playback_format == S16:
            shorts = carray(playback, size, np.int16)
            for i in range(frames):
                shorts[at + i * channels] = heard * narrowed(integers[i], 16)
        elif chain.playback_format == S24_3:
            octets = carray(playback, 3 * size, np.uint8)
            for i in range(frames):
                value = heard * narrowed(integers[i], 8)
                for octet in range(3):
                    octets[3 * (at + i * channels) + octet] = value >> 8 * octet & 255
        elif chain.playback_format == S24:
            words = carray(playback, size, np.int32)
            for i in range(frames):
                words[at + i * channels] = heard * narrowed(integers[i], 8)
        elif chain.playback_format == S32:
            words = carray(playback, size, np.int32)
            for i in range(frames):
                words[at + i * channels] = heard * integers[i]
        else:
            floats = carray(playback, size, np.float32)
            for i in range(frames):
                floats[at + i * channels] = np.float32(heard) * chain.old[i]


@part
def narrowed(value: int, bits: int) -> int:
    """The integer without its lowest bits, rounded, within what is left of the range."""
    return min((np.int64(value) + (1 << (bits - 1))) >> bits, (1 << (31 - bits)) - 1)


@intrinsic
def floats_at(context, address):  # type: ignore[no-untyped-def]
    """The address as a pointer to floats."""
    return FLOATS(address), lambda _context, builder, _signature, arguments: builder.inttoptr(
        arguments[0], ir.FloatType().as_pointer()
    )


@intrinsic
def start_of(context, floats):  # type: ignore[no-untyped-def]
    """A pointer to an array's first float."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return FLOATS(floats), generate


@intrinsic
def count_at(context, address):  # type: ignore[no-untyped-def]
    """The address as a pointer to a word of the link."""
    return COUNT(address), lambda _context, builder, _signature, arguments: builder.inttoptr(
        arguments[0], ir.IntType(64).as_pointer()
    )


@intrinsic
def publish(context):  # type: ignore[no-untyped-def]
    """Order memory: what was written before is seen by another process before what is written after."""

    def generate(context, builder, _signature, _arguments):  # type: ignore[no-untyped-def]
        builder.fence("release")
        return context.get_dummy_value()

    return types.void(), generate
