"""The models folder: seeded once, listed, and names found in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import ModelError
from pedal.model import library


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name in ("Overdrive.json", "clean.neuralpi.json", "Lead.aidax", "notes.txt", ".hidden.json"):
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def folder(tmp_path: Path, shipped: Path) -> Path:
    library.seed(tmp_path / "state" / "models", shipped)
    return tmp_path / "state" / "models"


def test_a_new_folder_gets_the_shipped_models(folder: Path, shipped: Path) -> None:
    found = library.files(folder)
    assert [path.name for path in found] == ["clean.neuralpi.json", "Lead.aidax", "Overdrive.json"]
    assert all(path.read_bytes() == (shipped / path.name).read_bytes() for path in found)
    assert list(folder.parent.iterdir()) == [folder]  # nothing half made beside it


def test_it_is_seeded_once(folder: Path, shipped: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    library.seed(folder, shipped)
    assert library.files(folder) == []


def test_without_shipped_models_nothing_is_made(tmp_path: Path) -> None:
    library.seed(tmp_path / "models", tmp_path / "absent")
    assert not (tmp_path / "models").exists()
    assert library.files(tmp_path / "models") == []


def test_a_folder_that_cannot_be_made_is_no_half_folder(tmp_path: Path, shipped: Path) -> None:
    (shipped / "broken.json").symlink_to("nowhere")
    with pytest.raises(OSError, match=r"No such file or directory: '.*/broken.json'"):
        library.seed(tmp_path / "state" / "models", shipped)
    assert list((tmp_path / "state").iterdir()) == []


SEED = """
import resource
import sys
from pathlib import Path
from pedal.model import library


def interrupted(event, arguments):
    if event == "open" and "/.models." in str(arguments[0]) and "w" in str(arguments[1]):
        raise KeyboardInterrupt


if sys.argv[3] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
else:
    sys.addaudithook(interrupted)
try:
    library.seed(Path(sys.argv[1]), Path(sys.argv[2]))
except OSError as error:
    print(error.filename, error.strerror)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(("fault", "said"), [("full", "{folder} File too large"), ("ctrl-c", "interrupted")])
def test_seeding_that_ends_early_leaves_nothing(tmp_path: Path, shipped: Path, fault: str, said: str) -> None:
    """No file may grow, which stands for a full disk; or Ctrl-C comes as the first copy is opened."""
    folder = tmp_path / "state" / "models"
    done = subprocess.run(
        [sys.executable, "-c", SEED, folder, shipped, fault], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == said.format(folder=folder) + "\n"
    assert list(folder.parent.iterdir()) == []


def test_files_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("lead-drive.json", "lead.neuralpi.json", "Lead-bass.nam"):
        (tmp_path / name).touch()
    assert [library.name_of(path) for path in library.files(tmp_path)] == ["lead", "Lead-bass", "lead-drive"]


def test_an_installed_model_is_one_of_the_folder(folder: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in ("overdrive", "Overdrive.json", str(folder / "Overdrive.json"), f"{folder}/../models/Overdrive.json"):
        assert library.installed(wanted, folder) == folder / "Overdrive.json"
    with pytest.raises(ModelError, match=f"is not a model of the models folder; copy it into {folder} first, then"):
        library.installed(str(shipped / "Overdrive.json"), folder)
    with pytest.raises(ModelError, match=r"under a name that ends in .json or .aidax or .nam first"):
        library.installed(str(shipped / "notes.txt"), folder)
    with pytest.raises(ModelError, match="did you mean Overdrive"):
        library.installed("Overdrv", folder)
    monkeypatch.chdir(shipped)  # a name is the folder's, whatever lies here
    assert library.installed("Overdrive.json", folder) == folder / "Overdrive.json"


@pytest.mark.parametrize(
    ("wanted", "file"),
    [
        ("Overdrive", "Overdrive.json"),
        ("overdrive.JSON", "Overdrive.json"),
        ("clean", "clean.neuralpi.json"),
        ("LEAD", "Lead.aidax"),
    ],
)
def test_names_are_found_whatever_their_capitals(folder: Path, wanted: str, file: str) -> None:
    assert library.find(wanted, folder) == folder / file


def test_a_path_is_a_path(folder: Path, shipped: Path) -> None:
    assert library.find(str(shipped / "notes.txt"), folder) == shipped / "notes.txt"


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ("overdrve", r"model 'overdrve' is neither a file nor in .*; did you mean Overdrive\?"),
        ("zzz", "expected one of clean, Lead, Overdrive"),
        ("", "expected one of"),
        ("../shipped/Overdrve.json", "neither a file nor in"),
        ("a\n\0b", r"model 'a\\n\\x00b' is"),
    ],
)
def test_a_name_that_is_not_there_gets_the_candidates(folder: Path, wanted: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault) as refusal:
        library.find(wanted, folder)
    assert str(refusal.value).isprintable()


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="that folder holds none"):
        library.find("x", tmp_path)


def test_a_name_of_two_files_is_not_guessed(folder: Path) -> None:
    (folder / "clean.nam").write_bytes(b"")
    with pytest.raises(
        ModelError, match=r"model 'clean' could be clean.nam or clean.neuralpi.json; name the whole file"
    ):
        library.find("clean", folder)
    assert library.find("clean.nam", folder) == folder / "clean.nam"
    (folder / "CLEAN.json").write_bytes(b"")
    assert library.find("CLEAN", folder) == folder / "CLEAN.json"


def test_names_can_be_listed_without_numpy() -> None:
    """Control lists and finds them, and has no time to import it."""
    script = "import sys; from pedal.model import library; print('numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
