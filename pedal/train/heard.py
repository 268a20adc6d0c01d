"""What a trained model does, measured: its sound beside the amplifier's, where it is worst, and how it distorts."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pedal.train.fit import Pair, play
from pedal.train.net import Net

Numbers = NDArray[np.float64]

STEP_S = 0.1
WORST = 4
"""Passages marked."""
APART_S = 0.5
QUIET_SHARE = 0.01
"""Of the mean power: an error is weighed against at least so much, so that rests are not the worst."""
TONE_HZ, TONE_S, JUDGED_S = 220.0, 0.6, 0.3
LEVELS_DBFS = tuple(range(-45, 1, 3))
HARMONICS = 6
KNOB = 0.5


class Heard(NamedTuple):
    """The passages that were held back, one after the other, [frames] each."""

    clean: NDArray[np.float32]
    target: NDArray[np.float32]
    prediction: NDArray[np.float32]
    error: Numbers
    """[steps of STEP_S]: ESR of each."""
    worst: tuple[float, ...]
    """Seconds at which the worst steps begin, the worst first."""


class Response(NamedTuple):
    """What becomes of a tone at each of LEVELS_DBFS."""

    harmonics_dbfs: Numbers
    """[levels][HARMONICS]: the tone's own frequency first."""
    curves: Numbers
    """[levels][2][one period]: what went in, what came out."""


def heard(net: Net, held: Pair, rate_hz: int) -> Heard:
    """The net's sound for the passages, in the order in which they lie in the recordings."""
    lead = held.lead
    prediction = play(net, held.inputs)[lead:]
    clean, target, made = (
        part.T.contiguous().reshape(-1).numpy() for part in (held.inputs[lead:, :, 0], held.target[lead:], prediction)
    )
    step = max(1, round(STEP_S * rate_hz))
    count = len(target) // step
    wanted, error = (
        np.mean(sound[: count * step].astype(np.float64).reshape(count, step) ** 2, axis=1)
        for sound in (target, made - target)
    )
    ratio = error / np.maximum(wanted, max(QUIET_SHARE * float(np.mean(wanted)), 1e-12))
    return Heard(clean, target, made, ratio, _worst(ratio))


def response(net: Net, rate_hz: int) -> Response:
    """Play a tone at every level, all side by side; knobs in the middle."""
    frames, judged = round(TONE_S * rate_hz), round(JUDGED_S * rate_hz)
    tone = np.sin(2 * np.pi * TONE_HZ * np.arange(frames) / rate_hz)
    amplitudes = 10.0 ** (np.array(LEVELS_DBFS) / 20.0)
    inputs = torch.full((frames, len(amplitudes), net.rec.input_size), KNOB)
    inputs[..., 0] = torch.from_numpy((tone[:, None] * amplitudes).astype(np.float32))
    sound = play(net, inputs).double().numpy()[-judged:]
    t = np.arange(judged) / rate_hz
    window = np.hanning(judged)
    waves = np.exp(-2j * np.pi * TONE_HZ * np.outer(np.arange(1, HARMONICS + 1), t)) * window
    found = 2.0 * np.abs(waves @ sound).T / np.sum(window)
    period = round(rate_hz / TONE_HZ)
    curves = np.stack((inputs[-period:, :, 0].double().numpy().T, sound[-period:].T), axis=1)
    return Response(20.0 * np.log10(np.maximum(found, 1e-7)), curves)


def _worst(ratio: Numbers) -> tuple[float, ...]:
    """Where the steps with the largest errors begin, not two of them near each other."""
    left, found = ratio.copy(), list[float]()
    apart = round(APART_S / STEP_S)
    while len(found) < WORST and len(left) and np.max(left) > 0.0:
        at = int(np.argmax(left))
        found.append(round(at * STEP_S, 3))
        left[max(0, at - apart) : at + apart + 1] = 0.0
    return tuple(found)
