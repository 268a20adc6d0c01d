"""What `pedal sim` says and writes about a performance: figures, the sound, the picture, the screens."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from pedal.cli.notes import rows, show
from pedal.errors import PedalError

if TYPE_CHECKING:
    from pedal.sim.headless import Screenshot
    from pedal.sim.played import Played

SHOWN_AFTER_S = 0.4
"""When the screen is looked at for the picture, after a press."""


def check_outputs(arguments: argparse.Namespace) -> None:
    """See whether everything asked for can be written, before it is played."""
    from pedal import wav
    from pedal.cli import picture
    from pedal.files import replaceable

    if arguments.out is not None:
        wav.check_output(arguments.out)
    picture.check(arguments.picture)
    if arguments.screens is not None:
        if arguments.screens.exists() and not arguments.screens.is_dir():
            raise PedalError(f"--screens {arguments.screens} is not a folder")
        replaceable(arguments.screens / "0.png")


def present(arguments: argparse.Namespace, played: "Played", screens: "tuple[Screenshot, ...]") -> None:
    """Write what was asked for, and say how it went."""
    from pedal import wav
    from pedal.sim import headless

    if arguments.out is not None:
        wav.write(arguments.out, played.sound, played.rate_hz)
    if arguments.picture is not None:
        _draw(arguments, played, screens)
    if arguments.screens is not None:
        headless.save(arguments.screens, screens)
    figures = _figures(played, len(screens))
    if arguments.json:
        print(json.dumps(figures))
    else:
        written = (arguments.out, arguments.picture, arguments.screens)
        _report(figures, [str(path) for path in written if path is not None])


def _figures(played: "Played", screens: int) -> dict[str, Any]:
    """How it went, as JSON has it."""
    import numpy as np

    from pedal.measure.level import dbfs, rounded

    levels: dict[str, object] = {}
    for name, samples in (("input", played.guitar), ("output", played.sound)):
        levels[f"{name}_peak_dbfs"] = rounded(dbfs(float(np.max(np.abs(samples)))))
        levels[f"{name}_rms_dbfs"] = rounded(dbfs(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))))
    words, delay = played.words, played.delay_frames()
    return {
        "seconds": round(len(played.heard) / played.rate_hz, 3),
        "presses": [[gesture.at_s, str(gesture)] for gesture in played.script],
        "models": [list(model) for model in played.models],
        "screens": screens,
        "sample_rate_hz": played.rate_hz,
        "period_frames": words["period_frames"],
        "latency_frames": delay,
        "latency_ms": None if delay is None else round(1000.0 * delay / played.rate_hz, 3),
        "buffer_frames": words["latency_frames"],
        "load_mean": round(played.load_mean, 4),
        "load_peak": round(played.load_peak, 4),
        **{name: words[name] for name in ("xruns_capture", "xruns_playback", "interruptions", "clipped", "resets")},
        **levels,
    }


def _draw(arguments: argparse.Namespace, played: "Played", screens: "tuple[Screenshot, ...]") -> None:
    """The picture, with what the screen showed after each press."""
    from pedal.measure import picture

    seen = []
    for gesture in played.script:
        then = [shot for shot in screens if shot.at_s <= gesture.at_s + gesture.seconds + SHOWN_AFTER_S]
        seen.extend([(gesture.at_s, shot.image) for shot in then[-1:]])
    names = [name for _, name in played.models if name]
    picture.save(
        arguments.picture, played.guitar, played.sound, played.rate_hz,
        marks=[(gesture.at_s, str(gesture)) for gesture in played.script], screens=seen,
        title=f"A guitar through the pedal: {', '.join(dict.fromkeys(names)) or 'no model'}",
    )  # fmt: skip


def _report(figures: dict[str, Any], written: list[str]) -> None:
    from pedal.measure.level import spoken

    latency = "not measured: the bypassed guitar is not in the sound bit by bit"
    if figures["latency_frames"] is not None:
        latency = f"{figures['latency_ms']} ms ({figures['latency_frames']} frames), measured in the sound"
    xruns = f"{figures['xruns_capture']} capture, {figures['xruns_playback']} playback"
    late = figures["xruns_capture"] or figures["xruns_playback"]
    if late and figures["load_peak"] < 1.0:  # no period took too long, so the engine was kept from running
        xruns += ": this computer had other work to do"
    lines = [
        ("played", f"{figures['seconds']} s of guitar"),
        ("pressed", "   ".join(f"{at_s:g} s {what}" for at_s, what in figures["presses"]) or "nothing"),
        ("models", "   ".join(f"{at_s:g} s {name}" for at_s, name in figures["models"] if name) or "none"),
        ("latency", f"{latency}; the buffers hold {figures['buffer_frames']} frames"),
        ("load", f"{figures['load_mean']:.1%} of the period in the mean, {figures['load_peak']:.1%} at most"),
        ("xruns", xruns),
    ]
    for way in ("input", "output"):
        peak, mean = (figures[f"{way}_{kind}_dbfs"] for kind in ("peak", "rms"))
        lines.append((way, "silence" if peak is None else f"{spoken(peak)} peak, {spoken(mean)} RMS"))
    show(rows([*lines, *(("written", path) for path in written)]))
