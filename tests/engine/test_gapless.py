"""A thousand changes at random moments under a guitar, through the engine's own loop: no frame is missing, repeated or
other than each model alone plays it, and no step is larger than those of the models themselves.

What is expected is rendered apart: every model by its bare kernel, from the moment at which the engine can have seen
its word, and put together here by what docs/architecture.md says of listening, fading and looking at words.
"""

import io
import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal import wav
from pedal.config import shipped
from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.errors import ModelError
from pedal.kernel.chain import BYPASS_FRAMES, CROSSFADE_FRAMES, LISTEN_FRAMES, RAMP_FRAMES
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.link import RING_FRAMES, Link
from pedal.measure.alone import Alone
from pedal.model import formats
from pedal.model.model import Model
from tests.engine.rig import Rig

PERIOD = 64
LOOK = 3 * PERIOD
"""The words are looked at every 5 ms, at the end of a period."""
CHANGE = LISTEN_FRAMES + CROSSFADE_FRAMES
PREFILL = 2 * PERIOD
AROUND = LISTEN_FRAMES
"""50 ms: in the same passage."""
ROUNDING = 1e-7
"""Of full scale: the card's whole numbers, and floats of 24 bits."""

ASKED = 1800
"""Changes; some replace one that still listens, so that more than a thousand are heard."""

Samples = NDArray[np.float32]
Words = Mapping[str, float]
Script = dict[int, Words]
"""By the period after which control writes them."""


class Voice(NamedTuple):
    """A model with its controls, which has a word of its own."""

    word: int
    model: Model
    input_gain_db: float
    level_db: float
    knob_1: float
    knob_2: float

    @property
    def words(self) -> Words:
        """What control writes to have it."""
        return {"model": self.word, **{name: getattr(self, name) for name in self._fields[2:]}}


class Life(NamedTuple):
    """A voice from the first frame at which it listens to the last at which it is heard."""

    voice: Voice
    start: int
    end: int


@cache
def guitar() -> NDArray[np.int32]:
    """The shipped recording as the card gives it, 13 s."""
    return np.rint(wav.read(shipped("guitar.wav")).channel().astype(np.float64) * 2**31).astype("<i4")


def captured(start: int, end: int) -> Samples:
    """What the card captures, which begins again at its end, as the chain has it."""
    return np.take(guitar(), np.arange(start, end), mode="wrap").astype(np.float32) / np.float32(2**31)


def voices(paths: list[Path], chance: random.Random) -> list[Voice]:
    """Three voices of every model among the files."""
    models = []
    for path in paths:
        try:
            models.append(formats.read(path))
        except ModelError:
            continue
    return [
        Voice(word, model, chance.uniform(-12, 12), chance.uniform(-30, -12), chance.random(), chance.random())
        for word, model in enumerate(3 * models, 1)
    ]


def played(link: Link, kernels: Library, state: Path, periods: int, script: Script) -> NDArray[np.int32]:
    """What the engine plays when control writes so; without the prefill."""
    done = 0

    def process(chain: int, block: bytes, out: int, frames: int) -> None:
        nonlocal done
        kernels.process(chain, block, out, frames)
        done += 1
        for name, value in script.get(done, {}).items():
            link.set(name, value)
        if done == periods:
            rig.loop.stop()

    for name, value in script[0].items():
        link.set(name, value)
    sink, mono = io.BytesIO(), stream("S32_LE", 1)
    rig = Rig(link, process, kernels=kernels.kernels, state=state, tag=kernels.tag)
    rig.run(lambda: SimCard(io.BytesIO(guitar().tobytes()), sink, mono, mono, FreeClock(), loop=True))
    assert rig.log[1:] == []
    return np.frombuffer(sink.getvalue(), "<i4")[PREFILL : PREFILL + periods * PERIOD]


def alone(life: Life, kernels: Library, beyond: int = 0) -> Samples:
    """What the voice plays in its life, and so many frames beyond, by its kernel and nothing else."""
    frames = life.end + beyond - life.start
    kernel = Alone(life.voice.model, kernels, frames)
    kernel.inputs[0] = captured(life.start, life.start + frames) * np.float32(10 ** (life.voice.input_gain_db / 20))
    kernel.inputs[1:] = np.array([[life.voice.knob_1], [life.voice.knob_2]])[: len(kernel.inputs) - 1]
    kernel.run(frames)
    return kernel.output * np.float32(10 ** (life.voice.level_db / 20))


def lives(script: Script, by_word: Mapping[int, Voice], frames: int) -> list[Life]:
    """Whoever was heard: what is asked for is seen at the next look, replaces one that listens, waits for a fade."""
    asked = heard = int(script[0]["model"])
    since, listens, listening = 0, 0, -1  # when the one heard and the newcomer began; the newcomer, if there is one
    found = []
    wanted = asked
    for look in range(LOOK, frames, LOOK):
        for period in range(look // PERIOD - 2, look // PERIOD + 1):
            wanted = int(script.get(period, {}).get("model", wanted))
        if listening >= 0 and look >= listens + CHANGE:
            found.append(Life(by_word[heard], since, listens + CHANGE))
            heard, since, listening = listening, listens, -1
        if wanted != asked and (listening < 0 or look < listens + LISTEN_FRAMES):
            asked, listening, listens = wanted, wanted, look
    if listening >= 0 and listens + CHANGE <= frames:
        found.append(Life(by_word[heard], since, listens + CHANGE))
        heard, since = listening, listens
    return [*found, Life(by_word[heard], since, frames)]


def smooth(t: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(3 * t**2 - 2 * t**3)


def integers(sound: NDArray[np.floating]) -> NDArray[np.int32]:
    """The sound as the card's whole numbers."""
    return np.minimum(np.rint(sound.astype(np.float64) * 2**31), 2**31 - 128).astype(np.int32)


def steps(sound: NDArray[np.floating]) -> NDArray[np.float64]:
    """From each frame to the next."""
    return np.abs(np.diff(sound.astype(np.float64)))


def assert_ring_is_the_guitar(link: Link) -> None:
    """Every frame came in once, in its turn."""
    written = int(link.get("ring_frames"))
    assert written == PERIOD * link.get("heartbeat")
    newest = np.roll(np.array(link.ring, np.float32), -(written % RING_FRAMES))
    np.testing.assert_array_equal(newest, captured(written - RING_FRAMES, written))


@pytest.fixture
def rack(request: pytest.FixtureRequest, kernels: Library, tmp_path: Path) -> list[Voice]:
    """Voices of the models that come with the pedal, and of the public ones where they are; packed."""
    paths = sorted(shipped("models").iterdir())
    with suppress(pytest.skip.Exception):
        paths += sorted((request.getfixturevalue("reference") / "models").iterdir())
    found = voices(paths, random.Random(1))
    for voice in found:
        store(voice.model, voice.word, tmp_path, kernels)
    return found


def test_a_thousand_changes_of_model(rack: list[Voice], link: Link, kernels: Library, tmp_path: Path) -> None:
    """Each comes while the last newcomer listens, while it fades in, or later."""
    chance, asked, period = random.Random(2), rack[0], 0
    script: Script = {0: asked.words}
    for _ in range(ASKED):
        period += chance.choice((chance.randint(1, 34), chance.randint(34, 50), chance.randint(50, 120)))
        asked = chance.choice([voice for voice in rack if voice.word != asked.word])
        script[period] = asked.words
    periods = period + 120
    heard = played(link, kernels, tmp_path, periods, script)
    assert_ring_is_the_guitar(link)
    assert (link.get("clipped"), link.get("resets"), link.get("playing")) == (0, 0, asked.word)

    everyone = lives(script, {voice.word: voice for voice in rack}, periods * PERIOD)
    assert len(everyone) > 1000
    ends = [*(life.start + LISTEN_FRAMES for life in everyone[1:]), periods * PERIOD]
    before, old = everyone[0], alone(everyone[0], kernels, AROUND)
    np.testing.assert_array_equal(heard[RAMP_FRAMES : ends[0]], integers(old)[RAMP_FRAMES : ends[0]])
    for life, end in zip(everyone[1:], ends[1:], strict=True):
        new = alone(life, kernels, AROUND)
        passage = slice(life.start - before.start, life.start - before.start + CHANGE + AROUND)
        assert_crossfade(heard[life.start : before.end] / 2**31, old[passage], new[: CHANGE + AROUND])
        np.testing.assert_array_equal(heard[before.end : end], integers(new)[CHANGE : end - life.start])
        before, old = life, new


def assert_crossfade(heard: NDArray[np.float64], old: Samples, new: Samples) -> None:
    """What is heard from the first frame that a newcomer hears to the last of its fade is the one, then the other.

    No step in it is larger than the louder of the two makes by itself in the passage: the fade and 50 ms around it.
    """
    weight = np.zeros(CHANGE)
    weight[LISTEN_FRAMES:] = smooth(np.arange(1, CROSSFADE_FRAMES + 1) / CROSSFADE_FRAMES)
    assert np.max(np.abs(heard - (old[:CHANGE] + weight * (new[:CHANGE] - old[:CHANGE])))) < ROUNDING
    assert np.max(steps(heard)) <= max(np.max(steps(old)), np.max(steps(new))) + ROUNDING


def switched(script: Script, frames: int) -> Iterator[tuple[float, float]]:
    """How much of each frame is the dry guitar, and how loud it is: what bypass and mute make of themselves."""
    bypass = mute = 0.0
    dry, left, start, target = 0, RAMP_FRAMES, 0.0, 1.0
    for frame in range(frames):
        if frame and frame % LOOK == 0:
            for period in range(frame // PERIOD - 2, frame // PERIOD + 1):
                words = script.get(period, {})
                bypass, mute = words.get("bypass", bypass), words.get("mute", mute)
        if target != 1 - mute:
            start, target, left = target + (start - target) * left / RAMP_FRAMES, 1 - mute, RAMP_FRAMES
        left = max(left - 1, 0)
        dry = min(dry + 1, BYPASS_FRAMES) if bypass else max(dry - 1, 0)
        yield dry / BYPASS_FRAMES, target + (start - target) * left / RAMP_FRAMES


def test_bypass_and_mute_at_any_moment(rack: list[Voice], link: Link, kernels: Library, tmp_path: Path) -> None:
    for voice in rack[: len(rack) // 3]:
        chance, period = random.Random(voice.word), 0
        script: Script = {0: {**voice.words, "bypass": 0, "mute": 0}}
        for _ in range(100):
            period += chance.choice((chance.randint(1, 7), chance.randint(7, 40)))
            script[period] = {chance.choice(("bypass", "mute")): chance.randint(0, 1)}
        frames = (period + 40) * PERIOD
        heard = played(link, kernels, tmp_path, period + 40, script)
        wet, guitar_alone = alone(Life(voice, 0, frames), kernels), captured(0, frames)
        dry, loud = np.array(list(switched(script, frames))).T
        expected = (wet * (1 - smooth(dry)) + guitar_alone * smooth(dry)) * loud
        assert np.max(np.abs(heard / 2**31 - expected)) < ROUNDING
        settled = (loud == 0) | (loud == 1) & ((dry == 0) | (dry == 1))
        assert 0.5 < np.mean(settled) < 1
        np.testing.assert_array_equal(heard[settled], integers(expected)[settled])
        # Against the louder of model and guitar in the passage.
        louder = np.maximum(steps(wet), steps(guitar_alone))
        for passage in range(0, frames - LISTEN_FRAMES, LISTEN_FRAMES):
            around = louder[max(0, passage - AROUND) : passage + AROUND + LISTEN_FRAMES]
            assert np.max(steps(heard[passage : passage + LISTEN_FRAMES + 1] / 2**31)) <= (1 + ROUNDING) * np.max(
                around
            )
