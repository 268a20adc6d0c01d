"""The audio process as the simulator's child: on a card made of a recording, or on an ALSA card of one's own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedal.config import CardConfig, Config, Places
from pedal.errors import PedalError

FULL_SCALE = 2.0**31
"""The simulated card gives and takes S32_LE."""
PATIENCE_S = 2.0
"""For the fade-out and the end of an engine."""
LAST_BYTES = 4_096
"""Of its log, in which its last line is."""

Samples = NDArray[np.float32]
Integers = NDArray[np.int32]


def integers(samples: Samples) -> Integers:
    """[frames] as the card's whole numbers."""
    return np.clip(np.rint(samples.astype(np.float64) * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int32)


def channels(card: CardConfig) -> int:
    """How many the simulated card has: stereo, or as many as the configuration names."""
    return max(2, card.input_channel, *card.outputs)


def recorded(folder: Path, guitar: Integers, card: CardConfig, playback: Path) -> list[str]:
    """The engine's options for a card that captures the guitar, [frames], again and again; its file is in folder.

    Raises:
        PedalError: the folder is full.
    """
    captured = np.zeros((len(guitar), channels(card)), np.int32)
    captured[:, card.input_channel - 1] = guitar
    path = folder / "capture.raw"
    try:
        path.write_bytes(captured.data)
    except OSError as error:
        raise PedalError(f"temporary folder {folder} cannot be written to: {error.strerror}") from error
    options = {"--sim-capture": path, "--sim-playback": playback, "--sim-channels": channels(card), "--sim-loop": 1}
    return [str(part) for option in options.items() for part in option]


def heard_on(playback: Path, card: CardConfig) -> Integers:
    """[frames] of the first channel that carries the sound, from the moment at which the card was started."""
    whole = np.fromfile(playback, np.int32)
    count = channels(card)
    return whole[: len(whole) // count * count].reshape(-1, count)[:, min(card.outputs, default=1) - 1]


class Engine:
    """One engine after the other: `look` starts it, and again where it has died."""

    def __init__(self, where: Places, config: Config, folder: Path, options: list[str], log: Path) -> None:
        """What it says goes into the file `log`; folder holds its configuration."""
        self._where = where
        self._options = options
        self._config = folder / "engine.toml"
        self._config.write_text(_toml(config))
        self._log_path = log
        self._process: subprocess.Popen[bytes] | None = None
        self._end = ""
        """What `died` says, once that is known."""

    def start(self) -> None:
        """Start it, or have `died` say why it could not be; the one before has ended."""
        command = [
            sys.executable,
            "-P",
            "-m",
            "pedal.sim.child",
            str(os.getpid()),
            "--config",
            str(self._config),
            *self._options,
        ]
        environment = os.environ | self._where.environment
        self._process, self._end = None, ""
        try:
            with open(self._log_path, "ab") as log:
                # A session of its own: Ctrl-C and Ctrl-Z are the simulator's.
                self._process = subprocess.Popen(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
        except OSError as error:
            self._end = f"the engine cannot be started: {error.strerror}"

    def died(self) -> str:
        """How it ended and what it said last; empty while it runs or has not been started."""
        status = self._process.poll() if self._process else None
        if status is not None and not self._end:
            how = f"by {_signal(-status)}" if status < 0 else f"with status {status}"
            self._end = f"the engine ended {how}: {last_line(self._log_path)}"
        return self._end

    def close(self) -> None:
        """Let it fade out and end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def last_line(path: Path) -> str:
    """What a process said last, by its log."""
    try:
        with open(path, "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LAST_BYTES))
            lines = log.read().decode("utf-8", "replace").split("\n")
    except OSError as error:
        return f"its log {path} cannot be read: {error.strerror}"
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _signal(number: int) -> str:
    """The signal's name; most of those for real time have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _toml(config: Config) -> str:
    """The engine's configuration as pedal.toml has it."""
    lines = []
    for name, group in config._asdict().items():
        lines.append(f"[{name}]")
        lines.extend(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in group._asdict().items())
    return "\n".join(lines) + "\n"
