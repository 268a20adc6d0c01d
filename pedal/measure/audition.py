"""Trying a model before it is played: does the compiled kernel give the sound that the model's own file promises?"""

import numpy as np

from pedal.errors import ModelError
from pedal.kernel.library import Library
from pedal.measure.alone import Alone
from pedal.model.model import SELFTEST_TOLERANCE, Model, Selftest
from pedal.model.reference import difference


def replay(model: Model, selftest: Selftest, library: Library) -> float:
    """How far the kernel's sound is from the stored self-test, at worst, as a share of max(1, the stored peak).

    Raises:
        ModelError: it is further than any float32 player may be.
        KernelError: no compiled size holds the model.
    """
    kernel = Alone(model, library, len(selftest.input))
    kernel.inputs[0] = selftest.input
    kernel.inputs[1 : model.inputs] = np.array(selftest.knobs)[:, np.newaxis]
    kernel.run(len(selftest.input))
    error = difference(kernel.output.astype(np.float64), selftest.output)
    if not error <= SELFTEST_TOLERANCE:
        raise ModelError(
            f"the compiled kernel is off by {error:.2g} of full scale or peak in the file's self-test; "
            f"expected at most {SELFTEST_TOLERANCE:g}; run `pedal kernel build`"
        )
    return error
