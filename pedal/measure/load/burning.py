"""Load on processor and memory: matrix products, and copies larger than any cache."""

import numpy as np

from pedal.measure.load.going import Going

SIDE = 192
"""Three such matrices fit a second-level cache, so that the arithmetic never waits."""


def burn(going: Going) -> float:
    """Multiply float32 matrices as long as it is going on; gives a number that depends on all of it."""
    matrix = np.random.default_rng(1).standard_normal((SIDE, SIDE)).astype(np.float32) / SIDE**0.5
    product = matrix
    while going.on():
        product = matrix @ product
        product /= np.abs(product).max()
    return float(product[0, 0])


def copy(size_bytes: int, going: Going) -> int:
    """Copy half of that memory onto the other half as long as it is going on; gives the bytes copied."""
    halves = np.ones((2, max(1, size_bytes // 2)), np.uint8)
    copied = 0
    while going.on():
        np.copyto(halves[copied & 1], halves[1 - (copied & 1)])
        copied += 1
    return copied * halves.shape[1]
