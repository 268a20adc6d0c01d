"""`python -m pedal.train.experiments circuits|reference|time`: trainings compared, their table and their curves.

Each training is kept in its folder and not done again; one that was stopped goes on; one that was asked otherwise is
refused. Table and picture are replaced in docs/experiments-SERIES.md, what is written around them stays. `--minutes` is
how long each may take, with three minutes of guitar and with half a minute; `--jobs 2` does two at once, each with half
of `--threads`. What is printed of minutes holds for a machine that does nothing else.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pedal.errors import ConfigError, PedalError
from pedal.files import replacing
from pedal.train import curves
from pedal.train.series import Lengths, comparisons, named, trials
from pedal.train.trials import Outcome, Trial, carried_out, kept

SERIES = ("circuits", "reference", "time")
STEPS = (0.05, 0.03)
"""ESRs to which the time is told."""
BEGIN, END = "<!-- experiments: written from here -->", "<!-- experiments: to here -->"
"""Lines of a page between which all is replaced."""


def compared(series: str, outcomes: dict[str, Outcome], reference: Path, seeds: int) -> list[str]:
    """The table of a series of transfers, lines of Markdown: each seed's ESRs on the take that was not learnt from."""
    lines = [
        "| from → to | guitar | from nothing: first epoch | best | from the other's model: first epoch | best |",
        "|---|---|---|---|---|---|",
    ]
    for source, target in comparisons(series, reference):
        for data in ("full", "limited"):
            cells = []
            for start in ("scratch", "transferred"):
                names = [named(source, target, data, start, seed) for seed in range(seeds)]
                found = [outcomes[name] for name in names if name in outcomes]
                cells += [
                    _row(f"{outcome.esrs[0]:.4f}" for outcome in found),
                    _row(f"{outcome.best:.5f}" for outcome in found),
                ]
            lines.append(f"| {source.name} → {target.name} | {data} | {' | '.join(cells)} |")
    return lines


def _row(words: Iterable[str]) -> str:
    return ", ".join(words) or "–"


def _minutes(outcome: Outcome, esr: float) -> str:
    """Until the ESR was reached; a dash where it never was."""
    at = outcome.minutes_to(esr)
    return "–" if at is None else f"{at:.2f}"


def timed(outcomes: Sequence[Outcome]) -> list[str]:
    """The table of times, lines of Markdown."""
    heads = " | ".join(f"minutes to {esr:g}" for esr in STEPS)
    lines = [
        f"| device | {heads} | minutes to the best | best ESR | threads |",
        f"|---|{'---|' * len(STEPS)}---|---|---|",
    ]
    for outcome in outcomes:
        cells = " | ".join(_minutes(outcome, esr) for esr in (*STEPS, outcome.best))
        lines.append(f"| {outcome.name} | {cells} | {outcome.best:.5f} | {outcome.threads} |")
    return lines


def _done(rounds: Sequence[Sequence[Trial]], given: argparse.Namespace) -> None:
    """Everything that is not done yet, `--jobs` at once, each in a process of its own."""

    def child(trial: Trial) -> None:
        command = [sys.executable, "-P", "-m", "pedal.train.experiments", *_words(given), "--trial", trial.name]
        threads = str(max(1, given.threads // given.jobs))
        environment = {**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        subprocess.run(command, env=environment, check=True)

    for each in rounds:
        pending = [trial for trial in each if kept(trial, given.folder / given.series) is None]
        with ThreadPoolExecutor(given.jobs) as pool:
            list(pool.map(child, pending))


def _words(given: argparse.Namespace) -> list[str]:
    """The options again, for a child."""
    return [
        given.series, "--folder", str(given.folder), "--reference", str(given.reference), "--minutes",
        *map(str, given.minutes), "--seeds", str(given.seeds), "--threads", str(max(1, given.threads // given.jobs)),
    ]  # fmt: skip


def _write(rounds: Sequence[Sequence[Trial]], given: argparse.Namespace) -> Path:
    """The table and the curves of what is done."""
    folder = given.folder / given.series
    outcomes = {
        trial.name: outcome for each in rounds for trial in each if (outcome := kept(trial, folder)) is not None
    }
    given.docs.mkdir(parents=True, exist_ok=True)
    path: Path = given.docs / f"experiments-{given.series}.md"
    if given.series == "time":
        lines = timed(list(outcomes.values()))
        panels = {"three minutes of guitar": {name: [one] for name, one in outcomes.items()}}
    else:
        lines = compared(given.series, outcomes, given.reference, given.seeds)
        panels = {}
        for source, target in comparisons(given.series, given.reference):
            for data in ("full", "limited"):
                panels[f"{source.name} → {target.name}, {data}"] = {
                    start: [
                        outcomes[name]
                        for seed in range(given.seeds)
                        if (name := named(source, target, data, start, seed)) in outcomes
                    ]
                    for start in ("scratch", "transferred")
                }
    curves.save(path.with_suffix(".png"), panels)
    _put(path, [*lines, "", f"![ESR by minutes]({path.stem}.png)"])
    return path


def _put(path: Path, lines: Sequence[str]) -> None:
    """Write the lines between the two marks of a page; at its end, where it has none."""
    page = path.read_text() if path.exists() else ""
    if (page.count(BEGIN), page.count(END)) not in ((0, 0), (1, 1)) or page.find(BEGIN) > page.find(END):
        raise ConfigError(
            f"page {path} has not each mark once, in this order; expected {BEGIN} and {END}, or neither of them"
        )
    before, marked, rest = page.partition(BEGIN)
    if not marked and page:
        before = page.rstrip("\n") + "\n\n"
    after = rest.partition(END)[2] if marked else "\n"
    with replacing(path) as temporary:
        temporary.write_text("\n".join((before + BEGIN, "", *lines, "", END)) + after)


def main(words: Sequence[str] | None = None) -> int:
    """Do a series; the command line's, where no words are given."""
    parser = argparse.ArgumentParser(
        description="Train on devices, from nothing and from another's model, and compare."
    )
    parser.add_argument("series", choices=SERIES)
    parser.add_argument("--folder", type=Path, default=Path("out/experiments"), help="where trainings are kept")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where table and curves go")
    parser.add_argument("--minutes", type=float, nargs=2, default=(5.0, 2.0), metavar=("FULL", "LIMITED"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="trainings at once")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for all of them together")
    reference = os.environ.get("PEDAL_REFERENCE") or "../shared/reference"
    parser.add_argument("--reference", type=Path, default=Path(reference), help="public models and recordings")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if min(given.jobs, given.threads, given.seeds) < 1:
        parser.error("jobs, threads and seeds are 1 or more")
    kept_in: Path = given.folder / given.series
    try:
        rounds = trials(given.series, kept_in, given.reference, Lengths(*given.minutes), given.seeds)
        if given.trial:
            (trial,) = [one for each in rounds for one in each if one.name == given.trial]
            carried_out(trial, kept_in, given.threads, lambda line: print(line, flush=True))
            return 0
        _done(rounds, given)
        print(_write(rounds, given))
    except (PedalError, OSError) as error:
        print(f"experiments: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"experiments: trial {error.cmd[-1]} ended with status {error.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
