"""From what was asked to a run that can begin: recordings checked, a net drawn or taken from another model."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from pedal.errors import ConfigError, ModelError
from pedal.measure.finding import Mark
from pedal.measure.level import dbfs, spoken
from pedal.model.formats import read as read_model
from pedal.model.library import name_of
from pedal.model.model import Cell
from pedal.train.check import ENOUGH, examine, refusals
from pedal.train.data import Data
from pedal.train.fit import Settings
from pedal.train.net import Net
from pedal.train.pairs import Listed, knobs
from pedal.train.run import VERSION, Clock, File, Plan, Run, Source, device, digest, gathered
from pedal.train.take import SILENT_DBFS, Take, read
from pedal.train.transfer import adapted, nearest

HIDDEN = 20
FAR = 0.9
"""ESR at the best level: a model further away than this is no better a start than none."""
ONE_CHAIN_FRAMES = 8
"""By which the delay that is found of one amplifier may differ from recording to recording."""
STFT_TRUNCATION = 512
"""Samples of a step that the largest spectrum fits in."""

Tell = Callable[[str], None]
"""Takes a line for the player."""
Checked = tuple[Take, list[str]]
"""A take, and what was found of it, a line each."""


@dataclass(frozen=True)
class Asked:
    """What a player has asked for; None is left to us."""

    pairs: Sequence[Listed]
    out: Path
    folder: Path
    validation: Sequence[Listed] = ()
    """Another take to validate on, instead of an eighth of the pairs."""
    knobs: Sequence[str] = ()
    cell: Cell | None = None
    hidden: int | None = None
    origin: Path | None = None
    """The model to start from."""
    library: Sequence[Path] | None = None
    """The models of which the nearest is started from."""
    settings: Settings = field(default_factory=Settings)
    minutes: float | None = None
    """From the start to the end of the last epoch."""
    device: str = "auto"


def started(asked: Asked, tell: Tell, began: float | None = None, clock: Clock = time.monotonic) -> Run:
    """A run whose folder is there and which has not trained yet; `began` as a `Run` has it.

    Raises:
        ConfigError: the pairs, the settings or the folder do not allow it.
        AudioFileError: a recording cannot be read.
        ModelError: the model to start from cannot be read, or be made what is wanted; or the pedal would refuse what
            is to be trained.
    """
    began = clock() if began is None else began
    for path in (path for pair in (*asked.pairs, *asked.validation) for path in (pair.clean, pair.amp)):
        if asked.out.exists() and path.exists() and asked.out.samefile(path):
            raise ConfigError(f"the model would replace recording {path}; expected another file: -o MODEL.json")
    names = knobs(asked.pairs, asked.knobs)
    for pair in asked.validation:
        if missing := [name for name in names if name not in pair.knobs]:
            raise ConfigError(
                f"{pair.amp} is to be validated on, without a position of {', '.join(missing)}; expected "
                f"--validate {','.join(f'{name}=0..1' for name in names)}:{pair.clean}:{pair.amp}"
            )
    takes = [_checked(pair, tell) for pair in asked.pairs]
    unheard = [_checked(pair, tell, learnt=False) for pair in asked.validation]
    if estimated := [take.delay for take, _ in takes if _is_estimated(take)]:
        takes, unheard = ([_near(one, min(estimated), tell) for one in part] for part in (takes, unheard))
    rate_hz = takes[0][0].rate_hz
    settings = replace(asked.settings, loss=replace(asked.settings.loss, rate_hz=rate_hz))
    if settings.loss.stft and settings.truncation < STFT_TRUNCATION:
        settings = replace(settings, truncation=STFT_TRUNCATION)
    data = gathered(_placed(takes, asked.pairs), _placed(unheard, asked.validation), names, settings)
    _audible(data)
    torch.manual_seed(settings.seed)
    middle = len(takes) // 2
    positions = {name: asked.pairs[middle].knobs[name] for name in names}
    net, origin = _net(asked, names, takes[middle][0], positions, tell)
    plan = Plan(
        out=str(asked.out.resolve()),
        pairs=_sources(takes, asked.pairs),
        validation=_sources(unheard, asked.validation),
        cell=net.cell,
        hidden=net.hidden,
        skip=net.skip,
        knobs=list(names),
        rate_hz=rate_hz,
        settings=settings,
        device=device(asked.device),
        threads=torch.get_num_threads(),
        version=VERSION,
        minutes=asked.minutes,
        origin=origin,
        origin_sha256=digest(Path(origin)) if origin else "",
    )
    run = Run(asked.folder, plan, net, data, began, clock)
    run.begin()
    return run


def _checked(pair: Listed, tell: Tell, learnt: bool = True) -> Checked:
    """The take and what was found of it; those lines are told that may be a fault.

    That it is short is none where nothing is `learnt` from it.
    """
    take = read(pair.clean, pair.amp, pair.delay)
    found = examine(take)
    if faults := refusals(found):
        raise ConfigError(f"{pair.clean} and {pair.amp} cannot be trained on: {'; '.join(faults)}")
    lines = []
    for name, finding in found:
        expected = finding.expected and f"expected {finding.expected}"
        line = "; ".join(part for part in (f"{name}: {finding.found}", expected, finding.fix) if part)
        lines.append(line)
        if (finding.mark is Mark.WARNING and (learnt or finding.expected != ENOUGH)) or name == "delay":
            tell(f"{pair.amp.name}: {line}")
    return take, lines


def _is_estimated(take: Take) -> bool:
    """Whether its delay is neither known nor told by clicks."""
    return take.known is None and take.alignment is not None and take.alignment.by == "correlation"


def _near(checked: Checked, delay: int, tell: Tell) -> Checked:
    """With this delay, the least of all pairs, where the estimated one is near it: that one chain has.

    Else what a knob does to the sound would seem to move the amplifier in time.
    """
    take, lines = checked
    if not _is_estimated(take) or not 0 < abs(take.delay - delay) <= ONE_CHAIN_FRAMES:
        return checked
    line = f"delay: {take.delay} frames were found, {delay} are taken out, as one chain has one delay"
    tell(f"{take.amp.path.name}: {line}")
    return replace(take, known=delay), [*lines, line]


def _audible(data: Data) -> None:
    """Refuse what no model can be measured by: the ESR of silence is not finite."""
    held = data.validation
    peak_dbfs = dbfs(float(held.target[held.lead :].abs().max()))
    if peak_dbfs <= SILENT_DBFS:
        raise ConfigError(
            f"the amplifier cannot be heard in what is held back to validate on: it peaks at {spoken(peak_dbfs)}; "
            f"expected peaks above {SILENT_DBFS:g} dBFS; name a take in which it plays: --validate CLEAN.wav:AMP.wav"
        )


def _placed(takes: Sequence[Checked], pairs: Sequence[Listed]) -> list[tuple[Take, dict[str, float]]]:
    """Each take with where its knobs stood."""
    return [(take, pair.knobs) for (take, _), pair in zip(takes, pairs, strict=True)]


def _sources(takes: Sequence[Checked], pairs: Sequence[Listed]) -> list[Source]:
    found = []
    for (take, findings), pair in zip(takes, pairs, strict=True):
        clean, amp = (File(str(path.resolve()), digest(path)) for path in (pair.clean, pair.amp))
        found.append(Source(clean, amp, dict(pair.knobs), take.delay, findings))
    return found


def _net(asked: Asked, names: Sequence[str], take: Take, at: Mapping[str, float], tell: Tell) -> tuple[Net, str]:
    """The net that training starts from, and the model that it is; none where it is drawn."""
    path = asked.origin or _nearest(asked, take, at, tell)
    if path is None:
        return Net(asked.cell or "lstm", 1 + len(names), asked.hidden or HIDDEN), ""
    try:
        net, changes = adapted(read_model(path), asked.cell, asked.hidden, names, take.rate_hz)
    except ModelError as error:
        raise ModelError(f"training cannot start from {path}: {error}") from error
    tell("; ".join((f"starting from {name_of(path)}, {net.hidden} units", *changes)))
    return net, str(path)


def _nearest(asked: Asked, take: Take, at: Mapping[str, float], tell: Tell) -> Path | None:
    if asked.library is None:
        return None
    found = nearest(asked.library, *take.aligned(), take.rate_hz, asked.cell, asked.hidden, at)
    if not found:
        tell("no model of the library can be started from; starting from nothing")
        return None
    second = f", before {name_of(found[1].path)} with {found[1].esr:.3f}" if len(found) > 1 else ""
    tell(f"of {len(found)} models {name_of(found[0].path)} is nearest: ESR {found[0].esr:.3f} as it is{second}")
    if found[0].esr > FAR:
        tell("that is hardly nearer than silence; starting from nothing")
        return None
    return found[0].path
