"""Bytes of every format, as ALSA lays them out, to samples and back."""

import numpy as np
import pytest

from pedal.engine.simcard import stream
from pedal.kernel.chain import FORMATS
from pedal.measure.latency import pcm

HALF_AND_MINUS_ONE = {
    "S16_LE": "0040 0080",
    "S24_3LE": "000040 000080",
    "S24_LE": "00004000 00008000",
    "S32_LE": "00000040 00000080",
    "FLOAT_LE": "0000003f 000080bf",
}
"""0.5, then -1, as their formats say."""


@pytest.mark.parametrize("format_name", FORMATS)
def test_samples_of_bytes(format_name: str) -> None:
    form, data = stream(format_name, 2), bytes.fromhex(HALF_AND_MINUS_ONE[format_name])
    assert pcm.samples(data, form).tolist() == [[0.5, -1.0]]
    assert pcm.samples(memoryview(data + b"\1"), form).tolist() == [[0.5, -1.0]]  # what is not whole is left out


def test_the_highest_byte_of_24_bits_in_32_carries_nothing() -> None:
    assert pcm.samples(bytes.fromhex("000040ff"), stream("S24_LE", 1)).tolist() == [[0.5]]


@pytest.mark.parametrize("format_name", FORMATS)
def test_bytes_of_samples(format_name: str) -> None:
    form = stream(format_name, 2)
    data = pcm.encoded(np.array([[0.5, -1.0]]), form)
    assert pcm.samples(data, form).tolist() == [[0.5, -1.0]]
    if format_name != "S24_LE":
        assert data == bytes.fromhex(HALF_AND_MINUS_ONE[format_name])
    loudest = pcm.samples(pcm.encoded(np.array([[2.0, -2.0]]), form), form)
    assert np.all(np.abs(loudest) >= pcm.highest(form))


@pytest.mark.parametrize("format_name", FORMATS)
def test_only_the_named_channels_sound(format_name: str) -> None:
    form, wave = stream(format_name, 4), np.array([0.5, -0.25])
    some = pcm.spread(wave, form, (2, 3))
    assert pcm.samples(some, form).tolist() == [[0.0, 0.5, 0.5, 0.0], [0.0, -0.25, -0.25, 0.0]]
    assert pcm.samples(pcm.spread(wave, form), form).tolist() == [[0.5] * 4, [-0.25] * 4]
    assert pcm.channel(some, form, 1).tolist() == [0.0, 0.0]
    assert pcm.channel(some, form, 3).tolist() == [0.5, -0.25]
