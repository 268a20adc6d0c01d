"""One recurrent layer and the dense sum after it, forward and backward through time, compiled by numba.

Sixteen sequences of the batch lie side by side in two vectors (lanes.py). The four sums of a unit stay in registers
through the product with h, and its activations follow at once. LSTM and GRU differ only in what they make of the sums:

    LSTM  i, f, g, o      h' = o · tanh(c'), c' = f · c + i · g
    GRU   r, z, nx, nh    h' = n + z · (h - n), n = tanh(nx + r · nh)

nx is the part of n that comes from the input and nh the part from h, each with its own bias; weights that do not exist
are zero. The gradients are those of the chain rule applied to these equations, sample by sample from the last to the
first (P. Werbos, Backpropagation through time, Proc. IEEE 78(10), 1990). A block's results depend neither on the other
blocks nor on who computes them, and blocks are summed in their order: the bits are the same for every thread count.

Shapes: T samples, I inputs, H units, R = H rounded up to whole tiles; a `wide` row is WIDE lanes.
"""

from typing import Any

import numba
import numpy as np

from pedal.kernel.recurrent import TANH_LIMIT, TANH_P, TANH_Q
from pedal.train.lanes import clamp, exp, fill, load, splat, store, total
from pedal.train.sizes import LANES, SUMS, TILE, WIDE

CHUNK = 16
"""Samples whose gradients wait, in the processor's cache, for being multiplied with what caused them."""

Block = Any
"""A contiguous array of float32 or float64."""
Vector = Any

# numba's cache looks at this file alone: after a change of lanes.py, sizes.py or tanh's coefficients, touch it.
_part: Any = numba.njit(error_model="numpy", inline="never", cache=True)
_small: Any = numba.njit(error_model="numpy", forceinline=True, cache=True)
_jit: Any = numba.njit(error_model="numpy", parallel=True, cache=True)
P0, P1, P2, P3, P4, P5 = TANH_P
Q0, Q1, Q2, Q3, Q4 = TANH_Q


@_small
def _ratio(x: Vector, exact: bool) -> tuple[Vector, Vector]:
    """tanh x as numerator and denominator: the rational function that the pedal plays with, or the C library's exp."""
    one = fill(x, 1.0)
    if exact:
        x = clamp(x, fill(x, 20.0))
        e = exp(x + x)
        return e - one, e + one
    x = clamp(x, fill(x, TANH_LIMIT))
    u = x * x
    v = u * u
    p = ((u * fill(x, P5) + fill(x, P4)) * v + (u * fill(x, P3) + fill(x, P2))) * v + (u * fill(x, P1) + one)
    q = (v * fill(x, Q4) + (u * fill(x, Q3) + fill(x, Q2))) * v + (u * fill(x, Q1) + one)
    return x * p, q


@_small
def _tanh(x: Vector, exact: bool) -> Vector:
    p, q = _ratio(x, exact)
    return p / q


@_small
def _sigmoids(a: Vector, b: Vector, exact: bool) -> tuple[Vector, Vector]:
    """Two sigmoids by one division."""
    half = fill(a, 0.5)
    pa, qa = _ratio(half * a, exact)
    pb, qb = _ratio(half * b, exact)
    both = half / (qa * qb)
    return (qa + pa) * qb * both, (qb + pb) * qa * both


@_small
def _lstm(i: Vector, f: Vector, g: Vector, o: Vector, c: Vector, exact: bool) -> tuple[Vector, ...]:
    """The gates, the new c and the new h."""
    i, f = _sigmoids(i, f, exact)
    half = fill(i, 0.5)
    pg, qg = _ratio(g, exact)
    po, qo = _ratio(half * o, exact)
    both = fill(i, 1.0) / (qg * qo)
    g, o = pg * qo * both, half * (qo + po) * qg * both
    c = f * c + i * g
    return i, f, g, o, c, o * _tanh(c, exact)


@_small
def _gru(r: Vector, z: Vector, nx: Vector, nh: Vector, h: Vector, exact: bool) -> tuple[Vector, ...]:
    """The gates, with n and nh in the last places, and the new h twice."""
    r, z = _sigmoids(r, z, exact)
    n = _tanh(nx + r * nh, exact)
    h = n + z * (h - n)
    return r, z, n, nh, h, h


@_small
def _cell(lstm: bool, a: Vector, b: Vector, c: Vector, d: Vector, before: Vector, exact: bool) -> Vector:
    if lstm:
        return _lstm(a, b, c, d, before, exact)
    return _gru(a, b, c, d, before, exact)


@_small
def _step(
    lstm: bool, x: Block, t: int, w: Block, v: Block, hs: Block, cs: Block, gates: Block, at: tuple[int, int, int]
) -> None:
    """One sample of one block: h and c of slot at[0] -> slot at[1]; the gates into slot at[2]."""
    rows, units, inputs = hs.shape[1], w.shape[0], x.shape[1]
    exact = x.itemsize == 8
    h0, h1, g0 = at[0] * rows * WIDE, at[1] * rows * WIDE, at[2] * rows * SUMS * WIDE
    for unit in range(units):
        a0 = b0 = c0 = d0 = a1 = b1 = c1 = d1 = fill(splat(v, 0), 0.0)
        for k in range(inputs):
            row, place = (unit * inputs + k) * SUMS, (t * inputs + k) * WIDE
            x0, x1 = load(x, place), load(x, place + LANES)
            wa, wb, wc, wd = splat(v, row), splat(v, row + 1), splat(v, row + 2), splat(v, row + 3)
            a0, b0, c0, d0 = a0 + wa * x0, b0 + wb * x0, c0 + wc * x0, d0 + wd * x0
            a1, b1, c1, d1 = a1 + wa * x1, b1 + wb * x1, c1 + wc * x1, d1 + wd * x1
        for j in range(units):
            row, place = (unit * units + j) * SUMS, h0 + j * WIDE
            x0, x1 = load(hs, place), load(hs, place + LANES)
            wa, wb, wc, wd = splat(w, row), splat(w, row + 1), splat(w, row + 2), splat(w, row + 3)
            a0, b0, c0, d0 = a0 + wa * x0, b0 + wb * x0, c0 + wc * x0, d0 + wd * x0
            a1, b1, c1, d1 = a1 + wa * x1, b1 + wb * x1, c1 + wc * x1, d1 + wd * x1
        place = h0 + unit * WIDE
        first = _cell(lstm, a0, b0, c0, d0, load(cs, place), exact)
        second = _cell(lstm, a1, b1, c1, d1, load(cs, place + LANES), exact)
        row, place = g0 + unit * SUMS * WIDE, h1 + unit * WIDE
        store(gates, row, first[0])
        store(gates, row + LANES, second[0])
        store(gates, row + WIDE, first[1])
        store(gates, row + WIDE + LANES, second[1])
        store(gates, row + 2 * WIDE, first[2])
        store(gates, row + 2 * WIDE + LANES, second[2])
        store(gates, row + 3 * WIDE, first[3])
        store(gates, row + 3 * WIDE + LANES, second[3])
        store(cs, place, first[4])
        store(cs, place + LANES, second[4])
        store(hs, place, first[5])
        store(hs, place + LANES, second[5])


@_part
def _forward(
    lstm: bool, x: Block, w: Block, v: Block, dense: Block, keep: bool, hs: Block, cs: Block, gates: Block, y: Block
) -> None:
    """One block; the slots are all kept for the backward pass, or used in turn."""
    rows, units = hs.shape[1], w.shape[0]
    for slot in range(hs.shape[0]):
        for place in range(units * WIDE, rows * WIDE):
            hs[slot, place // WIDE, place % WIDE] = 0
    for t in range(x.shape[0]):
        before, after = (t, t + 1) if keep else (t & 1, 1 - (t & 1))
        _step(lstm, x, t, w, v, hs, cs, gates, (before, after, t if keep else 0))
        y0 = y1 = splat(dense, units)
        for unit in range(units):
            place = (after * rows + unit) * WIDE
            y0 = y0 + splat(dense, unit) * load(hs, place)
            y1 = y1 + splat(dense, unit) * load(hs, place + LANES)
        store(y, t * WIDE, y0)
        store(y, t * WIDE + LANES, y1)


@_small
def _lstm_back(
    exact: bool, i: Vector, f: Vector, g: Vector, o: Vector, before: Vector, c: Vector, h: Vector, dh: Vector,
    dc: Vector,
) -> tuple[Vector, ...]:  # fmt: skip
    """The gradients of the four sums, of the h before without W, and of the c before."""
    one = fill(dh, 1.0)
    u = _tanh(c, exact)
    dc = dc + dh * o * (one - u * u)
    return (
        *(dc * g * i * (one - i), dc * before * f * (one - f), dc * i * (one - g * g), dh * h * (one - o)),
        *(fill(dh, 0.0), dc * f),
    )


@_small
def _gru_back(r: Vector, z: Vector, n: Vector, nh: Vector, before: Vector, dh: Vector) -> tuple[Vector, ...]:
    one = fill(dh, 1.0)
    dn = dh * (one - z) * (one - n * n)
    return dn * nh * r * (one - r), dh * (before - n) * z * (one - z), dn, dn * r, dh * z, fill(dh, 0.0)


@_small
def _unstep(
    lstm: bool, t: int, s: int, dy: Block, dense: Block, hs: Block, cs: Block, gates: Block, dh: Block, dc: Block,
    dz: Block, ddense: Block,
) -> None:  # fmt: skip
    """The gradients of one sample's sums into slot s of dz; dh and dc go back one sample, dh without W."""
    rows, units = hs.shape[1], dense.shape[0] - 1
    exact = dy.itemsize == 8
    for unit in range(units):
        row, before = (t * rows + unit) * SUMS * WIDE, (t * rows + unit) * WIDE
        weight = splat(dense, unit)
        for half in range(0, WIDE, LANES):
            place = unit * WIDE + half
            a, b = load(gates, row + half), load(gates, row + WIDE + half)
            c, d = load(gates, row + 2 * WIDE + half), load(gates, row + 3 * WIDE + half)
            h_before, h = load(hs, before + half), load(hs, before + rows * WIDE + half)
            error = load(dy, t * WIDE + half)
            store(ddense, unit * LANES, load(ddense, unit * LANES) + error * h)
            slope = load(dh, place) + weight * error
            if lstm:
                c_before, state = load(cs, before + half), load(cs, before + rows * WIDE + half)
                found = _lstm_back(exact, a, b, c, d, c_before, state, h, slope, load(dc, place))
            else:
                found = _gru_back(a, b, c, d, h_before, slope)
            row_z = (s * rows + unit) * SUMS * WIDE + half
            store(dz, row_z, found[0])
            store(dz, row_z + WIDE, found[1])
            store(dz, row_z + 2 * WIDE, found[2])
            store(dz, row_z + 3 * WIDE, found[3])
            store(dh, place, found[4])
            store(dc, place, found[5])


@_small
def _through_weights(s: int, units: int, back: Block, dz: Block, dh: Block) -> None:
    """dh += Wᵀ · dz, TILE units at once."""
    rows = dh.shape[0]
    for tile in range(rows // TILE):
        place = tile * TILE * WIDE
        a0, a1 = load(dh, place), load(dh, place + LANES)
        b0, b1 = load(dh, place + WIDE), load(dh, place + WIDE + LANES)
        c0, c1 = load(dh, place + 2 * WIDE), load(dh, place + 2 * WIDE + LANES)
        d0, d1 = load(dh, place + 3 * WIDE), load(dh, place + 3 * WIDE + LANES)
        for total_of in range(units * SUMS):
            row, at = (tile * units * SUMS + total_of) * TILE, (s * rows * SUMS + total_of) * WIDE
            z0, z1 = load(dz, at), load(dz, at + LANES)
            wa, wb, wc, wd = splat(back, row), splat(back, row + 1), splat(back, row + 2), splat(back, row + 3)
            a0, b0, c0, d0 = a0 + wa * z0, b0 + wb * z0, c0 + wc * z0, d0 + wd * z0
            a1, b1, c1, d1 = a1 + wa * z1, b1 + wb * z1, c1 + wc * z1, d1 + wd * z1
        store(dh, place, a0)
        store(dh, place + LANES, a1)
        store(dh, place + WIDE, b0)
        store(dh, place + WIDE + LANES, b1)
        store(dh, place + 2 * WIDE, c0)
        store(dh, place + 2 * WIDE + LANES, c1)
        store(dh, place + 3 * WIDE, d0)
        store(dh, place + 3 * WIDE + LANES, d1)


@_small
def _collect(first: int, count: int, dz: Block, causes: Block, into: Block) -> None:
    """into[unit][cause] += Σ dz · cause over `count` samples from `first` on, each lane by itself, two causes at once.

    dz [CHUNK][R][4][WIDE]; causes [T][width][WIDE]; into [H][width][4][LANES], width even.
    """
    rows, width = dz.shape[1], causes.shape[1]
    for unit in range(into.shape[0]):
        for j in range(0, width, 2):
            at = (unit * width + j) * SUMS * LANES
            a0, b0 = load(into, at), load(into, at + LANES)
            c0, d0 = load(into, at + 2 * LANES), load(into, at + 3 * LANES)
            at += SUMS * LANES
            a1, b1 = load(into, at), load(into, at + LANES)
            c1, d1 = load(into, at + 2 * LANES), load(into, at + 3 * LANES)
            for s in range(count):
                row, place = (s * rows + unit) * SUMS * WIDE, ((first + s) * width + j) * WIDE
                for half in range(0, WIDE, LANES):
                    za, zb = load(dz, row + half), load(dz, row + WIDE + half)
                    zc, zd = load(dz, row + 2 * WIDE + half), load(dz, row + 3 * WIDE + half)
                    u0, u1 = load(causes, place + half), load(causes, place + WIDE + half)
                    a0, b0, c0, d0 = a0 + za * u0, b0 + zb * u0, c0 + zc * u0, d0 + zd * u0
                    a1, b1, c1, d1 = a1 + za * u1, b1 + zb * u1, c1 + zc * u1, d1 + zd * u1
            store(into, at, a1)
            store(into, at + LANES, b1)
            store(into, at + 2 * LANES, c1)
            store(into, at + 3 * LANES, d1)
            at -= SUMS * LANES
            store(into, at, a0)
            store(into, at + LANES, b0)
            store(into, at + 2 * LANES, c0)
            store(into, at + 3 * LANES, d0)


@_small
def _summed(lanes: Block, into: Block) -> None:
    """Over the lanes: [...][LANES] -> [...], both flat."""
    for place in range(into.size):
        into[place] = total(load(lanes, place * LANES))


@_part
def _backward(
    lstm: bool, x: Block, back: Block, dense: Block, hs: Block, cs: Block, gates: Block, dy: Block,
    dw: Block, dv: Block, ddense: Block,
) -> None:  # fmt: skip
    """One block: what the gradient of y makes of the weights' own, dw [H·R·4], dv [H·X·4], ddense [R], all flat."""
    samples, inputs, rows, units = x.shape[0], x.shape[1], hs.shape[1], dense.shape[0] - 1
    dh, dc = np.zeros((rows, WIDE), x.dtype), np.zeros((rows, WIDE), x.dtype)
    dz = np.zeros((CHUNK, rows, SUMS, WIDE), x.dtype)
    by_h = np.zeros((units, rows, SUMS, LANES), x.dtype)
    by_x = np.zeros((units, inputs, SUMS, LANES), x.dtype)
    by_y = np.zeros((rows, LANES), x.dtype)
    for stop in range(samples, 0, -CHUNK):
        start = max(0, stop - CHUNK)
        for t in range(stop - 1, start - 1, -1):
            _unstep(lstm, t, t - start, dy, dense, hs, cs, gates, dh, dc, dz, by_y)
            _through_weights(t - start, units, back, dz, dh)
        _collect(start, stop - start, dz, hs, by_h)
        _collect(start, stop - start, dz, x, by_x)
    _summed(by_h, dw)
    _summed(by_x, dv)
    _summed(by_y, ddense)


@_jit
def forward(
    lstm: bool, x: Block, w: Block, v: Block, dense: Block, keep: bool, hs: Block, cs: Block, gates: Block, y: Block
) -> None:
    """Run the layer and the dense sum over all blocks.

    Args:
        lstm: an LSTM, else a GRU.
        x: [blocks][T][X][WIDE], the inputs, then ones, then nothing or zeros: X is even.
        w: [H][H][4] how each sum of a unit hears h; v: [H][X][4] how it hears x.
        dense: [H + 1] weights, then the bias.
        keep: keep all that `backward` needs; otherwise two slots of h and c and one of gates do.
        hs, cs: [blocks][T + 1 or 2][R][WIDE] state; slot 0 is the one before. A GRU's c is a copy of h.
        gates: [blocks][T or 1][R][4][WIDE], written.
        y: [blocks][T][WIDE], written.
    """
    for block in numba.prange(x.shape[0]):
        _forward(lstm, x[block], w, v, dense, keep, hs[block], cs[block], gates[block], y[block])


@_jit
def backward(
    lstm: bool, x: Block, back: Block, dense: Block, hs: Block, cs: Block, gates: Block, dy: Block,
    dw: Block, dv: Block, ddense: Block,
) -> None:  # fmt: skip
    """The gradients of the weights, one for each block, from that of y, dy [blocks][T][WIDE].

    Args:
        back: [R / TILE][H][4][TILE] w again, by what it gives back: rows of h.
        dw, dv, ddense: [blocks][H·R·4], [blocks][H·X·4], [blocks][R], written.
    """
    for block in numba.prange(x.shape[0]):
        _backward(
            *(lstm, x[block], back, dense, hs[block], cs[block], gates[block], dy[block]),
            *(dw[block], dv[block], ddense[block]),
        )
