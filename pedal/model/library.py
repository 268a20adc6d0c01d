"""The models folder: what is in it, which file a name means, and the word a file is known by. Standard library only."""

import difflib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from pedal.errors import ModelError

ENDINGS = (".json", ".aidax", ".nam")
MARKS = (".neuralpi", ".proteus", ".aidax")
"""What collections put before `.json`; no part of a model's name."""


NONE = "none"
"""Asks for no model where a name could stand; no model is called so."""


def word_of(data: bytes) -> int:
    """The model word of a file: the first 8 bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big")


def seed(folder: Path, shipped: Path) -> None:
    """Fill the models folder with the shipped models, once: a folder that exists is left alone, even an empty one.

    Raises:
        OSError: a shipped model cannot be read, or the folder cannot be made; it names which.
    """
    if folder.exists() or not shipped.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    contents = {path.name: path.read_bytes() for path in files(shipped)}
    half_filled = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, data in contents.items():
            (half_filled / name).write_bytes(data)
        half_filled.chmod(0o755)
        os.sync()
        half_filled.rename(folder)
    except OSError as error:
        if not folder.exists():  # where it does, another process was quicker
            raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        shutil.rmtree(half_filled, ignore_errors=True)


def files(folder: Path) -> list[Path]:
    """The model files in the folder, in the order of their names; none where there is no folder.

    Raises:
        ModelError: the folder cannot be read.
    """
    try:
        found = [path for path in folder.iterdir() if is_model(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ModelError(f"the models folder {folder} cannot be read: {error.strerror}") from error
    return sorted(found, key=lambda path: (name_of(path).casefold(), path.name))


def is_model(name: str) -> bool:
    """Whether a file of that name is taken for a model."""
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def name_of(path: Path) -> str:
    """What a player calls the file: its name without endings, TS9_FullD for TS9_FullD.neuralpi.json."""
    name = path.stem
    mark = Path(name).suffix
    return name.removesuffix(mark) if mark.lower() in MARKS else name


def find(wanted: str, folder: Path) -> Path:
    """The model file that is wanted: a path to a file, or the name of one in the models folder; capitals do not matter.

    Raises:
        ModelError: there is none, or more than one; the text says which there are.
    """
    if os.path.isfile(wanted):
        return Path(wanted)
    candidates = files(folder)
    if (found := _called(wanted, candidates)) is None:
        raise ModelError(f"model {wanted!r} is neither a file nor in {folder}; {hint(wanted, candidates)}")
    return found


def installed(wanted: str, folder: Path) -> Path:
    """The file of the models folder that is wanted, by its name or by any path that leads to it.

    Raises:
        ModelError: the folder has none, or more than one; a file that lies elsewhere is refused.
    """
    candidates = files(folder)
    if not os.path.isfile(wanted):
        return find(wanted, folder)
    real = os.path.realpath(wanted)
    inside = next((path for path in candidates if os.path.realpath(path) == real), None) or _called(wanted, candidates)
    if inside is None:
        ending = "" if Path(wanted).suffix.lower() in ENDINGS else f" under a name that ends in {' or '.join(ENDINGS)}"
        raise ModelError(
            f"model {wanted!r} is not a model of the models folder; copy it into {folder}{ending} first, then set it "
            "by its name"
        )
    return inside


def hint(wanted: str, candidates: list[Path]) -> str:
    """Which of the files they may have meant, by the names."""
    names = {name_of(path).casefold(): name_of(path) for path in candidates}
    close = difflib.get_close_matches(Path(wanted).name.casefold(), names, 3)
    if close:
        return f"did you mean {' or '.join(names[name] for name in close)}?"
    return f"expected one of {', '.join(names.values())}" if names else "that folder holds none"


def _called(wanted: str, candidates: list[Path]) -> Path | None:
    """The one of that name, with its endings or without; None where there is none.

    Raises:
        ModelError: there is more than one.
    """
    for called in (lambda path: path.name, name_of):
        found = [path for path in candidates if called(path).casefold() == wanted.casefold()]
        exact = [path for path in found if called(path) == wanted]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            raise ModelError(
                f"model {wanted!r} could be {' or '.join(path.name for path in found)}; name the whole file"
            )
    return None
