"""One period of the chain: what goes in and out in every format, and how gains, bypass and models change."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.kernel.chain import (
    BYPASS_FRAMES,
    CROSSFADE_FRAMES,
    FORMATS,
    LISTEN_FRAMES,
    RAMP_FRAMES,
    RESET_FRAMES,
    Ramp,
    fading,
    fit,
    settle,
)
from pedal.kernel.library import Library
from pedal.model import reference as oracle
from tests.kernel.conftest import Rig, guitar, random_model

BITS = {"S16_LE": 16, "S24_3LE": 24, "S24_LE": 24, "S32_LE": 32}
BLOCKS = (1, 16, 64, 127, 1024)


def encode(samples: NDArray[np.int64], form: str) -> bytes:
    """Integers [frames, channels] of the format's own width as ALSA lays them out."""
    if form == "S16_LE":
        return samples.astype("<i2").tobytes()
    words = samples.astype("<i4")
    if form != "S24_3LE":
        return words.tobytes()
    return words.view(np.uint8).reshape(*words.shape, 4)[..., :3].tobytes()


def decode(data: bytes, form: str, channels: int) -> NDArray[np.int64]:
    """The inverse of encode: integers [frames, channels]."""
    if form == "S16_LE":
        return np.frombuffer(data, "<i2").astype(np.int64).reshape(-1, channels)
    if form != "S24_3LE":
        return np.frombuffer(data, "<i4").astype(np.int64).reshape(-1, channels)
    octets = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int64)
    values = octets[:, 0] | octets[:, 1] << 8 | octets[:, 2] << 16
    return np.where(values >= 1 << 23, values - (1 << 24), values).reshape(-1, channels)


def noise(form: str, channels: int, frames: int = 500) -> NDArray[np.int64]:
    """Integers over the whole range of a format, both ends among them."""
    top = 1 << (BITS[form] - 1)
    samples = np.random.default_rng(1).integers(-top, top, (frames, channels))
    samples[:3] = np.array([-top, top - 1, 0])[:, None]
    return samples


def bypassed(kernels: Library, capture: str, playback: str, channels: tuple[int, int]) -> Rig:
    """A chain settled in bypass."""
    rig = Rig(kernels, capture, playback, channels)
    rig.chain.bypass = 1
    settle(rig.chain)
    return rig


def smooth(t: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(3 * t**2 - 2 * t**3)


@pytest.mark.parametrize("channels", [(1, 1), (2, 2), (6, 2), (1, 4), (18, 20)])
@pytest.mark.parametrize("playback", BITS)
@pytest.mark.parametrize("capture", BITS)
def test_bypass_copies_the_integers(kernels: Library, capture: str, playback: str, channels: tuple[int, int]) -> None:
    rig = bypassed(kernels, capture, playback, channels)
    rig.chain.capture_channel = channels[0] - 1
    rig.listen(random_model("lstm", 8))
    sent = noise(capture, channels[0])
    heard = decode(rig.process(encode(sent, capture)), playback, channels[1])
    wider = BITS[playback] - BITS[capture]
    expected = sent[:, -1] << wider if wider >= 0 else (sent[:, -1] + (1 << (-wider - 1))) >> -wider
    expected = np.minimum(expected, (1 << (BITS[playback] - 1)) - 1)
    assert np.array_equal(heard, np.repeat(expected[:, None], channels[1], axis=1))


def test_the_container_of_24_bits_may_hold_anything_above(kernels: Library) -> None:
    rig = bypassed(kernels, "S24_LE", "S24_LE", (1, 1))
    dirty = noise("S24_LE", 1) & 0xFFFFFF | 0x5A << 24
    assert np.array_equal(decode(rig.process(encode(dirty, "S24_LE")), "S24_LE", 1), noise("S24_LE", 1))


def test_only_the_chosen_outputs_carry_the_guitar(kernels: Library) -> None:
    rig = bypassed(kernels, "S16_LE", "S16_LE", (1, 4))
    sent = noise("S16_LE", 1)
    for outputs, heard_on in (((2, 3, 3), (0, 1, 1, 0)), ((1,), (1, 0, 0, 0)), ((), (1, 1, 1, 1))):
        fit(rig.chain, ("S16_LE", 1), ("S16_LE", 4), 1, outputs)
        heard = decode(rig.process(encode(sent, "S16_LE")), "S16_LE", 4)
        assert np.array_equal(heard, sent * np.array(heard_on))


@pytest.mark.parametrize("channels", [33, 64, 70])
def test_cards_with_very_many_channels(kernels: Library, channels: int) -> None:
    rig = bypassed(kernels, "S16_LE", "S16_LE", (1, channels))
    sent = noise("S16_LE", 1)
    for output in (1, 32, 33):
        fit(rig.chain, ("S16_LE", 1), ("S16_LE", channels), 1, (output,))
        heard = decode(rig.process(encode(sent, "S16_LE")), "S16_LE", channels)
        assert np.array_equal(np.flatnonzero(heard.any(axis=0)), [output - 1])


@pytest.mark.parametrize("form", FORMATS)
def test_the_model_hears_and_speaks_every_format(kernels: Library, form: str) -> None:
    rig, model = Rig(kernels, form, form, (2, 2)), random_model("lstm", 20)
    rig.play(model)
    x = guitar(3000).astype(np.float64)
    if form == "FLOAT_LE":
        sent = np.stack((x, -x), 1).astype("<f4")
        heard = np.frombuffer(rig.process(sent.tobytes()), "<f4").reshape(-1, 2).astype(np.float64)
        given, step = sent[:, 0].astype(np.float64), 2.0**-31
    else:
        scale = 1 << (BITS[form] - 1)
        integers = np.rint(np.minimum(np.stack((x, -x), 1) * scale, scale - 1)).astype(np.int64)
        heard = decode(rig.process(encode(integers, form)), form, 2) / scale
        given, step = integers[:, 0] / scale, 1 / scale
    expected, _ = oracle.run(model, given)
    assert np.array_equal(heard[:, 0], heard[:, 1])
    # Half a step of the format, and the kernel's own error.
    assert np.max(np.abs(heard[:, 0] - np.clip(expected, -1, 1 - step))) < 0.5001 * step + 1e-6


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("block", [*BLOCKS, 441])
def test_every_block_size_gives_the_same_audio_through_every_change(kernels: Library, block: int, seed: int) -> None:
    def play(block: int) -> NDArray[np.float32]:
        rig = Rig(kernels)
        rig.listen(random_model("gru", 12, inputs=2), [0.2])
        x, heard = guitar(16 * 1024), [rig.floats(guitar(4 * 1024), block)]
        for second, part in enumerate(np.split(x, 8)):
            if second == 1:
                rig.slot.input_gain, rig.slot.level = 0.5, 1.5
            if second == 2:
                rig.slot.knobs[0] = 0.9
                rig.listen(random_model("lstm", 20, inputs=3, seed=seed), [0.1, 0.6], 2.0, 0.25)
            rig.chain.mute = second == 4
            rig.chain.bypass = second == 6
            heard.append(rig.floats(part, block))
        return np.concatenate(heard)

    assert np.array_equal(play(block), play(64))


def test_gains_move_linearly_in_441_frames(kernels: Library) -> None:
    for control in ("level", "input_gain", "master"):
        rig, model = Rig(kernels), random_model("lstm", 8)
        rig.play(model)
        x = 0.3 * guitar(2000).astype(np.float64)
        before = rig.floats(x[:500])
        setattr(rig.chain if control == "master" else rig.slot, control, 0.25)
        after = rig.floats(x[500:])
        gain = np.ones(2000)
        gain[500:] = np.interp(np.arange(1, 1501), [0, RAMP_FRAMES], [1.0, 0.25])
        expected, _ = oracle.run(model, x * gain if control == "input_gain" else x)
        expected = expected if control == "input_gain" else expected * gain
        assert np.max(np.abs(np.concatenate((before, after)) - expected)) < 1e-6


def test_a_gain_asked_for_on_the_way_starts_from_where_it_is(kernels: Library) -> None:
    rig = Rig(kernels)
    rig.chain.bypass = 1
    settle(rig.chain)
    ones = np.full(100, 0.5)
    rig.chain.master = 0.0
    first = rig.floats(ones)
    rig.chain.master = 1.0
    second = rig.floats(ones)
    assert abs(second[0] - first[-1]) < 1.01 * 0.5 / RAMP_FRAMES
    assert second[-1] > first[-1]


@pytest.mark.parametrize("bypass", [0, 1])
def test_mute_fades_to_exact_silence_and_back(kernels: Library, bypass: int) -> None:
    rig = Rig(kernels, "S32_LE", "S32_LE")
    rig.play(random_model("lstm", 8))
    rig.chain.bypass = bypass
    settle(rig.chain)
    steady = np.full((1000, 1), 1 << 30, np.int64)

    def heard() -> NDArray[np.int64]:
        return decode(rig.process(encode(steady, "S32_LE")), "S32_LE", 1)[:, 0]

    heard(), heard()
    loud = heard()[-1]
    rig.chain.mute = 1
    muted = heard()
    assert not np.any(muted[RAMP_FRAMES - 1 :])
    rig.chain.master = 0.0  # a stop, and a start again, while muted
    assert not np.any(heard())
    rig.chain.master, rig.chain.master_ramp = 1.0, Ramp()
    assert not np.any(heard())
    rig.chain.mute = 0
    back = heard()
    assert back[-1] == pytest.approx(loud, rel=1e-6)
    steepest = 1.001 * abs(loud) / RAMP_FRAMES
    assert np.max(np.abs(np.diff(np.concatenate(([loud], muted, [0], back))))) < steepest


def test_knobs_move_linearly_and_are_inputs(kernels: Library) -> None:
    rig, model = Rig(kernels), random_model("lstm", 16, inputs=3)
    rig.play(model, [0.2, 0.8])
    x = guitar(1500)
    before = rig.floats(x[:300])
    rig.slot.knobs[0] = 0.9
    after = rig.floats(x[300:])
    knobs = np.full((1500, 2), 0.8)
    knobs[:, 0] = 0.2
    knobs[300:, 0] = np.interp(np.arange(1, 1201), [0, RAMP_FRAMES], [0.2, 0.9])
    expected, _ = oracle.run(model, x, knobs)
    assert np.max(np.abs(np.concatenate((before, after)) - np.clip(expected, -1, 1))) < 1e-6


def test_bypass_is_a_crossfade(kernels: Library) -> None:
    rig, model = Rig(kernels), random_model("lstm", 8)
    rig.play(model)
    x = 0.5 * guitar(2000).astype(np.float64)
    wet, _ = oracle.run(model, x)
    heard = [rig.floats(x[:200])]
    rig.chain.bypass = 1
    heard.append(rig.floats(x[200:1000]))
    rig.chain.bypass = 0
    heard.append(rig.floats(x[1000:]))
    dry = np.zeros(2000)
    dry[200:1000] = smooth(np.minimum(np.arange(1, 801) / BYPASS_FRAMES, 1.0))
    dry[1000:] = smooth(np.maximum(1 - np.arange(1, 1001) / BYPASS_FRAMES, 0.0))
    assert np.max(np.abs(np.concatenate(heard) - (wet * (1 - dry) + x * dry))) < 1e-6


def test_a_newcomer_listens_then_fades_in(kernels: Library) -> None:
    """Each with its own gains: those of the newcomer hold from its first sample."""
    rig, old, new = Rig(kernels), random_model("lstm", 20, seed=1), random_model("gru", 32, seed=2)
    rig.play(old, input_gain=2.0, level=0.5)
    x = 0.4 * guitar(6000).astype(np.float64)
    heard = [rig.floats(x[:700])]
    rig.listen(new, input_gain=0.25, level=1.5)
    assert not fading(rig.chain)
    heard += [rig.floats(x[700 : 700 + LISTEN_FRAMES + 5])]
    assert fading(rig.chain)
    heard += [rig.floats(x[705 + LISTEN_FRAMES :])]
    before = 0.5 * oracle.run(old, 2.0 * x)[0]
    after = 1.5 * oracle.run(new, 0.25 * x[700:])[0]
    weight = np.zeros(6000)
    fade = np.arange(1, 6001 - 700 - LISTEN_FRAMES)
    weight[700 + LISTEN_FRAMES :] = smooth(np.minimum(fade / CROSSFADE_FRAMES, 1.0))
    expected = before * (1 - weight)
    expected[700:] += after * weight[700:]
    assert np.max(np.abs(np.concatenate(heard) - expected)) < 1e-6
    assert (rig.chain.playing, rig.chain.slots[0].weights) == (1, 0)
    assert not fading(rig.chain)


def test_a_newcomer_that_is_still_listening_is_replaced(kernels: Library) -> None:
    rig, new = Rig(kernels), random_model("lstm", 12, seed=2)
    rig.play(random_model("lstm", 20))
    x = 0.4 * guitar(6000).astype(np.float64)
    rig.listen(random_model("gru", 8))
    rig.floats(x[:1000])
    rig.listen(new)
    heard = rig.floats(x[1000:])
    expected, _ = oracle.run(new, x[1000:])
    done = LISTEN_FRAMES + CROSSFADE_FRAMES
    assert np.max(np.abs(heard[done:] - expected[done:])) < 1e-6


def test_without_a_model_the_guitar_passes_untouched_and_the_first_one_fades_in(kernels: Library) -> None:
    rig, model = Rig(kernels, "S32_LE", "S32_LE"), random_model("lstm", 8)
    settle(rig.chain)
    sent = noise("S32_LE", 1, 4000) >> 4
    assert np.array_equal(decode(rig.process(encode(sent[:300], "S32_LE")), "S32_LE", 1), sent[:300])
    rig.listen(model)
    heard = decode(rig.process(encode(sent, "S32_LE")), "S32_LE", 1)[:, 0]
    assert np.array_equal(heard[:LISTEN_FRAMES], sent[:LISTEN_FRAMES, 0])
    done = LISTEN_FRAMES + BYPASS_FRAMES
    expected, _ = oracle.run(model, sent[:, 0] / 2**31)
    assert np.max(np.abs(heard[done:] / 2**31 - expected[done:])) < 1e-6


def test_unloading_fades_to_the_guitar_and_empties_the_slots(kernels: Library) -> None:
    rig = Rig(kernels)
    rig.play(random_model("lstm", 8))
    x = 0.5 * guitar(2000)
    rig.floats(x)
    rig.chain.unload = 1
    heard = rig.floats(x)
    assert np.array_equal(heard[BYPASS_FRAMES:], x[BYPASS_FRAMES:])
    assert rig.chain.slots[0].weights == rig.chain.slots[1].weights == 0


def test_a_model_that_goes_astray_is_reset_counted_and_faded_back_in(kernels: Library) -> None:
    rig, model = Rig(kernels), random_model("lstm", 20)
    rig.play(model)
    x = 0.5 * guitar(4096).astype(np.float64)
    rig.floats(x[:1024])
    rig.chain.slots[0].state[20 + 4 * 3] = float("nan")  # one c
    astray = rig.floats(x[1024 : 1024 + 64])
    assert rig.chain.resets == 1
    assert not astray.any()
    heard = rig.floats(x[1088:])
    expected, _ = oracle.run(model, x[1088:])
    back = smooth(np.minimum(np.arange(1, len(expected) + 1) / RESET_FRAMES, 1.0))
    assert np.max(np.abs(heard - expected * back)) < 1e-6
    assert rig.chain.resets == 1


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40])
def test_output_is_finite_and_within_full_scale_whatever_comes_in(kernels: Library, strange: float) -> None:
    for cell in ("lstm", "gru"):
        rig = Rig(kernels)
        rig.play(random_model(cell, 16))
        rig.slot.input_gain = 100.0
        x = guitar(4096)
        x[1000:1100] = strange
        rig.slot.level, rig.chain.bypass = 100.0, 1
        heard = [rig.floats(x)]
        rig.chain.master, rig.chain.bypass = 0.5, 0
        heard.append(rig.floats(x))
        assert np.all(np.isfinite(heard))
        assert np.max(np.abs(heard)) <= 1.0
        assert np.max(np.abs(heard[-1][-500:])) > 0.0


def test_clipped_frames_are_counted(kernels: Library) -> None:
    rig, model = Rig(kernels), random_model("lstm", 8)
    rig.play(model, level=20.0)
    x = guitar(2000)
    heard = rig.floats(x)
    loud, _ = oracle.run(model, x)
    assert rig.chain.clipped == np.count_nonzero(np.abs(20 * loud) > 1)
    assert np.max(np.abs(heard - np.clip(20 * loud, -1, 1))) < 2e-5


def test_meters(kernels: Library) -> None:
    rig, model = Rig(kernels), random_model("lstm", 8)
    rig.play(model)
    rig.chain.peak_decay, rig.chain.power_decay = 0.999, 0.99
    x = guitar(1000).astype(np.float64)
    rig.floats(x)
    sound, _ = oracle.run(model, x)
    for samples, peak, power in (
        (x, rig.chain.input_peak, rig.chain.input_power),
        (np.clip(sound, -1, 1), rig.chain.output_peak, rig.chain.output_power),
    ):
        ages = np.arange(len(samples))[::-1]
        assert peak == pytest.approx(np.max(np.abs(samples) * 0.999**ages), rel=1e-4)
        assert power == pytest.approx(0.01 * np.sum(samples**2 * 0.99**ages), rel=1e-4)


def test_a_meter_forgets_the_loudest_there_is(kernels: Library) -> None:
    rig = Rig(kernels)
    rig.chain.peak_decay, rig.chain.power_decay = 0.99, 0.99
    x = np.zeros(20_000, np.float32)
    x[0] = 3e38
    rig.floats(x)
    assert rig.chain.input_peak < 1e-3
    assert rig.chain.input_power < 1e-3


def test_the_ring_keeps_the_last_of_the_guitar(kernels: Library) -> None:
    rig = Rig(kernels)
    ring, count = np.zeros(256, np.float32), np.zeros(1, np.uint64)
    rig.chain.ring, rig.chain.ring_frames, rig.chain.ring_count = ring.ctypes.data, 256, count.ctypes.data
    x = guitar(1000)
    rig.floats(x, 127)
    assert count[0] == 1000
    assert np.array_equal(np.roll(ring, -1000 % 256), x[-256:])
