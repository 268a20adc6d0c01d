"""A pedal that plays, and models that are changed under it: control, an engine on a card of recordings, and commands.

What is heard is compared, frame by frame, with what the models play of the same guitar.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal import config, wav
from pedal.config import CardConfig, Config, EngineConfig, Places, shipped
from pedal.control import rack
from pedal.control.published import PROVEN_S
from pedal.control.rack import Entry
from pedal.kernel.chain import CROSSFADE_FRAMES
from pedal.kernel.library import Library
from pedal.kernel.packed import Packed, packed_path
from pedal.link import Link, saved_words
from pedal.measure.admission import admit
from pedal.measure.alone import Alone
from pedal.measure.level import gain
from pedal.model import formats
from pedal.sim.engine import Engine, heard_on, integers, recorded
from tests.conftest import WriteModel
from tests.control.rig import PATIENCE_S, Pedal, Step, nothing

CARD = CardConfig(period_frames=512, periods=16, prefill_periods=16)
"""With buffers so long that a busy machine is not late."""
PREFILL = CARD.period_frames * CARD.prefill_periods
RATE = 44_100
SETTLED = RATE // 2
"""After a change: a model that began to listen in another state has forgotten it."""

Samples = NDArray[np.float64]


class Stage:
    """Control in this thread, the engine as a child, commands as processes."""

    def __init__(self, places: Path, library: Library) -> None:
        self.where = config.places()
        self.library = library
        admit(self.where, Config(card=CARD), library, lambda _line: None)
        self.pedal = Pedal(self.where)
        self.guitar = wav.read(shipped("guitar.wav")).channel()[4 * RATE : 8 * RATE]
        (places / "run").mkdir(exist_ok=True)
        self.playback = places / "playback.raw"
        options = recorded(places, integers(self.guitar), CARD, self.playback)
        asked = Config(card=CARD, engine=EngineConfig(priority=0, cpu=-1, lock_memory=False))
        self.engine = Engine(self.where, asked, places, options, places / "engine.log")
        self.commands: list[subprocess.Popen[bytes]] = []
        self.at: list[int] = []
        """Frames that had been captured when each command was begun."""

    def begin(self, *words: str | Path) -> None:
        """Begin `pedal WORDS`."""
        self.at.append(self.frames)
        output = subprocess.PIPE
        self.commands.append(
            subprocess.Popen([sys.executable, "-m", "pedal", *map(str, words)], stdout=output, stderr=output)
        )

    def ended(self) -> bool:
        """Whether the last one has, well."""
        status = self.commands[-1].poll()
        if status:
            raise AssertionError(self.commands[-1].communicate())
        return status == 0

    @property
    def frames(self) -> int:
        return int(self.pedal.word("ring_frames"))

    def play(self, *steps: Step) -> None:
        """These steps, with the engine started first; it has ended afterwards."""
        try:
            self.pedal.play((lambda: True, self.engine.start), *steps)
        finally:
            self.engine.close()

    def later(self, seconds: float) -> Step:
        """Wait for so much sound."""
        moment: list[int] = []

        def come() -> bool:
            if not moment:
                moment.append(self.frames)
            return self.frames >= moment[0] + seconds * RATE

        return come, nothing

    @property
    def heard(self) -> Samples:
        """From the moment at which the guitar began."""
        return heard_on(self.playback, CARD)[PREFILL:].astype(np.float64) / 2**31

    def alone(self, path: Path, entry: Entry, frames: int) -> Samples:
        """What the model plays of the guitar from the beginning, at its level."""
        kernel = Alone(formats.read(path), self.library, frames)
        kernel.inputs[0], kernel.inputs[1:] = np.resize(self.guitar, frames), 0.5
        kernel.run(frames)
        return kernel.output.astype(np.float64) * gain(entry.trim_db)


@pytest.fixture
def stage(places: Path, kernels: Library, write_model: WriteModel) -> Iterator[Stage]:
    (places / "state" / "models").mkdir(parents=True)
    for number, name in enumerate(("Clean", "Lead")):
        write_model(name, seed=number).rename(places / "state" / "models" / f"{name}.json")
    made = Stage(places, kernels)
    yield made
    made.engine.close()
    for command in made.commands:
        command.kill()
        command.communicate()
    made.pedal.factory.reset()


def entry(where: Places, name: str) -> Entry:
    return next(found for found in rack.read(where.rack).rack.models if found.name == name)


def same(heard: Samples, expected: Samples, start: int, end: int) -> float:
    """The largest difference within these frames."""
    return float(np.max(np.abs(heard[start:end] - expected[start:end])))


def test_the_model_that_plays_is_replaced_and_the_sound_never_stops(
    stage: Stage, places: Path, write_model: WriteModel
) -> None:
    pedal, where = stage.pedal, stage.where
    old = places / "old.json"
    old.write_bytes((where.models / "Clean.json").read_bytes())
    new, before = write_model("Clean", seed=7), entry(where, "Clean")
    seen: list[tuple[str, str]] = []

    def looked() -> None:
        seen.extend((notice.text, notice.remedy) for notice in pedal.control.state.notices)

    stage.play(
        (lambda: pedal.word("playing") == before.word, nothing),
        stage.later(1.0),
        (lambda: True, lambda: stage.begin("models", "install", new)),
        (lambda: pedal.word("playing") not in (0, before.word), looked),
        stage.later(1.5),
        (stage.ended, lambda: stage.at.append(stage.frames)),
    )
    after, heard = entry(where, "Clean"), stage.heard
    assert pedal.word_after("playing") == after.word != before.word
    assert seen == [("MODEL CHANGED", "Clean")]
    assert [pedal.word_after(name) for name in ("xruns_capture", "xruns_playback", "interruptions", "resets")] == [
        0
    ] * 4
    first, second = (stage.alone(path, of, len(heard)) for path, of in ((old, before), (new, after)))
    begun, end = stage.at
    assert same(heard, first, RATE // 2, begun) < 1e-6
    changed = int(np.argmax(np.abs(heard[begun:] - first[begun:]) > 1e-5)) + begun
    assert begun < changed < end - RATE
    over = changed + CROSSFADE_FRAMES
    assert same(heard, second, over + SETTLED, end) < 1e-5
    # Within the crossfade each frame lies between the two, and no step is larger than theirs and the fade's own.
    while_fading = slice(changed - 100, over + 100)
    own = max(float(np.max(np.abs(np.diff(sound[while_fading])))) for sound in (first, second))
    apart = float(np.max(np.abs(first - second)[while_fading]))
    assert np.max(np.abs(np.diff(heard[while_fading]))) <= own + 2 * apart / CROSSFADE_FRAMES + 1e-4
    for start in range(changed - 100, over, 100):  # there is no hole in it
        assert np.max(np.abs(heard[start : start + 100])) > 0.1 * min(
            np.max(np.abs(sound[start : start + 100])) for sound in (first, second)
        )


def test_a_new_one_plays_now(stage: Stage, write_model: WriteModel) -> None:
    pedal, where = stage.pedal, stage.where
    path = write_model("Solo", seed=9)
    stage.play(
        (lambda: pedal.word("playing") == pedal.first.word, nothing),
        (lambda: True, lambda: stage.begin("models", "install", "--now", path)),
        (lambda: pedal.word("playing") == entry(where, "Solo").word if stage.ended() else False, nothing),
    )
    out, err = stage.commands[0].communicate()
    assert out.startswith(b"Solo: installed; takes ")
    assert out.endswith(b" dB; plays now\n")
    assert err == b""
    assert pedal.control.state.model == "Solo"


def test_the_one_that_plays_is_removed_and_the_next_of_the_set_plays(stage: Stage) -> None:
    pedal, where = stage.pedal, stage.where
    clean, lead = entry(where, "Clean"), entry(where, "Lead")
    stage.play(
        (lambda: pedal.word("playing") == clean.word, lambda: stage.begin("models", "remove", "Clean")),
        (lambda: pedal.word("playing") == lead.word, nothing),
        (stage.ended, lambda: stage.begin("models", "remove", "lead")),
        (lambda: pedal.word("playing") == 0, lambda: stage.at.append(stage.frames)),  # it was the last one
        (stage.ended, nothing),
        stage.later(0.5),
    )
    heard, passes = stage.heard, stage.at[-1] + CARD.period_frames
    dry = np.resize(integers(stage.guitar).astype(np.float64) / 2**31, len(heard))
    assert same(heard, dry, passes, passes + RATE // 4) == 0.0
    assert pedal.control.state.model == ""
    with closing(Link(where.link)) as link:
        assert link.get("model") == 0
    assert saved_words(where.words).get("model", 0) == 0


def test_a_new_one_that_cannot_be_played_after_the_next_start_is_no_obstacle(
    stage: Stage, write_model: WriteModel
) -> None:
    """It has not played for ten seconds; its packed file is damaged then. The one before plays, until it is mended."""
    pedal, where = stage.pedal, stage.where
    clean, path = entry(where, "Clean"), write_model("Solo", seed=9)

    def is_proven() -> bool:
        return saved_words(where.words).get("model") == clean.word

    stage.play(
        (lambda: pedal.word("playing") == clean.word, nothing),
        (lambda: True, lambda: setattr(pedal, "skipped_s", PROVEN_S)),
        (is_proven, lambda: stage.begin("models", "install", "--now", path)),
        (stage.ended, nothing),
    )
    solo = entry(where, "Solo")
    assert pedal.control.state.model == "Solo"
    assert is_proven()
    packed = packed_path(where.state, stage.library.tag, solo.word)
    packed.write_bytes(packed.read_bytes()[:-4])
    shutil.rmtree(where.run)
    again = Pedal(where)
    playing: list[float] = []

    def looks() -> bool:
        """What plays before control has said anything."""
        with closing(Link(where.link, where.words)) as link:
            return link.get("playing") == clean.word

    stage.engine.start()
    deadline = time.monotonic() + PATIENCE_S
    while not looks() and time.monotonic() < deadline:
        os.sched_yield()
    assert looks()
    again.play((lambda: again.word("playing") == solo.word, lambda: playing.append(again.word("refused"))))
    stage.engine.close()
    again.factory.reset()
    assert playing == [0]
    Packed(packed, stage.library.tag, check_floats=True).close()
