"""What the commands' tests may ask for: another machine."""

from pathlib import Path

import pytest

from pedal.kernel.library import Library
from tests.cli.far import Far


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernels: Library) -> Far:
    """A machine that is reached by ssh, with an empty pedal."""
    return Far(tmp_path, monkeypatch, kernels.path.parent)
