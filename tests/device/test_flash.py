"""A model sent to a pedal that plays."""

import threading
from pathlib import Path

import numpy as np
import pytest

from pedal.link import RUNNING
from pedal.model.loaded import load
from tests.conftest import WriteModel
from tests.device import sound
from tests.device.display import shows
from tests.device.machine import Machine
from tests.device.ssh import HOST
from tests.device.states import MODELS, pedal
from tests.device.words import until, words

PEDAL = f"pi@{HOST}"


def test_the_sound_goes_on_while_a_model_comes(pi: Machine, write_model: WriteModel) -> None:
    """By one engine, through the old model, the crossfade and the new one; never a quarter of a second of silence."""
    before, model = words(pi), write_model("fresh", hidden=20, seed=5)
    sound.send(pi, sound.noise(20))
    sound.begin(pi)
    done = pedal(pi, "flash", "--now", model, PEDAL)
    after = until(pi, playing=load(model).word)
    assert shows(pi.picture(), "fresh")
    heard = sound.end(pi)
    assert done.returncode == 0, done.stderr
    assert (after["state"], after["process"]) == (RUNNING, before["process"])
    quarter = sound.RATE_HZ // 4
    parts = [heard[at : at + quarter] for at in range(4 * quarter, len(heard) - 4 * quarter, quarter)]
    assert len(parts) > 10
    assert min(float(np.abs(part.astype(float)).max()) for part in parts) > 2**20


def test_what_is_no_model_changes_nothing(shared: Machine, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"model_data": {}}')
    state = "cd /var/lib/pedal && sha256sum models/* rack.json"
    models = shared.root(state)
    done = pedal(shared, "flash", bad, PEDAL)
    assert done.returncode == 1
    assert done.stdout.startswith(f"refused   {bad}: ")
    assert shared.root(state) == models


@pytest.mark.rare
def test_of_two_at_once_both_arrive_whole(shared: Machine, write_model: WriteModel) -> None:
    files = [write_model(name, seed=seed) for seed, name in enumerate(("left", "right"))]
    done = []
    threads = [
        threading.Thread(target=lambda file=file: done.append(pedal(shared, "flash", file, PEDAL))) for file in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    for file in files:
        assert shared.pull(f"/var/lib/pedal/models/{file.name}") == file.read_bytes()


def test_the_models_from_a_laptop(shared: Machine, write_model: WriteModel, tmp_path: Path) -> None:
    """A name of two versions goes back to the first, moves to the front, and is removed."""
    (tmp_path / "second").mkdir()
    first, second = write_model("mine", seed=1), tmp_path / "second" / "mine.json"
    second.write_bytes(write_model("other", seed=2).read_bytes())
    there = f"{MODELS}/mine.json"
    for file in (first, second):
        assert pedal(shared, "flash", file, PEDAL).returncode == 0
        assert shared.pull(there) == file.read_bytes()
    for command in (("rollback", "mine"), ("order", "mine")):
        done = pedal(shared, "models", *command, "--host", PEDAL)
        assert done.returncode == 0, done.stderr
    assert shared.pull(there) == first.read_bytes()
    names = ["mine", *sorted(Path(name).stem for name in shared.root(f"ls {MODELS}").split() if name != "mine.json")]
    listed = pedal(shared, "models", "list", "--host", PEDAL)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == names
    assert pedal(shared, "models", "remove", "mine", "--host", PEDAL).returncode == 0
    assert "mine.json" not in shared.root(f"ls {MODELS}")
