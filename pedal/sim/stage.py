"""What is on stage before anybody plays: folders of its own, the model to begin with, the guitar and the card."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from pedal.config import Config, Places, shipped
from pedal.control import saved
from pedal.control.assignments import model_called
from pedal.control.rack import Entry, Rack
from pedal.control.saved import Saved
from pedal.control.settings import Settings
from pedal.files import replacing
from pedal.model.library import find, installed, seed


class Stage(NamedTuple):
    """All that a simulated pedal is made of."""

    where: Places
    config: Config
    settings: Settings
    rack: Rack


@contextmanager
def folders(where: Places, state: Path | None = None) -> Iterator[Places]:
    """A run folder, and a state folder where none is given, that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pedal-sim-") as name:
        yield where._replace(run=Path(name) / "run", state=state or Path(name) / "state")


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let signals that end a process raise, so that what was begun is tidied up; a second one does not disturb that."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

    def end(number: int, _frame: object) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    with ExitStack() as stack:
        for number in numbers:
            stack.callback(signal.signal, number, signal.signal(number, end))
        yield


def add_models(where: Places, wanted: str | None, may_copy: bool) -> Path | None:
    """Fill a models folder that was never there; gives the file of the wanted model, which may be copied into it.

    Raises:
        ModelError: there is no such model.
        OSError: the folder cannot be made or written to.
    """
    seed(where.models, shipped("models"))
    if wanted is None:
        return None
    if not may_copy:
        return installed(wanted, where.models)
    found = find(wanted, where.models)
    if found.parent != where.models:
        found = Path(shutil.copy(found, where.models))
    return found


def begin_with(where: Places, rack: Rack, file: Path | None) -> Entry | None:
    """Have the pedal remember this model as the one it played last; without a file, what it remembers, or the first.

    Raises:
        ConfigError: the model is refused, or left out of the set list.
        OSError: the state folder cannot be written to.
    """
    remembered = saved.read(where.saved).saved
    entry: Entry | None
    if file is not None:
        entry = model_called(file.name, rack)
    else:
        playable = [entry for entry in rack.entries if not entry.refused]
        entry = next((entry for entry in playable if entry.name == remembered.model), next(iter(playable), None))
    if entry is not None and entry.name != remembered.model:
        kept = Saved(entry.name, remembered.model, remembered.bypass, remembered.boost, remembered.settings)
        with replacing(where.saved) as temporary:
            temporary.write_bytes(saved.encode(kept))
    return entry
