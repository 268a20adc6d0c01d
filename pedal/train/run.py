"""A run's folder: what was asked, how far it has come, and the models so far; to be left at any moment and taken up.

run.json says what decides the result. checkpoint.pt is everything else, replaced whole after each epoch; from it a run
goes on to the same bits, on a processor and with as many threads. log.jsonl, best.json and last.json can be made from
both. All of them are replaced, never written in place.
"""

import hashlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from pedal.errors import ConfigError, ModelError
from pedal.files import replaceable, replacing, sweep
from pedal.model.formats import decode, to_native
from pedal.model.model import Cell, Knob, Model
from pedal.train.data import Data, Recorded, gather
from pedal.train.export import labelled, loudness_dbfs
from pedal.train.fit import Epoch, Settings, Training
from pedal.train.layer import COMPILED
from pedal.train.net import Net
from pedal.train.take import Take, read

PLAN, CHECKPOINT, LOG, BEST, LAST = "run.json", "checkpoint.pt", "log.jsonl", "best.json", "last.json"
VERSION = 3
"""Of what a run's plan means: the same recordings are cut as they were when it began."""
UNBOUNDED = 100_000
"""Epochs of a run that its minutes end."""
Clock = Callable[[], float]
"""Seconds since whenever."""


class File(msgspec.Struct, frozen=True):
    """One recording, as it was when the run began."""

    path: str
    sha256: str


class Source(msgspec.Struct, frozen=True):
    """One pair."""

    clean: File
    amp: File
    knobs: dict[str, float]
    delay_frames: int
    findings: list[str]
    """What was found when it was checked, a line each."""


class Plan(msgspec.Struct, frozen=True):
    """Everything that decides what comes of a run, but for the weights it starts from."""

    out: str
    """Where the model goes."""
    pairs: list[Source]
    validation: list[Source]
    """Another take to validate on; none where a part of the pairs is held back."""
    cell: Cell
    hidden: int
    skip: bool
    knobs: list[str]
    rate_hz: int
    settings: Settings
    device: str
    threads: int
    version: int
    minutes: float | None = None
    """From the start until the last epoch ends; what was lost by stopping is not counted."""
    origin: str = ""
    """The model it started from; empty for none."""
    origin_sha256: str = ""
    """Of that model's file, as it was."""

    @property
    def name(self) -> str:
        """What the model is called."""
        return Path(self.out).stem


class Line(msgspec.Struct, frozen=True):
    """An epoch, as the log has it."""

    epoch: int
    rate: float
    loss: float
    gradient: float
    validation: float
    esr: float
    seconds: float
    """Since the end of the one before, or since the start: checking, training, validating, saving."""


class Run:
    """A training and its folder."""

    def __init__(
        self, folder: Path, plan: Plan, net: Net, data: Data, began: float | None = None, clock: Clock = time.monotonic
    ) -> None:
        """`began` is the time by the clock from which on it is counted; None for now."""
        self.folder, self.plan, self.data = folder, plan, data
        self._clock = clock
        self._since = clock() if began is None else began
        device = data.to(plan.device)
        self.training = Training(net.to(plan.device), device.training, device.validation, plan.settings)
        if plan.minutes is not None and plan.settings.epochs >= UNBOUNDED:
            # Until it is known how many fit: a hundredth of UNBOUNDED would be a thousand epochs of rising rate.
            self.training.plan(Settings.epochs)
        self.log: list[Line] = []
        self._exported = -1

    @property
    def seconds(self) -> float:
        """From the start to the end of the last epoch, what was there before it was resumed counted too."""
        return sum(line.seconds for line in self.log)

    @property
    def seconds_left(self) -> float:
        """Until all epochs are trained, at the speed so far; before the first, not a number."""
        if not self.log:
            return float("nan")
        left = (self.training.epochs - self.training.epoch) * self._epoch_s
        return left if self.plan.minutes is None else min(left, 60.0 * self.plan.minutes - self.seconds)

    @property
    def done(self) -> bool:
        """Whether all is trained: the epochs, as many as fit into the minutes, or the patience."""
        return self.training.done

    @property
    def _epoch_s(self) -> float:
        """What one takes: not the mean, as the first is counted from the start."""
        return statistics.median(line.seconds for line in self.log)

    def begin(self) -> None:
        """Make the folder.

        Raises:
            ConfigError: it holds a run already, or something that is not ours and that a report might replace.
            ModelError: the pedal would refuse the model.
        """
        if (self.folder / PLAN).exists():
            raise ConfigError(
                f"run folder {self.folder} holds a run; go on with --resume {self.folder}, or name another with --run"
            )
        sweep(self.folder)
        names = sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []
        if others := [name for name in names if name != CHECKPOINT]:  # which a beginning that was cut off leaves
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            raise ConfigError(
                f"run folder {self.folder} holds {others[0]}{more}, and no run; expected an empty folder or a new one: "
                "name another with --run"
            )
        try:
            decode(to_native(self._best()), self.plan.out)
        except ModelError as error:
            raise ModelError(f"training is not begun, as the pedal would refuse its model: {error}") from error
        self._save()
        self._put(PLAN, msgspec.json.format(msgspec.json.encode(self.plan)))

    def epoch(self, tell: Callable[[float], None] = lambda _share: None) -> Line:
        """Train one, see how many more fit into the minutes, and save it."""
        found: Epoch = self.training.run_epoch(tell)
        now = self._clock()
        line = Line(*found, now - self._since)
        self._since = now
        self.log.append(line)
        if self.plan.minutes is not None:
            left = 60.0 * self.plan.minutes - self.seconds
            fit = self.training.epoch + max(0, int(left / max(self._epoch_s, 1e-9)))
            self.training.plan(min(fit, self.plan.settings.epochs))
        self._save()
        return line

    def restore(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            ConfigError: it is missing or damaged.
        """
        path = self.folder / CHECKPOINT
        try:
            state = torch.load(path, map_location=self.plan.device, weights_only=True)
            state["training"]["order"] = state["training"]["order"].cpu()
            self.training.restore(state["training"])
            self.log = [Line(*line) for line in state["log"]]
        except Exception as error:  # torch raises what it likes
            raise ConfigError(
                f"checkpoint {path} is missing or damaged ({type(error).__name__}); start again, with --from "
                f"{self.folder / BEST} where that is there"
            ) from error

    def best(self) -> Model:
        """The best epoch's model, with everything that is to be said of it."""
        loudness = loudness_dbfs(self.net(self.training.best), self.plan.rate_hz)
        return replace(self._best(), loudness_dbfs=loudness)

    def _best(self) -> Model:
        return self._model(self.training.best, self.training.best_esr if self.training.epoch else None)

    def net(self, weights: Mapping[str, Tensor]) -> Net:
        """A net of these weights, on the processor."""
        net = Net(self.plan.cell, 1 + len(self.plan.knobs), self.plan.hidden, self.plan.skip)
        net.load_state_dict({name: values.cpu() for name, values in weights.items()})
        return net

    def _model(self, weights: Mapping[str, Tensor], esr: float | None) -> Model:
        knobs = tuple(Knob(name) for name in self.plan.knobs)
        names = ", ".join(dict.fromkeys(Path(pair.amp.path).name for pair in self.plan.pairs))
        net = self.net(weights)
        return labelled(net, self.plan.rate_hz, knobs, self.plan.name, esr, names, self.data.validation)

    def _save(self) -> None:
        """The checkpoint last: what it lacks can be made from it, and not the other way round."""
        if self.log and self.training.best_epoch != self._exported:
            self._put(BEST, to_native(self._best()))
            self._exported = self.training.best_epoch
        if self.log:
            last = self._model(self.training.averaged.state_dict(), self.log[-1].esr)
            self._put(LAST, to_native(last))
            self._put(LOG, b"".join(msgspec.json.encode(line) + b"\n" for line in self.log))
        with replacing(self.folder / CHECKPOINT) as temporary:
            log = [[getattr(line, name) for name in Line.__struct_fields__] for line in self.log]
            torch.save({"training": self.training.state(), "log": log}, temporary)

    def _put(self, name: str, content: bytes) -> None:
        with replacing(self.folder / name) as temporary:
            temporary.write_bytes(content)


def resumed(folder: Path, began: float | None = None, clock: Clock = time.monotonic) -> Run:
    """The run in a folder, as it was after its last whole epoch; `began` as a `Run` has it.

    Raises:
        ConfigError: see `planned`; or its device is not there, or a recording is no longer what it was.
        OSError: its model can no longer be written to where it was to go.
    """
    began = clock() if began is None else began
    path, plan = folder / PLAN, planned(folder)
    sweep(folder)
    replaceable(Path(plan.out))
    try:
        device(plan.device)
    except ConfigError as error:
        raise ConfigError(f"run {path} cannot go on here: {error} in a new run, with --from {folder / BEST}") from error
    learnt, unheard = ([(_again(pair), pair.knobs) for pair in part] for part in (plan.pairs, plan.validation))
    torch.set_num_threads(plan.threads)
    net = Net(plan.cell, 1 + len(plan.knobs), plan.hidden, plan.skip)
    run = Run(folder, plan, net, gathered(learnt, unheard, plan.knobs, plan.settings), began, clock)
    run.restore()
    return run


def planned(folder: Path) -> Plan:
    """What the run in a folder was asked.

    Raises:
        ConfigError: there is none, or it is of another version.
    """
    path = folder / PLAN
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise ConfigError(
            f"run folder {folder} holds no run to resume: {path.name}: {error.strerror}; expected the folder that an "
            "earlier `pedal train` has named"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"run {path} is damaged or of another version: {error}; start again") from error
    if plan.version != VERSION:
        raise ConfigError(
            f"run {path} is damaged or of another version: {plan.version}, expected {VERSION}; start again"
        )
    return plan


def _again(pair: Source) -> Take:
    """A pair's recordings, which have to be what they were when the run began."""
    for file in (pair.clean, pair.amp):
        if digest(Path(file.path)) != file.sha256:
            raise ConfigError(f"recording {file.path} is gone or has changed since the run began; start again")
    return read(Path(pair.clean.path), Path(pair.amp.path), pair.delay_frames)


def device(wanted: str) -> str:
    """Where to train: on the processor wherever its compiled layer is there, unless another is wanted.

    Raises:
        ConfigError: CUDA is wanted and not there.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise ConfigError("device cuda is not there, or this PyTorch is built without it; expected --device cpu")
    if wanted == "auto":
        return "cuda" if there and not COMPILED else "cpu"
    return wanted


def gathered(
    learnt: Sequence[tuple[Take, dict[str, float]]],
    unheard: Sequence[tuple[Take, dict[str, float]]],
    knobs: Sequence[str],
    settings: Settings,
) -> Data:
    """What the takes, each with its positions of the knobs, are as tensors.

    Raises:
        ConfigError: their rates differ, or one is too short or repeats too much.
    """
    rates = {take.rate_hz: take.clean.path.name for take, _ in (*learnt, *unheard)}
    if len(rates) > 1:
        found = " and ".join(f"{rate} Hz ({name})" for rate, name in sorted(rates.items()))
        raise ConfigError(f"the guitar's recordings have sample rates of {found}; export all at one")
    recorded, apart = (
        [Recorded(*take.aligned(), tuple(at[name] for name in knobs)) for take, at in part]
        for part in (learnt, unheard)
    )
    return gather(recorded, learnt[0][0].rate_hz, settings.segment, apart)


def digest(path: Path) -> str:
    """The SHA-256 of a recording; of one that cannot be read, nothing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
