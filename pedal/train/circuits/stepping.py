"""Differential equations carried through time: Gear's method of second order, solved by Newton's method at each step.

A circuit is a compiled function that writes down Kirchhoff's laws: for each capacitor and each coil one equation, and
how it depends on each of them. The method (C. W. Gear, Numerical initial value problems in ordinary differential
equations, 1971) is stable however stiff a circuit is, and what is over at once is over: after the trapezoidal rule a
transistor that has shut goes on ringing from sample to sample.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from pedal.train.circuits.oversampled import Samples

Slopes = Callable[..., None]
"""(state, input, parts, slopes, jacobian): from the first three, the change a second of each state, [states], and how
that depends on each, [states][states], both written in place; compiled by numba."""
Numba = Any
"""What only compiled functions get: they take whatever has the right attributes."""
Parts = Numba
"""The named tuple of floats that a circuit's function knows."""

NEWTON_STEPS = 300
PATIENCE, LEAST = 50, 0.2
"""Newton steps after which they may be only half as large, as they may run in a circle; and the least share."""
TOLERANCE = 1e-7
"""Volts: a Newton step below is the last; what is then left is of the order of its square."""
FIRST_REST_S, LAST_REST_S, LONGER = 1e-7, 1e4, 1.5
"""Implicit Euler's steps towards the state of rest: each so many times the one before."""

_jit: Any = numba.njit


def rest(slopes: Slopes, parts: Parts, start: Samples, largest: Samples) -> Samples:
    """The state, [states], in which a circuit without input stays, from a guess; `largest` as `run` has it.

    Raises:
        ArithmeticError: none is found.
    """
    state = start.copy()
    if not _rest(slopes, parts, state, largest):
        raise ArithmeticError(f"{type(parts).__name__} finds no rest: {state}")
    return state


def run(
    slopes: Slopes, parts: Parts, start: Samples, volts: Samples, rate_hz: float, heard: int, largest: Samples
) -> Samples:
    """One of the circuit's states, number `heard`, for each sample of input, [samples]; it begins in `start`.

    No Newton step moves a state by more than its part of `largest`, [states]: a whole one overshoots an exponential.

    Raises:
        ArithmeticError: Newton's method does not settle.
    """
    out = np.empty_like(volts)
    done = int(_run(slopes, parts, start.copy(), volts, 1.0 / rate_hz, heard, largest, out))
    if done < len(volts):
        raise ArithmeticError(
            f"{type(parts).__name__} did not settle within {NEWTON_STEPS} Newton steps at {done / rate_hz:.6f} s"
        )
    return out


@_jit
def _largest_first(matrix: Numba, right: Numba, column: int) -> None:
    """Change rows, so that the largest of this column at and below its diagonal stands on it."""
    count = len(right)
    best = column
    for row in range(column + 1, count):
        if abs(matrix[row, column]) > abs(matrix[best, column]):
            best = row
    if best != column:
        for other in range(column, count):
            matrix[column, other], matrix[best, other] = matrix[best, other], matrix[column, other]
        right[column], right[best] = right[best], right[column]


@_jit
def _eliminate(matrix: Numba, right: Numba) -> None:
    """Gauss: matrix · x = right, x into `right`."""
    count = len(right)
    for column in range(count):
        _largest_first(matrix, right, column)
        for row in range(column + 1, count):
            share = matrix[row, column] / matrix[column, column]
            for other in range(column + 1, count):
                matrix[row, other] -= share * matrix[column, other]
            right[row] -= share * right[column]
    for row in range(count - 1, -1, -1):
        for other in range(row + 1, count):
            right[row] -= matrix[row, other] * right[other]
        right[row] /= matrix[row, row]


@_jit
def _solve(
    slopes: Numba, parts: Numba, state: Numba, volts: float, known: Numba, weight: float, largest: Numba, work: Numba
) -> bool:
    """state = known + weight · slopes(state), by Newton's method from `state` on; work is [states + 1][states]."""
    count = len(state)
    change, matrix = work[0], work[1:]
    shrunk = 1.0
    for number in range(NEWTON_STEPS):
        if number % PATIENCE == PATIENCE - 1:
            shrunk = max(LEAST, 0.5 * shrunk)
        slopes(state, volts, parts, change, matrix)
        for row in range(count):
            change[row] = known[row] + weight * change[row] - state[row]
            for column in range(count):
                matrix[row, column] *= -weight
            matrix[row, row] += 1.0
        _eliminate(matrix, change)
        size = 0.0
        for row in range(count):
            size = max(size, abs(change[row]))
            state[row] += min(max(change[row], -shrunk * largest[row]), shrunk * largest[row])
        if size < TOLERANCE:
            return True
    return False


@_jit
def _rest(slopes: Numba, parts: Numba, state: Numba, largest: Numba) -> bool:
    work = np.zeros((len(state) + 1, len(state)))
    step = FIRST_REST_S
    while step < LAST_REST_S:
        if not _solve(slopes, parts, state, 0.0, state.copy(), step, largest, work):
            return False
        step *= LONGER
    return True


@_jit
def _run(
    slopes: Numba, parts: Numba, state: Numba, volts: Numba, step: float, heard: int, largest: Numba, out: Numba
) -> int:
    """How many samples were solved."""
    count = len(state)
    work, before, known = np.zeros((count + 1, count)), state.copy(), np.empty(count)
    for n in range(len(volts)):
        for row in range(count):
            now = state[row]
            known[row] = (4.0 * now - before[row]) / 3.0
            state[row], before[row] = 2.0 * now - before[row], now  # from where it would come by going on straight
        if not _solve(slopes, parts, state, volts[n], known, 2.0 / 3.0 * step, largest, work):
            return n
        out[n] = state[heard]
    return len(volts)
