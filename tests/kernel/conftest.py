"""What the kernel tests share: the compiled library, models of any size, and a chain driven as by the engine."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pedal.kernel.chain import FORMATS, SAMPLE_BYTES, Chain, Controls, Ramp, Slot, listen, settle
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.model.model import GATES, Cell, Knob, Model


def random_model(cell: Cell, hidden: int, inputs: int = 1, seed: int = 0, largest: float | None = None) -> Model:
    """A model with PyTorch's initial weights, uniform within 1/√hidden or within largest, and every option in use."""
    rng = np.random.default_rng(seed)
    bound = largest or hidden**-0.5
    rows = len(GATES[cell]) * hidden

    def weights(*shape: int) -> NDArray[np.float32]:
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    return Model(
        "native", cell, weights(rows, inputs), weights(rows, hidden), weights(rows), weights(rows), weights(hidden),
        float(weights(1)[0]), skip=1.0, input_gain=1.25, output_gain=0.75, initial_h=weights(hidden),
        initial_c=weights(hidden) if cell == "lstm" else None, knobs=tuple(Knob(f"k{i}") for i in range(inputs - 1)),
    )  # fmt: skip


def guitar(frames: int, seed: int = 0) -> NDArray[np.float32]:
    """Decaying notes of several strings with silence between them, peaks near full scale."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames) / 44_100
    sound = np.zeros(frames)
    for onset in np.arange(0.0, frames / 44_100, 0.15):
        since = np.maximum(time - onset, 0.0)
        pitch = rng.choice([82.4, 110.0, 196.0, 329.6])
        for partial in range(1, 9):
            amplitude = rng.uniform(0.1, 0.3) / partial
            sound += (time >= onset) * amplitude * np.sin(2 * np.pi * pitch * partial * since) * np.exp(-9 * since)
    return np.asarray(sound / max(1.0, np.max(np.abs(sound))), np.float32)


class Rig:
    """A chain with its memory, as the engine has it, and bytes for a card."""

    def __init__(
        self,
        kernels: Library,
        capture: str = "FLOAT_LE",
        playback: str = "FLOAT_LE",
        channels: tuple[int, int] = (1, 1),
    ) -> None:
        self.kernels = kernels
        # As if the chain had always played.
        self.chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0), peak_decay=1.0, power_decay=0.5)
        self.chain.capture_format, self.chain.playback_format = FORMATS.index(capture), FORMATS.index(playback)
        self.chain.capture_channels, self.chain.playback_channels = channels
        self.chain.playback_mask = (1 << channels[1]) - 1
        self.in_bytes = SAMPLE_BYTES[self.chain.capture_format] * channels[0]
        self.out_bytes = SAMPLE_BYTES[self.chain.playback_format] * channels[1]
        self._held: list[NDArray[np.float32]] = []

    @property
    def slot(self) -> Slot:
        """Where the model is that is heard."""
        slot: Slot = self.chain.slots[self.chain.playing]
        return slot

    def listen(self, model: Model, knobs: Sequence[float] = (), input_gain: float = 1.0, level: float = 1.0) -> None:
        """Offer a model to the chain, by the engine's way."""
        kernel = self.kernels.kernel_for(model.cell, model.hidden, model.inputs)
        self._held.append(aligned(pack(model, kernel, self.kernels.tag)))
        listen(self.chain, kernel, self._held[-1].ctypes.data, Controls(input_gain, level, *knobs))

    def play(self, model: Model, knobs: Sequence[float] = (), input_gain: float = 1.0, level: float = 1.0) -> None:
        """A model at once, from its initial state; in slot 0."""
        self.chain.playing = 1
        self.listen(model, knobs, input_gain, level)
        settle(self.chain)

    def process(self, capture: bytes, block: int = 64) -> bytes:
        """Bytes through the chain, block frames a period."""
        played = bytearray()
        for start in range(0, len(capture), block * self.in_bytes):
            part = capture[start : start + block * self.in_bytes]
            frames = len(part) // self.in_bytes
            out = (ctypes.c_char * (frames * self.out_bytes))()
            self.kernels.process(ctypes.addressof(self.chain), part, ctypes.addressof(out), frames)
            played += bytes(out)
        return bytes(played)

    def floats(self, samples: NDArray[np.floating[Any]], block: int = 64) -> NDArray[np.float32]:
        """The same for one channel of floats."""
        return np.frombuffer(self.process(samples.astype(np.float32).tobytes(), block), np.float32)
