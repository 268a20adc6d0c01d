"""What every test may ask for: the reference files, and how hard Hypothesis tries."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
    """State and run folders of one's own, by the environment; gives the folder that holds both.

    The kernels stay where they are: they are the same for every test, and take a minute to compile.
    """
    monkeypatch.setenv("PEDAL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PEDAL_RUN", str(tmp_path / "run"))
    return tmp_path
