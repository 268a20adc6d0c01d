"""The surveys that were made on this machine, as `pedal latency --history` lists them."""

import json
from typing import TYPE_CHECKING

from pedal.cli.notes import note, rows, show

if TYPE_CHECKING:
    from pedal.measure.latency.findings import Survey


def present(as_json: bool) -> int:
    """List them, the oldest first; 1 where there is none."""
    from pedal.cli.surveyed import figures
    from pedal.config import places
    from pedal.measure.latency import history

    path = places().state / history.NAME
    kept = history.read(path)
    if kept.damaged:
        count = "a line" if kept.damaged == 1 else f"{kept.damaged} lines"
        others = "the others are shown" if kept.surveys else "there are no others"
        note(f"{path} has {count} that cannot be read, as a pulled plug leaves them; {others}")
    if as_json:
        print(json.dumps([figures(survey) for survey in kept.surveys]))
    elif kept.surveys:
        show(rows([(survey.at[:16].replace("T", " "), _line(survey)) for survey in kept.surveys], width=18))
    elif not kept.damaged:
        note(f"nothing was measured yet: {path} has no survey")
    return 0 if kept.surveys else 1


def _line(survey: "Survey") -> str:
    chosen = next((one for one in survey.settings if one.name == survey.recommended), None)
    found = "no setting would do"
    if chosen and chosen.model:
        milliseconds = survey.milliseconds(chosen.median_frames)
        found = f"{chosen.name} {milliseconds:.2f} ms, load {chosen.model.load_p99:.0%}"
    heard = f"{survey.card}, {survey.rate_hz} Hz, {survey.model_name}"
    return f"{found}; {heard}; kernel {survey.kernel}, pedal {survey.version}"
