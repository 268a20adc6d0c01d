"""What the commands' tests may ask for: another machine, two recordings, a training."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pedal.cli.main import main
from pedal.kernel.library import Library
from tests.cli.far import Far
from tests.train.recorded import delayed, plucks, written


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernels: Library) -> Far:
    """A machine that is reached by ssh, with an empty pedal."""
    return Far(tmp_path, monkeypatch, kernels.path.parent)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """A guitar and a soft clipper, 33 frames later."""
    guitar = plucks(12)
    clean = written(tmp_path / "clean.wav", guitar)
    return str(clean), str(written(tmp_path / "amp.wav", delayed(np.tanh(4 * guitar), 33)))


@pytest.fixture
def train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run it with -o amp.json; gives status, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        status = main(["train", *words, "-o", str(tmp_path / "amp.json")])
        return status, *capsys.readouterr()

    return call
