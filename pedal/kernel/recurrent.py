"""LSTM and GRU over a block of samples, float32, one sample in and one out, every size fixed at compile time.

The equations are those of model/reference.py. What makes them fast is only their order: the accumulators of a tile of
units stay in registers through the whole product W·h; sigmoids are tanh of half the argument, the half folded into
the weights by pack.py; tanh is a rational function, and ratios are multiplied out so that each new state costs one
division. `Packed floats` below is the one description of what pack.py lays down and this file reads.
"""

from llvmlite import ir

from pedal.kernel.layout import Kernel
from pedal.kernel.vector import FLOAT, I64, Code, Ratio, Value, Variable

TANH_LIMIT = 9.0
TANH_P = (1.0, 0.13680857509576405, 0.003869509321804757, 2.8031337057265626e-05, 3.0642587588226764e-08,
          -1.2246287750936367e-11)  # fmt: skip
TANH_Q = (1.0, 0.4701418959978913, 0.027250161502441604, 0.00039407157011643596, 1.2890368807983108e-06)
"""tanh x ≈ x·P(x²) / Q(x²) for |x| ≤ TANH_LIMIT, its end values beyond; coefficients by ascending power.

The minimax fit of the relative error (Lawson's iteration), 2e-8 with the coefficients rounded to float32. A cheaper fit
of 4e-7 is inaudible in random weights but not in trained ones: gates that are nearly 1 keep its error for thousands of
samples.
"""

BLOCK_ROWS = 4
"""Rows of W·h written out in its inner loop. Written out whole, it is slower at every size: the code outgrows the
processor's cache of decoded instructions."""


def tanh(code: Code, x: Value) -> Ratio:
    """tanh x as a ratio, for a vector x."""
    x = code.clamp(x, TANH_LIMIT)
    u = x * x
    u2 = u * u
    p0, p1, p2, p3, p4, p5 = TANH_P
    q0, q1, q2, q3, q4 = TANH_Q
    # Pairs first, then powers of u²: half the depth of Horner's scheme.
    p = ((u * p5 + p4) * u2 + (u * p3 + p2)) * u2 + (u * p1 + p0)
    q = (u2 * q4 + (u * q3 + q2)) * u2 + (u * q1 + q0)
    return Ratio(x * p, q)


def twice_sigmoid(code: Code, half: Value) -> Ratio:
    """2·sigmoid z = 1 + tanh(z/2) as a ratio; the argument is z/2."""
    t = tanh(code, half)
    return Ratio(t.q + t.p, t.q)


def lstm_cell(code: Code, z: list[Value], c: Variable) -> Value:
    """New h of one vector of units from the sums z of its gates i, f, g, o (i, f and o halved); c is updated.

    c moves by (f - 1)·c + i·g: where f is nearly 1, and errors live long, the rounding is that of the small step.
    """
    i, f, g, o = z
    keep = tanh(code, f)
    forget = Ratio(keep.p - keep.q, keep.q)  # 2(f - 1)
    step = (forget * c.get() + twice_sigmoid(code, i) * tanh(code, g)) * 0.5
    c.set(c.get() + code.divide(step))
    return code.divide(twice_sigmoid(code, o) * tanh(code, c.get()) * 0.5)


def gru_cell(code: Code, z: list[Value], h: Value) -> Value:
    """New h of one vector of units from the sums of r and z (halved) and of n's two halves, input and hidden.

    h moves by (1 - z)·(n - h), for the same reason.
    """
    r, update, n_input, n_hidden = z
    n = tanh(code, n_input + code.divide(twice_sigmoid(code, r) * n_hidden * 0.5))
    keep = tanh(code, update)
    replace = Ratio(keep.q - keep.p, keep.q)  # 2(1 - z)
    return h + code.divide(replace * Ratio(n.p - h * n.q, n.q) * 0.5)


def write_kernel(module: ir.Module, kernel: Kernel) -> ir.Function:
    """Add `void kernel(weights, state, inputs [inputs][frames], output [frames], frames)` to the module.

    Packed floats: skip, dense bias, 14 unused; initial h and c; dense weights; then for each tile of units one row of
    biases, one for each input and one for each h, a row being [vector][sum][lane]. State: h, c [padded].
    """
    address = FLOAT.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [address, address, address, address, I64])
    function = ir.Function(module, kind, f"{kernel.cell}_{kernel.units}_{kernel.inputs}")
    for argument in function.args[:4]:
        argument.add_attribute("noalias")
    weights, state, inputs, output, frames = function.args
    code = Code(function, kernel.lanes)
    layer = _Layer(code, kernel, weights, state)
    with code.loop(frames) as frame:
        x = [code.load_scalar(code.offset(inputs, frame))]
        for plane in range(1, kernel.inputs):
            start = code.builder.mul(frames, ir.Constant(I64, plane))
            x.append(code.load_scalar(code.offset(inputs, code.builder.add(start, frame))))
        skip, bias = (code.load_scalar(code.offset(weights, place)) for place in (0, 1))
        code.store_scalar(x[0] * skip + bias + layer.step(x), code.offset(output, frame))
    layer.save(state)
    code.finish()
    return function


class _Layer:
    """The recurrent layer and the dense one after it, while a kernel is being written."""

    def __init__(self, code: Code, kernel: Kernel, weights: ir.Value, state: ir.Value) -> None:
        self.code, self.kernel, self.weights = code, kernel, weights
        self.h = code.array(kernel.padded)
        self.c: list[Variable] = []
        for vector in range(kernel.vectors):
            at = vector * kernel.lanes
            code.store(code.load(code.offset(state, at), aligned=False), code.offset(self.h, at))
            self.c.append(code.variable(code.load(code.offset(state, kernel.padded + at), aligned=False)))

    def save(self, state: ir.Value) -> None:
        """Write h and c back to where they came from."""
        for vector, c in enumerate(self.c):
            at = vector * self.kernel.lanes
            self.code.store(self.code.load(self.code.offset(self.h, at)), self.code.offset(state, at), aligned=False)
            self.code.store(c.get(), self.code.offset(state, self.kernel.padded + at), aligned=False)

    def step(self, x: list[Value]) -> Value:
        """One sample: h and c move on; gives dense · h."""
        code, kernel = self.code, self.kernel
        row = kernel.tiles_offset
        new_h: list[Value] = []
        for tile in kernel.tiles:
            sums = self._sums(tile, row, [code.splat(value) for value in x])
            row += kernel.tile_floats(tile)
            for vector, z in zip(tile, sums, strict=True):
                if kernel.cell == "lstm":
                    new_h.append(lstm_cell(code, z, self.c[vector]))
                else:
                    new_h.append(gru_cell(code, z, code.load(code.offset(self.h, vector * kernel.lanes))))
        y = code.zero()
        for vector, h in enumerate(new_h):
            at = vector * kernel.lanes
            code.store(h, code.offset(self.h, at))
            y = h * code.load(code.offset(self.weights, kernel.dense_offset + at)) + y
        return code.total(y)

    def _sums(self, tile: range, row: int, x: list[Value]) -> list[list[Value]]:
        """The four sums of each vector of units in a tile: bias + W_ih · x + W_hh · h."""
        code, kernel = self.code, self.kernel
        lanes = kernel.lanes
        biases = [self._vector(row + lanes * place) for place in range(4 * len(tile))]
        row += 4 * lanes * len(tile)
        for value in x:
            for place, total in enumerate(_fed(kernel.fed_by_x, len(tile))):
                biases[total] = self._vector(row + lanes * place) * value + biases[total]
            row += lanes * len(kernel.fed_by_x) * len(tile)
        # W_hh · h is summed by itself, as its small terms would lose their last bits in a sum begun with a loud x; and
        # in two chains where registers allow, as each addition waits for the one before it.
        chains = 2 if 2 * len(tile) <= kernel.tile else 1
        sums = [[code.variable(code.zero()) for _ in biases] for _ in range(chains)]
        width = lanes * len(kernel.fed_by_h) * len(tile)

        start = code.offset(self.weights, row)
        with code.loop(kernel.units // BLOCK_ROWS) as block:
            first = code.builder.mul(block, ir.Constant(I64, BLOCK_ROWS))
            rows = code.offset(start, code.builder.mul(first, ir.Constant(I64, width)))
            for number, h in enumerate(self._broadcast(code.offset(self.h, first))):
                for place, total in enumerate(_fed(kernel.fed_by_h, len(tile))):
                    weight = code.load(code.offset(rows, number * width + lanes * place))
                    chain = sums[number % chains][total]
                    chain.set(weight * h + chain.get())
        z = biases
        for chain_of in sums:
            z = [total.get() + rest for total, rest in zip(chain_of, z, strict=True)]
        return [z[4 * place : 4 * place + 4] for place in range(len(tile))]

    def _vector(self, at: int) -> Value:
        return self.code.load(self.code.offset(self.weights, at))

    def _broadcast(self, h: ir.Value) -> list[Value]:
        """Each of BLOCK_ROWS h in every lane: Arm multiplies by one lane of a vector, x86 broadcasts from memory."""
        code = self.code
        if code.arm:
            four = code.load(h)
            return [code.lane(four, lane) for lane in range(BLOCK_ROWS)]
        return [code.splat(code.load_scalar(code.offset(h, row))) for row in range(BLOCK_ROWS)]


def _fed(sums: tuple[int, ...], vectors: int) -> list[int]:
    """The numbers, in a tile, of the sums that one row feeds, in the order of the row."""
    return [4 * vector + gate for vector in range(vectors) for gate in sums]
