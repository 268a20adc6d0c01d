"""A run's report: pictures, recordings to listen to, and a page that shows both with the verdict in words."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from pedal import wav
from pedal.files import replacing
from pedal.measure import picture
from pedal.train import pictures
from pedal.train.heard import heard, response
from pedal.train.run import Run
from pedal.train.take import levels
from pedal.train.verdict import verdict

PAGE = "report.html"
PICTURES = (
    ("loss.png", "How it went"),
    ("waveforms.png", "Amplifier and model, where it is loudest and where the model is worst"),
    ("error.png", "Error over time, the worst passages marked"),
    ("spectra.png", "Spectrograms: the amplifier above, the model below"),
    ("distortion.png", "A tone through the model: harmonics by its level, and the curve from in to out"),
)
SOUNDS = (("target.wav", "amplifier"), ("prediction.wav", "model"), ("error.wav", "what is between them"),
          ("clean.wav", "guitar"))  # fmt: skip
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#22252b;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "img{width:100%}td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}.big{font-size:1.4rem}"
    "audio{vertical-align:middle}"
)


def write(run: Run) -> Path:
    """Make the report of the best model so far in the run's folder; gives the page.

    Raises:
        OSError: the folder cannot be written to.
        AudioFileError: nor can a recording.
    """
    folder, rate_hz = run.folder, run.plan.rate_hz
    net = run.net(run.training.best)
    found = heard(net, run.data.validation, rate_hz)
    pictures.losses(folder / "loss.png", run.log)
    pictures.waveforms(folder / "waveforms.png", found, rate_hz)
    pictures.errors(folder / "error.png", found, rate_hz)
    marks = [(at, str(number + 1)) for number, at in enumerate(found.worst)]
    picture.save(
        folder / "spectra.png", found.target, found.prediction, rate_hz, marks=marks, names=("amplifier", "model")
    )
    played = (levels(found.clean, rate_hz), levels(found.target, rate_hz))
    pictures.distortion(folder / "distortion.png", response(net, rate_hz), played)
    sounds = (found.target, found.prediction, found.target - found.prediction, found.clean)
    for (name, _), sound in zip(SOUNDS, sounds, strict=True):
        wav.write(folder / name, np.ascontiguousarray(sound), rate_hz)
    with replacing(folder / PAGE) as temporary:
        temporary.write_text(_page(run, found.worst, len(found.target) / rate_hz))
    return folder / PAGE


def _page(run: Run, worst: Sequence[float], seconds: float) -> str:
    plan, training = run.plan, run.training
    largest = max((line.gradient for line in run.log), default=0.0)
    facts = [
        ("ESR", f"{training.best_esr:.4f}, on {seconds:.0f} s that were not learnt from"),
        ("epochs", f"{training.epoch} of {training.epochs}, the best is {training.best_epoch or 'what it began with'}"),
        ("time", f"{run.seconds / 60:.1f} minutes, {plan.device}, {plan.threads} threads"),
        ("network", f"{plan.cell.upper()}, {plan.hidden} units"),
        ("knobs", ", ".join(plan.knobs) or "none"),
        ("started from", plan.origin or "nothing"),
        ("largest gradient", f"{largest:.3g}, cut to {plan.settings.largest_gradient:g}"),
        ("went back to the best", f"{training.fallen} times, as gradients overflowed; at half the rate after each"),
        ("worst at", f"{', '.join(f'{at:.1f} s' for at in worst) or 'no second'} of target.wav"),
    ]  # fmt: skip
    pairs = "".join(
        f"<h3>{escape(Path(pair.clean.path).name)} → {escape(Path(pair.amp.path).name)}</h3>"
        f"<p>{escape(', '.join(f'{name} {at:g}' for name, at in pair.knobs.items()))}</p>"
        f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in pair.findings)}</ul>"
        for pair in plan.pairs
    )
    images = "".join(f'<h2>{title}</h2><img src="{name}" alt="{title}">' for name, title in PICTURES)
    sounds = "".join(
        f'<tr><td>{words}</td><td><audio controls src="{name}"></audio></td></tr>' for name, words in SOUNDS
    )
    name = escape(plan.name)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title><style>{STYLE}</style></head>'
        f'<body><h1>{name}</h1><p class="big">{escape(verdict(training.best_esr))}</p><table>'
        f"{''.join(f'<tr><th>{label}</th><td>{escape(value)}</td></tr>' for label, value in facts)}</table>"
        f"<h2>To listen to</h2><table>{sounds}</table>{images}<h2>The recordings</h2>{pairs}</body></html>\n"
    )
