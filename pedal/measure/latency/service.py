"""The measuring service, `python -m pedal.measure.latency.service`: does what is asked for in the run folder.

The unit pedal-latency.service runs it while the engine is stopped, and brings that back whatever this ends by.
"""

import signal
import sys
from contextlib import closing
from pathlib import Path

from pedal.config import Config, Places, is_installed, load, places, playable
from pedal.engine.alsa import AlsaCard
from pedal.errors import ConfigError, PedalError
from pedal.kernel.library import Library, library_path
from pedal.link import engine_lock
from pedal.measure.latency import history
from pedal.measure.latency.request import Line, Reporter, Request, is_meant, taken
from pedal.measure.latency.survey import Bench, Plan, Progress, Surveyor
from pedal.measure.latency.take import MOST_XRUNS
from pedal.model.library import name_of
from pedal.model.loaded import load as load_model

MARGIN_S = 60
"""Beyond what a start may take, before it is thought to hang."""


class Unwanted(PedalError):
    """Whoever asked has gone."""


def main(where: Places, installed: bool) -> int:
    """Measure, and report; 0 also where the report is that nothing could be measured."""
    request = taken(where.run)
    with closing(Reporter(where.run)) as reporter:

        def tell(progress: Progress) -> None:
            if not is_meant(where.run):
                raise Unwanted("whoever asked for this measurement has gone")
            signal.alarm(_longest_s(request.plan))
            reporter.say(Line(progress=progress))

        try:
            config, faults = _config(request, where, installed)
            for fault in faults:
                reporter.say(Line(note=fault))
            model = load_model(Path(request.model))
            library = Library(library_path(where.kernels))
            bench = Bench(config, library, model.model, name_of(model.path), AlsaCard)
            with engine_lock(where.run):
                survey = Surveyor(request.plan, bench, tell).survey()
            if fault := history.keep(where.state / history.NAME, survey):
                reporter.say(Line(note=fault))
        except Unwanted as error:
            sys.stderr.write(f"pedal latency: {error}\n")
        except (PedalError, OSError) as error:
            reporter.say(Line(refused=str(error)))
        else:
            reporter.say(Line(survey=survey))
    return 0


def _longest_s(plan: Plan) -> int:
    """After so long a start hangs, as on a frozen card: then the alarm ends this process, and the engine comes back."""
    return MARGIN_S + int((MOST_XRUNS + 1) * (plan.seconds + 2.0))


def _config(request: Request, where: Places, installed: bool) -> tuple[Config, list[str]]:
    """As the engine takes it: a file that was named whole, the player's own as far as it goes.

    Raises:
        ConfigError: an installed pedal is to read one of anybody's, in which a name for ALSA could start a program.
    """
    if not request.config:
        return playable(where.config)
    named, folder = Path(request.config), where.config.parent
    if installed and named.parent != folder:
        raise ConfigError(
            f"configuration {named} is not in {folder}; an installed pedal measures with none from elsewhere"
        )
    return load(named), []


if __name__ == "__main__":
    try:
        sys.exit(main(places(), is_installed()))
    except PedalError as error:
        sys.exit(f"pedal latency: {error}")
