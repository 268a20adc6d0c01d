"""The pedal that `pedal soak` watches: the one that runs on this machine, or a simulated one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pedal.cli.notes import note, progress
from pedal.errors import LinkError

if TYPE_CHECKING:
    from pedal.config import Config, Places


class Watched(NamedTuple):
    """Where it is, and how it is configured."""

    where: "Places"
    config: "Config"
    simulated: bool
    look: Callable[[], None]
    """Keeps it going; called ten times a second."""


@contextmanager
def watched(simulated: bool) -> Iterator[Watched]:
    """The pedal that runs here; or a simulated one, where none does and none is installed.

    Raises:
        LinkError: the installed one does not run, or may not be looked at.
    """
    from pedal.cli.configured import config
    from pedal.config import is_installed, places

    where = places()
    if not simulated and _runs(where):
        yield Watched(where, config(), False, lambda: None)
        return
    if not simulated and is_installed():
        raise LinkError(
            f"no engine runs on {where.link}; start it with `sudo systemctl start pedal-engine`, or soak a simulated "
            "one with --sim"
        )
    if not simulated:
        note("no engine runs here; a simulated one is soaked")
    with _simulated(where) as pedal:
        yield pedal


def _runs(where: "Places") -> bool:
    """Whether an engine is there.

    Raises:
        LinkError: that may not be looked at.
    """
    from contextlib import closing

    from pedal.link import Link

    try:
        if not where.link.exists():
            return False
    except PermissionError as error:
        raise LinkError(f"link {where.link} cannot be looked at: {error.strerror}") from error
    with closing(Link(where.link)) as link:
        return link.engine_runs()


@contextmanager
def _simulated(where: "Places") -> Iterator[Watched]:
    """A pedal of its own in folders of its own, with the shipped models and guitar."""
    from rich.progress import SpinnerColumn, TextColumn

    from pedal import wav
    from pedal.cli.compiled import library
    from pedal.cli.configured import config as configured
    from pedal.config import shipped
    from pedal.measure.admission import admit
    from pedal.measure.render import at_rate
    from pedal.sim.background import background
    from pedal.sim.engine import integers
    from pedal.sim.stage import add_models, begin_with, folders

    kernels, config = library(), configured()
    recording = wav.read(shipped("guitar.wav"))
    guitar = integers(at_rate(recording.channel(), recording.rate_hz, config.card.rate_hz))
    with folders(where) as own:
        add_models(own, None, may_copy=True)
        with progress(SpinnerColumn(), TextColumn("{task.description}")) as bar:
            task = bar.add_task("trying the models")
            rack = admit(own, config, kernels, lambda line: bar.update(task, description=line)).rack
        begin_with(own, rack, None)
        with background(own, config, guitar, note) as pedal:
            yield Watched(own, config, True, pedal.look)
