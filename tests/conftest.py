"""What every test may ask for: the reference files, and how hard Hypothesis tries."""

import json
import os
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from hypothesis import settings

from pedal.cli.compiled import library
from pedal.kernel.library import Library

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of public models and recordings, where this machine has it ($PEDAL_REFERENCE says where)."""
    folder = Path(os.environ.get("PEDAL_REFERENCE") or REPOSITORY.parent / "shared" / "reference")
    if not (folder / "models").is_dir():
        pytest.skip(f"the reference files are not in {folder}; set PEDAL_REFERENCE to their folder")
    return folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, run and configuration folders of one's own, by the environment; gives the folder that holds them.

    The kernels stay where they are: they are the same for every test, and take a minute to compile.
    """
    monkeypatch.setenv("PEDAL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PEDAL_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture(scope="session")
def kernels() -> Library:
    """The compiled kernels of this machine, built first where there are none."""
    return library()


class WriteModel(Protocol):
    """Write a model file in the native format, with random weights that make a sound; gives its path."""

    def __call__(
        self, name: str, *, hidden: int = 8, knobs: tuple[str, ...] = (), rate_hz: int = 44_100, seed: int = 1
    ) -> Path: ...


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """Model files by the letter of the format, and nothing of the project's own writer."""

    def write(name: str, *, hidden: int = 8, knobs: tuple[str, ...] = (), rate_hz: int = 44_100, seed: int = 1) -> Path:
        rng, inputs = np.random.default_rng(seed), 1 + len(knobs)
        sizes = {"model": "SimpleRNN", "unit_type": "LSTM", "num_layers": 1, "bias_fl": True, "skip": 1}
        shapes = {
            "rec.weight_ih_l0": (4 * hidden, inputs),
            "rec.weight_hh_l0": (4 * hidden, hidden),
            "rec.bias_ih_l0": (4 * hidden,),
            "rec.bias_hh_l0": (4 * hidden,),
            "lin.weight": (1, hidden),
            "lin.bias": (1,),
        }
        weights = {key: (rng.standard_normal(shape) * 0.7 / hidden**0.5).tolist() for key, shape in shapes.items()}
        ours = {"version": 1, "name": name, "sample_rate_hz": rate_hz, "knobs": [{"name": knob} for knob in knobs]}
        path = tmp_path / f"{name}.json"
        path.write_text(
            json.dumps(
                {
                    "model_data": {**sizes, "input_size": inputs, "output_size": 1, "hidden_size": hidden},
                    "state_dict": weights,
                    "pedal": ours,
                }
            )
        )
        return path

    return write
