"""A recording through a model, by the engine's own way: a card made of the recording, one compiled call a period."""

import ctypes
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from pedal.engine.card import EndOfInput
from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.errors import AudioFileError
from pedal.kernel.chain import Chain, Controls, Ramp, fit, listen, settle
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.measure.level import gain
from pedal.model.model import Model
from pedal.wav import LARGEST_SAMPLES

FORMAT = "FLOAT_LE"


class Rendering(NamedTuple):
    """What came out."""

    samples: NDArray[np.float32]
    """[frames], aligned with the guitar's."""
    clipped: int
    """Frames that had to be clipped to full scale."""
    resets: int
    """Times the model put out something that was not a number and was reset."""


def render(
    guitar: NDArray[np.float32],
    model: Model,
    library: Library,
    *,
    input_gain_db: float = 0.0,
    output_gain_db: float = 0.0,
    knobs: Sequence[float] = (),
    block: int = 64,
    progress: Callable[[int], None] | None = None,
) -> Rendering:
    """Play guitar, [frames] at the model's rate, through the model, `block` frames at a time.

    The chain starts as if it had always played: no fade-in, gains and knobs (0 to 1; those not given stand at 0.5) at
    their values, the model in its initial state. progress is told now and then how many frames are done.

    Raises:
        KernelError: no compiled size holds the model.
    """
    kernel = library.kernel_for(model.cell, model.hidden, model.inputs)
    floats = aligned(pack(model, kernel, library.tag))
    chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0))
    listen(chain, kernel, floats.ctypes.data, Controls(gain(input_gain_db), gain(output_gain_db), *knobs))
    settle(chain)
    heard = io.BytesIO()
    floating = stream(FORMAT, 1)
    card = SimCard(
        io.BytesIO(guitar.tobytes()), heard, floating, floating, FreeClock(),
        rate_hz=model.sample_rate_hz, period_frames=block,
    )  # fmt: skip
    _run(card, chain, library, progress or (lambda _frames: None))
    samples = np.frombuffer(heard.getvalue(), np.float32)[card.prefill_frames :]
    return Rendering(samples, int(chain.clipped), int(chain.resets))


def at_rate(samples: NDArray[np.float32], rate_hz: int, wanted_hz: int) -> NDArray[np.float32]:
    """[frames] resampled, so that the same moment lies at the same time.

    Raises:
        AudioFileError: nothing would be left, or more than fits; said before any memory is taken.
    """
    if rate_hz == wanted_hz:
        return samples
    frames = round(len(samples) * wanted_hz / rate_hz)
    if not 1 <= frames <= LARGEST_SAMPLES:
        raise AudioFileError(
            f"recording has {len(samples)} frames at {rate_hz} Hz, which are {frames} at {wanted_hz} Hz; expected 1 to "
            f"{LARGEST_SAMPLES}"
        )
    resampled: NDArray[np.float32] = soxr.resample(samples, rate_hz, wanted_hz, quality="VHQ")
    return resampled


def _run(card: SimCard, chain: Chain, library: Library, progress: Callable[[int], None]) -> None:
    """Every period of the card through the chain."""
    fit(chain, card.capture[:2], card.playback[:2], 1, ())
    frame_bytes = card.playback.frame_bytes
    out = (ctypes.c_char * (card.period_frames * frame_bytes))()
    view, out_address, chain_address = memoryview(out).cast("B"), ctypes.addressof(out), ctypes.addressof(chain)
    done, told = 0, 0
    card.start()
    while True:
        try:
            captured = card.read()
        except EndOfInput:
            progress(done)
            return
        frames = len(captured) // card.capture.frame_bytes
        library.process(chain_address, captured, out_address, frames)
        card.write(view[: frames * frame_bytes])
        done += frames
        if done - told >= card.rate_hz:
            progress(done)
            told = done
