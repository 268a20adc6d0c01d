"""How long a network had been in silence, told from what it played then; runs in the emulated Pi, by the pedal alone.

In silence a network's state goes round and round among its rounding errors, and where it was when the guitar came
decides about the last bits of all that follows.
"""

import ctypes

import numpy as np
from numpy.typing import NDArray

from pedal.engine.simcard import stream
from pedal.kernel.chain import Chain, Controls, Ramp, fit, listen, settle
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.measure.render import FORMAT
from pedal.model.model import Model

Samples = NDArray[np.float32]

SETTLED = 5 * 44_100
"""Frames after which the state is on its way round."""
ROUND = 2048
"""Frames: more than any way round that was found, 292 of them on x86."""
FIRST = 64
"""Frames that are compared at first, to be soon through."""


def before(guitar: Samples, heard: Samples, model: Model, library: Library) -> int | None:
    """A number of silent frames after which the model, begun in its initial state, plays guitar as it was heard.

    Both are [frames] and equal to the bit. None where there is no such number from SETTLED to SETTLED + ROUND.
    """
    kernel = library.kernel_for(model.cell, model.hidden, model.inputs)
    floats = aligned(pack(model, kernel, library.tag))
    chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0))
    listen(chain, kernel, floats.ctypes.data, Controls())
    settle(chain)
    mono = stream(FORMAT, 1)[:2]
    fit(chain, mono, mono, 1, ())

    def played(going: Chain, sound: Samples) -> Samples:
        out = np.empty_like(sound)
        library.process(ctypes.addressof(going), sound.tobytes(), out.ctypes.data, len(sound))
        return out

    played(chain, np.zeros(SETTLED, np.float32))
    for more in range(ROUND):
        if all(
            np.array_equal(played(Chain.from_buffer_copy(chain), guitar[:frames]), heard[:frames])
            for frames in (FIRST, len(guitar))
        ):
            return SETTLED + more
        played(chain, np.zeros(1, np.float32))
    return None
