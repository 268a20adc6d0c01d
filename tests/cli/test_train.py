"""`pedal train`, run in this process."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pedal import wav
from pedal.cli.main import main
from pedal.model import reference
from pedal.model.formats import read
from tests.train.recorded import delayed, plucks, written

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.fit import Training  # noqa: E402

if TYPE_CHECKING:
    from tests.conftest import WriteModel

pytestmark = pytest.mark.usefixtures("places")
SMALL = ("--hidden", "6", "--epochs", "2")


@pytest.mark.usefixtures("kernels")
def test_a_model_that_the_pedal_plays_and_a_report(
    pair: tuple[str, str], train: Callable[..., tuple[int, str, str]], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    status, out, err = train(*pair, *SMALL, "--json")
    assert status == 0
    said = json.loads(out)
    assert 0.0 < said["esr"] < 1.0
    assert said["selftest_error"] < 1e-4
    assert "the amplifier comes 33 frames" in err
    for line in (1, 2):
        news = rf"epoch {line} of 2: loss \d\.\d{{4}}, ESR \d\.\d{{4}} \(of the model kept \d\.\d{{4}}\), "
        assert re.search(news + r"\d+(\.\d)? times as fast as it sounds, \d+:\d\d left\n", err)
    assert "times as fast as it sounds, 0:00 left" in err
    assert main(["models", "check", said["model"]]) == 0
    assert capsys.readouterr().out.startswith(f"accepted  {tmp_path / 'amp.json'}: NeuralPi/Proteus LSTM 6, 1 input")
    run = tmp_path / "amp.run"
    page = (run / "report.html").read_text()
    pictures = sorted(path.name for path in run.glob("*.png"))
    assert pictures == ["distortion.png", "error.png", "loss.png", "spectra.png", "waveforms.png"]
    for name in pictures:
        assert f'src="{name}"' in page
        with Image.open(run / name) as image:
            assert min(image.size) > 300
    target, prediction, error = (wav.read(run / f"{name}.wav").channel() for name in ("target", "prediction", "error"))
    np.testing.assert_allclose(target - prediction, error, atol=1e-6)
    assert np.sum(error**2) / np.sum(target**2) == pytest.approx(said["esr"], rel=1e-3)
    assert said["verdict"][:10] in page
    assert re.search(r"<th>worst at</th><td>(\d+\.\d s, )*\d+\.\d s of target\.wav</td>", page)


def test_where_no_epoch_is_better_what_it_began_with_is_kept_and_all_is_said(
    pair: tuple[str, str], train: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Training, "_learn", lambda _self, _chosen: [(1.0, np.inf)])
    status, out, err = train(*pair, *SMALL)
    assert status == 0
    assert err.count("gradients overflowed: back to the best so far, and on with half the rate") == 1
    assert "no epoch was better than what it began with, which is kept" in err
    page = (tmp_path / "amp.run" / "report.html").read_text()
    assert "the best is what it began with" in page
    assert "1 times, as gradients overflowed" in page
    esr = read(tmp_path / "amp.run" / "best.json").esr
    assert esr is not None
    assert f": ESR {esr:.4f}: " in out


def test_a_knob_is_learnt_from_several_pairs(
    train: Callable[..., tuple[int, str, str]], tmp_path: Path, pair: tuple[str, str]
) -> None:
    louder = written(tmp_path / "more.wav", np.tanh(12 * plucks(12)))
    (tmp_path / "pairs.toml").write_text(f'[[pair]]\nclean = "clean.wav"\namp = "{louder}"\nknobs = {{ gain = 1.0 }}\n')
    words = ("--pair", f"gain=0:{pair[0]}:{pair[1]}", str(tmp_path / "pairs.toml"), "--unit", "gru")
    assert train(*words, *SMALL)[0] == 0
    model = read(tmp_path / "amp.json")
    assert (model.cell, model.inputs, [knob.name for knob in model.knobs]) == ("gru", 2, ["gain"])
    assert model.trained_from == "amp.wav, more.wav"


@pytest.mark.parametrize(("minutes", "trained"), [("20", 20 - 1 / 6), ("0.5", 0.45)])
def test_of_the_minutes_some_are_left_for_the_report(
    minutes: str, trained: float, train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    assert train(*pair, "--hidden", "4", "--epochs", "1", "--minutes", minutes)[0] == 0
    assert json.loads((tmp_path / "amp.run" / "run.json").read_bytes())["minutes"] == pytest.approx(trained)


def test_another_take_to_validate_on_and_a_delay_that_is_known(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    guitar = plucks(12, seed=8)
    clean = written(tmp_path / "other.wav", guitar)
    amp = written(tmp_path / "otheramp.wav", delayed(np.tanh(4 * guitar), 40))
    status, out, err = train(*pair, *SMALL, "--delay", "33", "--validate", f"{clean}:{amp}", "--json")
    assert status == 0
    assert "amp.wav: delay: the amplifier comes 33 frames (2.06 ms) after the guitar, by what was given (33 by" in err
    assert re.search(r"\bamp\.wav: length: .*; play longer", err)
    assert "otheramp.wav: length" not in err
    assert "otheramp.wav: delay: the amplifier comes 33 frames (2.06 ms) after the guitar, by what was given (40" in err
    target = wav.read(tmp_path / "amp.run" / "target.wav").channel()
    # Seven samples too late, as was asked for; the first passage begins a lead after the take.
    begins = 4_096 + 33
    np.testing.assert_allclose(target[:20_000], delayed(np.tanh(4 * guitar), 40)[begins:][:20_000], atol=1e-6)
    assert json.loads(out)["esr"] > 0.0


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training in which nothing is learnt: what it begins with is what comes of it."""
    monkeypatch.setattr(Training, "_learn", lambda _self, _chosen: [(1.0, 1.0)])


def assert_started_from(origin: Path, found: Path) -> None:
    wanted, model = read(origin), read(found)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "dense_weight", "dense_bias"):
        np.testing.assert_array_equal(getattr(model, name), getattr(wanted, name))


@pytest.mark.usefixtures("still")
def test_a_model_that_is_named_is_started_from(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path, write_model: "WriteModel"
) -> None:
    origin = write_model("other", rate_hz=16_000)
    status, _, err = train(*pair, "--epochs", "1", "--from", str(origin))
    assert status == 0
    assert "starting from other, 8 units\n" in err
    assert_started_from(origin, tmp_path / "amp.json")


@pytest.mark.usefixtures("still")
def test_the_nearest_model_of_the_folder_is_started_from(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], places: Path, tmp_path: Path,
    write_model: "WriteModel",
) -> None:  # fmt: skip
    models = places / "state" / "models"
    models.mkdir(parents=True)
    for seed in (1, 2, 3):
        write_model(f"m{seed}", seed=seed, rate_hz=16_000).rename(models / f"m{seed}.json")
    heard = reference.run(read(models / "m2.json"), wav.read(Path(pair[0])).channel())[0]
    written(tmp_path / "amp.wav", 3.0 * delayed(heard.astype(np.float64), 33))
    status, _, err = train(*pair, "--epochs", "1", "--from", "auto")
    assert status == 0
    assert re.search(r"of 3 models m2 is nearest: ESR 0\.\d+ as it is, before m[13] with 0\.\d+\n", err)
    assert_started_from(models / "m2.json", tmp_path / "amp.json")


def test_a_library_that_has_nothing_to_start_from_is_no_obstacle(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], places: Path, write_model: "WriteModel",
    tmp_path: Path,
) -> None:  # fmt: skip
    models = places / "state" / "models"
    models.mkdir(parents=True)
    status, _, err = train(*pair, *SMALL, "--from", "auto", "--run", str(tmp_path / "one"))
    assert status == 0
    assert "no model of the library can be started from; starting from nothing" in err
    silent = json.loads(write_model("silent", rate_hz=16_000).read_text())
    silent["state_dict"]["lin.weight"] = [[0.0] * 8]
    (models / "silent.json").write_text(json.dumps({**silent, "model_data": {**silent["model_data"], "skip": 0}}))
    status, _, err = train(*pair, "--epochs", "1", "--from", "auto", "--run", str(tmp_path / "two"))
    assert status == 0
    assert "that is hardly nearer than silence; starting from nothing" in err


def test_what_is_asked_is_what_is_planned(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    pairs = [f"--pair=gain={at},tone={1 - at}:{pair[0]}:{pair[1]}" for at in (0, 1)]
    size = ("--hidden", "4", "--epochs", "1", "--knob", "tone", "--run", str(tmp_path / "mine"), "--device", "cpu")
    words = ("--schedule", "plateau", "--seed", "3", "--emphasis", "low-passed", "--stft", "0.25")
    assert train(*pairs, *size, *words)[0] == 0
    plan = json.loads((tmp_path / "mine" / "run.json").read_bytes())
    settings = plan["settings"]
    assert (plan["hidden"], plan["knobs"], plan["device"]) == (4, ["tone"], "cpu")
    assert [settings[name] for name in ("epochs", "schedule", "seed")] == [1, "plateau", 3]
    assert (settings["loss"]["emphasis"], settings["loss"]["stft"]) == ("low-passed", 0.25)


@pytest.mark.parametrize(
    ("out", "run"), [("amp.json", "amp.json"), ("mine/amp.json", "mine"), ("amp.json", "amp.json/run")]
)
def test_a_model_in_the_way_of_its_run_is_refused_before_training(
    out: str, run: str, pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["train", *pair, *SMALL, "-o", out, "--run", run]) == 1
    assert "are in each other's way; expected neither in the other" in capsys.readouterr().err
    assert not (tmp_path / "amp.run").exists()


def test_an_amplifier_that_cannot_be_learnt_is_said_after_some_epochs(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    sound = wav.read(Path(pair[1])).channel()
    hum = 0.4 * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / 16_000)
    written(tmp_path / "amp.wav", 0.3 * sound + hum)
    status, _, err = train(*pair, "--hidden", "4", "--epochs", "9")
    assert status == 0
    assert err.count("after 8 epochs the ESR is still 0.") == 1
    assert "look at `pedal pair check`" in err


def test_a_recording_with_a_spike_is_learnt_and_its_gradient_is_in_the_report(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    usual = json.loads(train(*pair, *SMALL, "--json", "--run", str(tmp_path / "usual"))[1])["esr"]
    sound = wav.read(Path(pair[1])).channel().astype(np.float64)
    sound[len(sound) // 4] = 3.9
    written(tmp_path / "amp.wav", sound)
    status, out, _ = train(*pair, *SMALL, "--json")
    assert status == 0
    assert json.loads(out)["esr"] < 1.2 * usual
    log = [json.loads(line) for line in (tmp_path / "amp.run" / "log.jsonl").read_text().splitlines()]
    largest = max(line["gradient"] for line in log)
    assert largest > 1.0
    assert f"{largest:.3g}, cut to 1" in (tmp_path / "amp.run" / "report.html").read_text()


@pytest.mark.parametrize(("frames", "taken"), [(36, 31), (60, 58)])
def test_delays_of_one_chain_that_are_found_nearly_alike_are_one(
    frames: int, taken: int, train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    guitar = wav.read(Path(pair[0])).channel()
    more, other = (
        written(tmp_path / f"{name}.wav", delayed(np.tanh(drive * guitar), frames))
        for name, drive in (("more", 12), ("other", 8))
    )
    words = ("--pair", f"gain=0:{pair[0]}:{pair[1]}", "--pair", f"gain=1:{pair[0]}:{more}")
    status, _, err = train(*words, "--validate", f"gain=0.5:{pair[0]}:{other}", *SMALL)
    assert status == 0
    for name in ("more", "other"):
        said = f"{name}.wav: delay: {frames - 2} frames were found, {taken} are taken out, as one chain has one delay"
        assert (said in err) == (taken != frames - 2)
    plan = json.loads((tmp_path / "amp.run" / "run.json").read_bytes())
    assert [one["delay_frames"] for one in (*plan["pairs"], *plan["validation"])] == [31, taken, taken]
    assert main(["train", "--resume", str(tmp_path / "amp.run")]) == 0


@pytest.mark.usefixtures("still")
def test_the_nearest_is_sought_at_the_position_of_the_amplifiers_knob(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], places: Path, tmp_path: Path,
    write_model: "WriteModel",
) -> None:  # fmt: skip
    models = places / "state" / "models"
    models.mkdir(parents=True)
    write_model("amp", rate_hz=16_000, knobs=("Gain",)).rename(models / "knob.json")
    guitar, pairs = wav.read(Path(pair[0])).channel(), []
    for at in (0.0, 1.0):
        sound = reference.run(read(models / "knob.json"), guitar, [at])[0]
        amp = written(tmp_path / f"{at:g}.wav", sound.astype(np.float64))
        pairs.append(f"--pair=gain={at:g}:{pair[0]}:{amp}")
    status, _, err = train(*pairs, "--epochs", "1", "--from", "auto", "--delay", "0")
    assert status == 0
    assert "of 1 models knob is nearest: ESR 0.000 as it is\n" in err


def test_an_end_before_the_last_epoch_is_said(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def validate(self: Training) -> tuple[float, float]:
        self.best_epoch, self.waited = 1, 25
        return 1.0, 0.5

    monkeypatch.setattr(Training, "validate", validate)
    status, _, err = train(*pair, "--hidden", "4", "--epochs", "40")
    assert status == 0
    assert "ended after epoch 1 of 40: 25 in a row were no better than the best" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no recordings were given"),
        (["a.wav"], "1 recording was given; expected CLEAN.wav AMP.wav"),
        (["a.wav", "b.wav"], "recording a.wav is missing"),
        (["--pair", "a.wav:b.wav"], "expected NAME=0..1"),
        (["--pair", "g=0:a.wav:b.wav", "a.wav", "b.wav"], "2 recordings were given beside --pair; expected CLEAN"),
        (["a.wav", "b.wav", "--from", "nobody"], "model 'nobody' is neither a file nor in"),
    ],
)
def test_what_was_forgotten_is_said(words: list[str], said: str, train: Callable[..., tuple[int, str, str]]) -> None:
    status, _, err = train(*words)
    assert status == 1
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "-o is missing; expected -o MODEL.json"), (["-o", "amp.wav"], "-o is amp.wav; expected the name of a model")],
)
def test_where_the_model_goes_is_to_be_said(
    words: list[str], said: str, pair: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *pair, *words]) == 1
    assert said in capsys.readouterr().err


def test_what_training_needs_is_said(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pedal.cli.train.find_spec", lambda name: None if name == "torch" else name)
    status, _, err = train(*pair)
    assert status == 1
    assert "training needs torch, not installed here; pip install 'pedal[train]', and for torch's smaller" in err


def test_guitars_of_two_rates_are_named(
    train: Callable[..., tuple[int, str, str]], pair: tuple[str, str], tmp_path: Path
) -> None:
    other = written(tmp_path / "other.wav", plucks(12, rate_hz=22_050), 22_050)
    pairs = [f"--pair=gain={at}:{one}:{two}" for at, (one, two) in enumerate((pair, (other, other)))]
    status, _, err = train(*pairs, *SMALL)
    assert status == 1
    assert "sample rates of 16000 Hz (clean.wav) and 22050 Hz (other.wav); export all at one" in err
