"""One period of the chain: how gains, knobs, bypass, mute and models change, and what is metered meanwhile."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.kernel.chain import (
    BYPASS_FRAMES,
    CROSSFADE_FRAMES,
    LISTEN_FRAMES,
    RAMP_FRAMES,
    RESET_FRAMES,
    Ramp,
    fading,
    settle,
)
from pedal.kernel.library import Library
from pedal.model import reference as oracle
from tests.kernel.conftest import Rig, guitar, random_model

BLOCKS = (1, 16, 64, 127, 1024)


def smooth(t: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(3 * t**2 - 2 * t**3)


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

    def heard() -> NDArray[np.int32]:
        return np.frombuffer(rig.process(np.full(1000, 1 << 30, "<i4").tobytes()), "<i4")

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
    sent = np.random.default_rng(1).integers(-(2**27), 2**27, 4000).astype("<i4")
    assert rig.process(sent[:300].tobytes()) == sent[:300].tobytes()
    rig.listen(model)
    heard = np.frombuffer(rig.process(sent.tobytes()), "<i4")
    assert np.array_equal(heard[:LISTEN_FRAMES], sent[:LISTEN_FRAMES])
    done = LISTEN_FRAMES + BYPASS_FRAMES
    expected, _ = oracle.run(model, sent / 2**31)
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
