"""Bytes in and out in every format and number of channels: what a bypassed chain copies, what a model hears."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.kernel.chain import FORMATS, fit, settle
from pedal.kernel.library import Library
from pedal.model import reference as oracle
from tests.kernel.conftest import Rig, guitar, random_model

BITS = {"S16_LE": 16, "S24_3LE": 24, "S24_LE": 24, "S32_LE": 32}


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
