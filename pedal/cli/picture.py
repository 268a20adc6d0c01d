"""`--picture`: what commands see to before they measure for minutes."""

from importlib.util import find_spec
from pathlib import Path

from pedal.errors import PedalError


def check(path: Path | None) -> None:
    """See whether a picture can be drawn there, where one is wanted.

    Raises:
        PedalError: matplotlib is missing, or the name is not a PNG's.
        OSError: it cannot be written.
    """
    from pedal.files import replaceable

    if path is None:
        return
    if not find_spec("matplotlib"):
        raise PedalError(
            "a picture needs matplotlib, which is not installed here; pip install 'pedal[picture]', or use --host from "
            "a computer that has it"
        )
    replaceable(path)
    if path.suffix.lower() != ".png":
        raise PedalError(f"--picture {path} is drawn as a PNG; expected a name that ends in .png")
