"""Turning a knob is heard as the gain it makes, not as the steps that it is made of."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.kernel.library import Library
from tests.kernel.conftest import Rig, random_model

RATE_HZ = 44_100
LOOK_FRAMES = 5 * 64
"""Between two looks of the engine at the link's words."""
TONE_HZ = 1_000
FAR_HZ = 1_000
"""From the tone: what is this far away is no part of a swell."""


def noise_db(sound: NDArray[np.floating]) -> float:
    """What is far from the tone, against the tone."""
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) ** 2
    away = np.abs(np.fft.rfftfreq(len(sound), 1 / RATE_HZ) - TONE_HZ)
    return float(10 * np.log10(power[away > FAR_HZ].sum() / power[away < FAR_HZ].sum()))


@pytest.mark.parametrize("control", ["input_gain", "level"])
def test_a_swell_of_an_encoder_has_no_zipper_noise(kernels: Library, control: str) -> None:
    """20 dB in half a second, half a dB a detent; beside it the same swell without ramps, which is the zipper."""
    silent = random_model("lstm", 8)
    wire = replace(silent, dense_weight=np.zeros_like(silent.dense_weight), dense_bias=0.0, skip=1.0)
    rig = Rig(kernels)
    rig.play(wire, input_gain=0.1 if control == "input_gain" else 1.0, level=0.1 if control == "level" else 1.0)
    gains = 10 ** ((-20 + np.repeat(0.5 * np.arange(41), 2)) / 20)  # two looks a detent
    tone = 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(len(gains) * LOOK_FRAMES) / RATE_HZ)
    heard = []
    for gain, part in zip(gains, tone.reshape(len(gains), -1), strict=True):
        setattr(rig.slot, control, gain)
        heard.append(rig.floats(part))
    stepped = tone * np.repeat(gains, LOOK_FRAMES)
    assert noise_db(np.concatenate(heard)) < -85 < -60 < noise_db(stepped)
