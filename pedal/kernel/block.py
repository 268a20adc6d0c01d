"""One period: capture bytes to playback bytes through each model with its own gains, crossfade, bypass and master.

Written for numba, compiled by compiler.py, called as `pedal_process`. A period passes in chunks of at most CHUNK
frames; whatever takes time is counted in frames, so the audio is the same however it is cut into periods (but for the
silence of a model that went astray, which is a chunk's). Floats are float32 and nothing is reordered.
"""

import numpy as np
from numba import carray

from pedal.kernel.chain import BYPASS_FRAMES, CHUNK, CROSSFADE_FRAMES, MAX_KNOBS, RAMP_FRAMES, RESET_FRAMES
from pedal.kernel.compiled import (
    FINITE,
    FULL_SCALE,
    LOUDEST,
    ONE,
    TOP,
    ZERO,
    Address,
    Float,
    Record,
    Samples,
    count_at,
    floats_at,
    part,
    publish,
    run_kernel,
    start_of,
)
from pedal.kernel.layout import STATE_OFFSET
from pedal.kernel.pcm import read_guitar, write_all

STATE_FLOATS = STATE_OFFSET // 4


def process(chain_at: Address, capture: Address, playback: Address, frames: int) -> None:
    """One period. `capture` and `playback` are interleaved frames in the formats that the chain names."""
    chain = carray(chain_at, 1)[0]
    done = 0
    while done < frames:
        count = min(CHUNK, frames - done)
        read_guitar(chain, capture, done, count)
        chain.input_peak, chain.input_power = meter(chain, chain.guitar, count, chain.input_peak, chain.input_power)
        remember(chain, count)
        silent = play_models(chain, count)
        mix(chain, silent, count)
        write_all(chain, playback, done, count)
        done += count


@part
def meter(chain: Record, samples: Samples, frames: int, peak: Float, power: Float) -> tuple[Float, Float]:
    """Peak and mean square after these samples, each falling by the chain's decay a frame."""
    rise = ONE - chain.power_decay
    for i in range(frames):
        value = min(abs(samples[i]), LOUDEST)
        peak = max(value, peak * chain.peak_decay)
        power = power * chain.power_decay + rise * value * value
    return peak, power


@part
def remember(chain: Record, frames: int) -> None:
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
def play_models(chain: Record, frames: int) -> int:
    """The guitar through the model into chain.old; through a newcomer too, which listens, then fades in.

    Gives how many frames, from the first, have no model to be heard.
    """
    playing = chain.slots[chain.playing]
    newcomer = chain.slots[1 - chain.playing]
    silent = 0
    if playing.weights != 0:
        run(chain, playing, chain.old, frames)
    else:
        silent = frames
        for i in range(frames):
            chain.old[i] = ZERO
    if newcomer.weights == 0:
        return silent
    run(chain, newcomer, chain.new, frames)
    listening = min(chain.listen_left, frames)
    chain.listen_left -= listening
    if silent != 0:
        silent = listening
        if chain.listen_left == 0:
            chain.fade_left = 0  # nothing to fade from: the guitar is heard, and bypass ends by its own fade
    for i in range(listening, frames):
        chain.fade_left = max(chain.fade_left - 1, 0)
        if chain.fade_left == 0:
            chain.old[i] = chain.new[i]  # to the bit: a + (b - a) is not b
            continue
        chain.old[i] += smooth(CROSSFADE_FRAMES - chain.fade_left, CROSSFADE_FRAMES) * (chain.new[i] - chain.old[i])
    if chain.listen_left == 0 and chain.fade_left == 0:
        playing.weights = 0
        chain.playing = 1 - chain.playing
    return silent


@part
def run(chain: Record, slot: Record, output: Samples, frames: int) -> None:
    """The guitar through one model and its gains; where it gives no number, a chunk of silence and a fresh start.

    What it puts out is no louder than LOUDEST, so that a crossfade is finite.
    """
    for i in range(frames):
        chain.inputs[i] = chain.guitar[i]
    follow(slot.input_ramp, slot.input_gain, chain.inputs, 0, frames)
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
    follow(slot.level_ramp, slot.level, output, 0, frames)
    for i in range(frames):
        output[i] = min(max(output[i], -LOUDEST), LOUDEST)


@part
def finite(values: Samples, count: int) -> bool:
    """Whether every value is a number of this world."""
    strange = 0
    for i in range(count):
        strange |= not abs(values[i]) <= FINITE
    return strange == 0


@part
def follow(ramp: Record, target: Float, values: Samples, first: int, frames: int) -> None:
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
def now(ramp: Record) -> Float:
    """Where a ramp is."""
    return ramp.target + (ramp.start - ramp.target) * (np.float32(ramp.left) / np.float32(RAMP_FRAMES))


@part
def smooth(step: int, steps: int) -> Float:
    """The way from 0 to 1 without a corner: 3t² - 2t³."""
    t = np.float32(step) / np.float32(steps)
    return t * t * (np.float32(3) - t - t)


@part
def mix(chain: Record, silent: int, frames: int) -> None:
    """Bypass and master; clip; the result as integers. Settled bypass leaves the guitar's own integers."""
    dry_wanted = chain.bypass != 0 or chain.unload != 0
    for i in range(frames):
        chain.new[i] = ONE
    follow(chain.master_ramp, ZERO if chain.mute != 0 else chain.master, chain.new, 0, frames)
    for i in range(frames):
        chain.dry = min(chain.dry + 1, BYPASS_FRAMES) if dry_wanted or i < silent else max(chain.dry - 1, 0)
        if chain.dry == BYPASS_FRAMES and chain.new[i] == ONE:
            chain.old[i] = min(max(chain.guitar[i], -ONE), ONE)
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
