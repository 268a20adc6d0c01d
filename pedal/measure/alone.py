"""One compiled kernel by itself: no gains, no crossfade, no conversion; for timing it and for checking it."""

import numpy as np

from pedal.kernel.layout import STATE_OFFSET
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.model.model import Model


class Alone:
    """A model's kernel with memory of its own for up to `frames` frames at a time."""

    def __init__(self, model: Model, library: Library, frames: int) -> None:
        """Pack the model; the state is its initial one.

        Raises:
            KernelError: no compiled size holds the model.
        """
        kernel = library.kernel_for(model.cell, model.hidden, model.inputs)
        weights = aligned(pack(model, kernel, library.tag))
        self.inputs = np.zeros((kernel.inputs, frames), np.float32)
        """[inputs, frames]: the guitar, then the knobs; written before a call."""
        self.state = weights[STATE_OFFSET // 4 :][: 2 * kernel.padded].copy()
        """h, then c, both padded."""
        self.output = np.zeros(frames, np.float32)
        """[frames]: what the last call gave."""
        self._weights = weights
        self._run = library.run
        memory = (weights, self.state, self.inputs, self.output)
        self._arguments = (kernel.number, *(array.ctypes.data for array in memory))

    def run(self, frames: int) -> None:
        """Carry on for that many frames: 0, or all there is room for, as inputs lie one after the other."""
        self._run(*self._arguments, frames)
