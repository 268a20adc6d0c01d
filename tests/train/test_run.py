"""A run's folder: usable wherever it was left, and going on from there to the same bits."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pedal.errors import ConfigError, ModelError
from pedal.files import replacing
from pedal.model.formats import read

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import run as running  # noqa: E402
from pedal.train import start  # noqa: E402
from pedal.train.fit import Settings, Training  # noqa: E402
from pedal.train.losses import Loss  # noqa: E402
from pedal.train.pairs import Listed  # noqa: E402
from pedal.train.run import UNBOUNDED, Clock, Run, resumed  # noqa: E402
from pedal.train.schedules import Schedule  # noqa: E402
from pedal.train.start import Asked, started  # noqa: E402
from tests.train.recorded import plucks, written  # noqa: E402
from tests.train.stopped import ended, stopping  # noqa: E402

EPOCHS = 3
SETTINGS = Settings(epochs=EPOCHS, batch=8, segment=4_000, truncation=1_000, warmup=100, rate=0.01)
Begin = Callable[..., Run]


@pytest.fixture
def pair(tmp_path: Path) -> Listed:
    guitar = plucks(12)
    clean = written(tmp_path / "clean.wav", guitar)
    return Listed(clean, written(tmp_path / "amp.wav", np.tanh(4 * guitar)), {})


@pytest.fixture
def begin(tmp_path: Path, pair: Listed) -> Begin:
    """Begin a run in a folder of that name."""

    def make(folder: str = "run", clock: Clock = time.monotonic, **changes: object) -> Run:
        given = {"out": tmp_path / "amp.json", "hidden": 6, "settings": SETTINGS, "device": "cpu", **changes}
        asked = Asked([pair], folder=tmp_path / folder, **given)  # type: ignore[arg-type]
        return started(asked, lambda _line: None, clock=clock)

    return make


def test_a_run_stopped_within_an_epoch_goes_on_to_the_same_bits(begin: Begin) -> None:
    whole = ended(begin("whole"))
    for epochs in range(EPOCHS):
        run = begin(f"stopped{epochs}")
        for _ in range(epochs):
            run.epoch()
        with pytest.raises(KeyboardInterrupt):
            run.epoch(stopping(1))
        again = resumed(run.folder)
        assert again.training.epoch == epochs
        assert ended(again) == whole
        assert [line.epoch for line in again.log] == [1, 2, 3]


def test_pulling_the_plug_between_any_two_files_leaves_a_folder_that_goes_on(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(SETTINGS, epochs=2)
    whole = ended(begin("whole", settings=short))
    count, last = 0, -1

    @contextmanager
    def pulled(path: Path) -> Iterator[Path]:
        nonlocal count
        if count == last:
            raise KeyboardInterrupt
        count += 1
        with replacing(path) as temporary:
            yield temporary

    monkeypatch.setattr(running, "replacing", pulled)
    ended(begin("counted", settings=short))
    assert count > 2 * short.epochs
    for last in range(count):
        count, folder = 0, tmp_path / f"pulled{last}"
        with pytest.raises(KeyboardInterrupt):
            ended(begin(folder.name, settings=short))
        count = -1_000
        again = resumed(folder) if (folder / "run.json").exists() else begin(folder.name, settings=short)
        assert ended(again) == whole


def test_the_folder_holds_what_is_promised(begin: Begin, pair: Listed) -> None:
    run = begin()
    ended(run)
    folder = run.folder
    plan = json.loads((folder / "run.json").read_bytes())
    assert (plan["cell"], plan["hidden"], plan["settings"]["epochs"]) == ("lstm", 6, EPOCHS)
    assert plan["pairs"][0]["clean"]["path"] == str(pair.clean)
    assert any(line.startswith("delay: ") for line in plan["pairs"][0]["findings"])
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    best = read(folder / "best.json")  # replays its self-test by the oracle
    assert best.esr == pytest.approx(min(line["esr"] for line in lines), abs=1e-5)
    assert (best.name, best.sample_rate_hz, best.trained_from) == ("amp", 16_000, "amp.wav")
    assert run.best().loudness_dbfs is not None
    assert read(folder / "last.json").esr == pytest.approx(lines[-1]["esr"], abs=1e-5)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_run_is_not_begun_over_another(begin: Begin) -> None:
    folder = begin().folder
    with pytest.raises(ConfigError, match=f"holds a run; go on with --resume {folder}"):
        begin()


def test_a_folder_that_holds_anything_else_is_left_as_it_is(begin: Begin, tmp_path: Path) -> None:
    mine = written(tmp_path / "mine" / "clean.wav", plucks(1))
    before = mine.read_bytes()
    with pytest.raises(ConfigError, match=r"mine holds clean.wav, and no run; expected an empty"):
        begin("mine")
    with pytest.raises(ConfigError, match=r"holds amp.wav and 2 more, and no run"):
        begin(".")
    assert [path.name for path in mine.parent.iterdir()] == ["clean.wav"]
    assert mine.read_bytes() == before


def test_a_beginning_that_was_cut_off_is_begun_again(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    for name in ("checkpoint.pt", ".checkpoint.pt.123.saving"):
        (folder / name).write_bytes(b"PK")
    assert begin("cut").epoch().epoch == 1


def test_a_model_does_not_replace_a_recording(begin: Begin, pair: Listed, tmp_path: Path) -> None:
    linked, other = tmp_path / "linked.json", tmp_path / "other.wav"
    linked.symlink_to(pair.amp)
    other.write_bytes(b"not read yet")
    validation = [Listed(pair.clean, other, {})]
    for out, path in ((pair.clean, pair.clean), (linked, pair.amp), (other, other)):
        with pytest.raises(ConfigError, match=f"the model would replace recording {path}; expected another file: -o"):
            begin(out=out, validation=validation)
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_resumed_is_said(begin: Begin, pair: Listed, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run to resume"):
        resumed(tmp_path)
    folder = begin().folder
    (folder / "checkpoint.pt").write_bytes(b"PK")
    with pytest.raises(ConfigError, match=r"checkpoint.pt is missing or damaged"):
        resumed(folder)
    written(pair.amp, plucks(12, seed=3))
    with pytest.raises(ConfigError, match=r"recording .*amp.wav is gone or has changed since the run began"):
        resumed(folder)
    (folder / "run.json").write_bytes(b'{"out": "\xff"}')
    with pytest.raises(ConfigError, match=r"run.json is damaged"):
        resumed(folder)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"version": 2}, r"run.json is damaged or of another version: 2, expected 3; start again"),
        ({"device": "cuda"}, r"cannot go on here: device cuda is not there, .* with --from .*best.json"),
    ],
)
def test_a_run_of_elsewhere_is_said(
    changed: dict[str, object], fault: str, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = begin().folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changed}))
    with pytest.raises(ConfigError, match=fault):
        resumed(path.parent)


def test_minutes_decide_how_many_epochs_are_trained(begin: Begin) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 12.0
        return now

    run = begin(minutes=1.0, settings=replace(SETTINGS, epochs=UNBOUNDED), clock=clock)
    assert np.isnan(run.seconds_left)
    run.epoch()
    assert (run.training.epochs, run.seconds, run.seconds_left) == (5, 12.0, 48.0)
    again = resumed(run.folder, clock=clock)
    assert (again.training.epochs, again.seconds) == (5, 12.0)
    while not again.done:
        again.epoch()
    assert again.training.epoch == 5


class Hours:
    """A clock that stands, but for what is made to take its time."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now, self.patch = 1_000.0, patch

    def __call__(self) -> float:
        return self.now

    def takes(self, owner: object, name: str, seconds: float) -> None:
        """Have a function take so long."""
        original = getattr(owner, name)

        def slow(*given: object, **named: object) -> object:
            self.now += seconds
            return original(*given, **named)

        self.patch.setattr(owner, name, slow)


def test_the_minutes_are_those_of_all_that_is_done_in_them(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Hours(monkeypatch)
    hours.takes(start, "examine", 20.0)
    hours.takes(running, "read", 10.0)
    hours.takes(Training, "run_epoch", 5.0)
    hours.takes(running, "replacing", 0.5)
    run = begin(minutes=3.0, settings=replace(SETTINGS, epochs=UNBOUNDED), clock=hours)
    for _ in range(4):
        run.epoch()
    run = resumed(run.folder, clock=hours)
    while not run.done:
        run.epoch()
    files = 4  # of an epoch's end, at most
    assert 180 - 7 <= hours.now - 1_000 <= 180 + 0.5 * files
    assert run.seconds == pytest.approx(hours.now - 1_000, abs=2 * 0.5 * files)


def test_an_epoch_that_no_longer_fits_is_not_begun(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Hours(monkeypatch)
    hours.takes(Training, "run_epoch", 7.0)
    run = begin(minutes=1.0, settings=replace(SETTINGS, epochs=UNBOUNDED), clock=hours)
    while not run.done:
        run.epoch()
    assert (run.training.epoch, run.seconds) == (8, 56.0)


@pytest.mark.parametrize("seconds", [[1.0], [50.0, 1.0], [1.0, 50.0, 1.0]])
def test_however_many_epochs_turn_out_to_fit_the_rate_never_rises_again(
    seconds: list[float], begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = Hours(monkeypatch)
    run = begin(minutes=100.0, settings=replace(SETTINGS, epochs=UNBOUNDED), clock=hours)
    rates: list[float] = []
    set_rate = Training._set_rate

    def noted(self: Training, progress: float) -> None:
        set_rate(self, progress)
        rates.append(self.optimiser.param_groups[0]["lr"])

    monkeypatch.setattr(Training, "_set_rate", noted)
    for taken in [*seconds, 1.0, 1.0]:
        hours.now += taken
        run.epoch()
    assert run.training.epochs > 100
    warmed = rates.index(max(rates))
    assert rates[warmed] == pytest.approx(SETTINGS.rate, rel=1e-3)
    assert rates[warmed:] == sorted(rates[warmed:], reverse=True)
    assert rates[-1] > 0.5 * SETTINGS.rate
    assert warmed < len(rates) / (len(seconds) + 2)


@pytest.mark.parametrize(("epochs", "planned"), [(UNBOUNDED, 60), (200, 200)])
def test_the_first_epoch_of_some_minutes_has_the_rate_of_as_many_epochs_as_there_usually_are(
    epochs: int, planned: int, begin: Begin
) -> None:
    run = begin(minutes=100.0, settings=replace(SETTINGS, epochs=epochs))
    again = resumed(run.folder)
    last = 1 - 1 / len(torch.arange(run.data.training.segments).split(SETTINGS.batch))
    wanted = Schedule("cosine", SETTINGS.rate, SETTINGS.last_rate).rate(last / planned)
    assert [each.epoch().rate for each in (run, again)] == pytest.approx([wanted, wanted])


def test_a_spectral_loss_gets_steps_that_its_spectra_fit_in(begin: Begin) -> None:
    run = begin(settings=replace(SETTINGS, truncation=256, loss=Loss("a-weighted", stft=0.1)))
    assert (run.training.settings.truncation, run.training.settings.loss.rate_hz) == (512, 16_000)
    assert 0.0 < run.epoch().loss < 10.0


def test_a_pair_that_cannot_be_trained_is_refused_before_anything_is_written(begin: Begin, pair: Listed) -> None:
    written(pair.amp, np.tanh(4 * plucks(12, seed=2)))
    with pytest.raises(ConfigError, match=r"cannot be trained on: same take: .* check that both files"):
        begin()
    assert not (pair.amp.parent / "run").exists()


def test_a_model_that_the_pedal_would_refuse_is_not_begun(
    begin: Begin, pair: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_content: bytes, name: str) -> None:
        raise ModelError(f"{name} has a fault")

    monkeypatch.setattr("pedal.train.run.decode", refuse)
    with pytest.raises(ModelError, match=r"not begun, as the pedal would refuse its model: .* has a fault"):
        begin()
    assert not (pair.amp.parent / "run").exists()


def test_cuda_that_is_not_there_is_said(begin: Begin) -> None:
    if torch.cuda.is_available():
        pytest.skip("CUDA is here")
    with pytest.raises(ConfigError, match="device cuda is not there"):
        begin(device="cuda")


def test_another_take_and_a_known_delay_are_kept_with_the_run(begin: Begin, tmp_path: Path) -> None:
    guitar = plucks(12, seed=5)
    clean, amp = written(tmp_path / "other.wav", guitar), written(tmp_path / "otheramp.wav", np.tanh(4 * guitar))
    unheard = Listed(clean, amp, {}, 3)
    run = begin("apart", validation=[unheard])
    assert run.data.training.segments == 12 * 16_000 // 4_000
    held = run.data.validation
    shifted = np.tanh(4 * guitar)[3:][: len(held.target)]
    np.testing.assert_allclose(held.target[:, 0].numpy(), shifted, atol=1e-6)
    run.epoch()
    again = resumed(run.folder)
    assert torch.equal(again.data.validation.target, held.target)
    assert torch.equal(again.data.training.target, run.data.training.target)
    written(amp, np.tanh(4 * plucks(12, seed=6)))
    with pytest.raises(ConfigError, match=r"otheramp.wav is gone or has changed"):
        resumed(run.folder)


def test_a_validation_in_which_nothing_plays_is_refused(begin: Begin, pair: Listed, tmp_path: Path) -> None:
    guitar = plucks(20, seed=7)
    for held in range(round(1.75 * 16_000), len(guitar), 2 * 16_000):  # a quarter of a second of every two
        guitar[held - 1_600 : held + 4_000 + 1_600] = 0.0
    written(pair.clean, guitar)
    written(pair.amp, np.tanh(4 * guitar))
    with pytest.raises(ConfigError, match=r"held back to validate on: it peaks at silence; .* --validate CLEAN.wav"):
        begin()
    assert not (tmp_path / "run").exists()


def test_a_take_to_validate_on_needs_the_knobs_of_the_pairs(pair: Listed, tmp_path: Path) -> None:
    asked = Asked(
        [pair._replace(knobs={"gain": 0.0}), pair._replace(knobs={"gain": 1.0})],
        tmp_path / "amp.json", tmp_path / "run", validation=[pair],
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"amp.wav is to be .* position of gain; expected --validate gain=0..1:"):
        started(asked, lambda _line: None)
