"""A small vocabulary for writing vector code: ordinary Python expressions that leave LLVM instructions behind.

A `Value` is a float, or a vector of `lanes` floats, that exists when the compiled code runs. Adding and multiplying
Values writes the instruction; a Python number among them is a constant; a Python `for` is unrolled, `Code.loop` is a
loop in the compiled code. Products and sums may be fused (fma), nothing is reordered, so one target always gives the
same bits. Nothing here knows what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

FLOAT = ir.FloatType()
I32 = ir.IntType(32)
I64 = ir.IntType(64)
FUSE = ("contract",)


@dataclass(frozen=True)
class Value:
    """A float or a vector of floats in the code being written."""

    code: Code
    ir: ir.Value

    def __add__(self, other: Value | float) -> Value:
        return Value(self.code, self.code.builder.fadd(self.ir, self.code.like(other, self), flags=FUSE))

    def __sub__(self, other: Value | float) -> Value:
        return Value(self.code, self.code.builder.fsub(self.ir, self.code.like(other, self), flags=FUSE))

    def __mul__(self, other: Value | float) -> Value:
        return Value(self.code, self.code.builder.fmul(self.ir, self.code.like(other, self), flags=FUSE))

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class Ratio:
    """p / q, divided only where `Code.divide` is called: a chain of rational functions then costs one division."""

    p: Value
    q: Value

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.p * other.q + other.p * self.q, self.q * other.q)

    def __mul__(self, other: Ratio | Value | float) -> Ratio:
        if isinstance(other, Ratio):
            return Ratio(self.p * other.p, self.q * other.q)
        return Ratio(self.p * other, self.q)

    __rmul__ = __mul__


@dataclass(frozen=True)
class Variable:
    """A Value that changes while the code runs; the compiler keeps it in a register."""

    code: Code
    slot: ir.Value

    def get(self) -> Value:
        """What it holds now."""
        return Value(self.code, self.code.builder.load(self.slot))

    def set(self, value: Value) -> None:
        """From here on it holds value."""
        self.code.builder.store(value.ir, self.slot)


class Code:
    """One function being written, with vectors of `lanes` floats."""

    def __init__(self, function: ir.Function, lanes: int) -> None:
        self.function = function
        self.lanes = lanes
        self.arm = function.module.triple.startswith("aarch64")
        self.vector = ir.VectorType(FLOAT, lanes)
        self._entry = ir.IRBuilder(function.append_basic_block("entry"))
        self.builder = ir.IRBuilder(function.append_basic_block("body"))

    def finish(self) -> None:
        """End the function."""
        self.builder.ret_void()
        self._entry.branch(self.function.basic_blocks[1])

    def like(self, value: Value | float, model: Value) -> ir.Value:
        """The value, or a constant of the model's type."""
        if isinstance(value, Value):
            return value.ir
        constant = ir.Constant(FLOAT, float(value))
        return constant if model.ir.type == FLOAT else ir.Constant(self.vector, [constant] * self.lanes)

    def zero(self) -> Value:
        """A vector of zeros."""
        return Value(self, ir.Constant(self.vector, [ir.Constant(FLOAT, 0.0)] * self.lanes))

    def variable(self, start: Value) -> Variable:
        """A new variable that holds start."""
        variable = Variable(self, self._entry.alloca(start.ir.type))
        variable.set(start)
        return variable

    def array(self, floats: int) -> ir.Value:
        """The address of `floats` floats on the stack, aligned to 64 bytes."""
        place = self._entry.alloca(ir.ArrayType(FLOAT, floats))
        place.align = 64
        return self._entry.bitcast(place, FLOAT.as_pointer())

    def offset(self, address: ir.Value, floats: int | ir.Value) -> ir.Value:
        """The address that many floats further on."""
        return self.builder.gep(
            address, [ir.Constant(I64, floats) if isinstance(floats, int) else floats], inbounds=True
        )

    def load(self, address: ir.Value, aligned: bool = True) -> Value:
        """The vector at address."""
        value = self.builder.load(self.builder.bitcast(address, self.vector.as_pointer()))
        value.align = 4 * self.lanes if aligned else 4
        return Value(self, value)

    def store(self, value: Value, address: ir.Value, aligned: bool = True) -> None:
        """Write a vector to address."""
        place = self.builder.store(value.ir, self.builder.bitcast(address, self.vector.as_pointer()))
        place.align = 4 * self.lanes if aligned else 4

    def load_scalar(self, address: ir.Value) -> Value:
        """The float at address."""
        return Value(self, self.builder.load(address))

    def store_scalar(self, value: Value, address: ir.Value) -> None:
        """Write one float to address."""
        self.builder.store(value.ir, address)

    def splat(self, scalar: Value) -> Value:
        """A vector with the scalar in every lane."""
        first = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), scalar.ir, ir.Constant(I32, 0))
        return Value(self, self._shuffle(first, [0] * self.lanes))

    def lane(self, value: Value, lane: int) -> Value:
        """A vector with one lane of value in every lane."""
        return Value(self, self._shuffle(value.ir, [lane] * self.lanes))

    def total(self, value: Value) -> Value:
        """The sum of a vector's lanes, added in halves."""
        lanes, rest = self.lanes, value
        while lanes > 1:
            lanes //= 2
            low = self._shuffle(rest.ir, list(range(lanes)))
            rest = Value(self, low) + Value(self, self._shuffle(rest.ir, list(range(lanes, 2 * lanes))))
        return Value(self, self.builder.extract_element(rest.ir, ir.Constant(I32, 0)))

    def clamp(self, value: Value, limit: float) -> Value:
        """The value within ±limit; -limit where it is not a number."""
        return self._extreme("<", self._extreme(">", value, -limit, "maxnum"), limit, "minnum")

    def divide(self, ratio: Ratio) -> Value:
        """p / q; on Arm, whose vector division stalls, by a reciprocal estimate and two Newton steps."""
        if not self.arm:
            return Value(self, self.builder.fdiv(ratio.p.ir, ratio.q.ir))
        reciprocal = self.call("llvm.aarch64.neon.frecpe", ratio.q)
        for _ in range(2):
            reciprocal = reciprocal * self.call("llvm.aarch64.neon.frecps", ratio.q, reciprocal)
        return ratio.p * reciprocal

    def call(self, intrinsic: str, *values: Value) -> Value:
        """One of LLVM's vector functions, by its name without the type."""
        name = f"{intrinsic}.v{self.lanes}f32"
        function = self.function.module.globals.get(name) or ir.Function(
            self.function.module, ir.FunctionType(self.vector, [self.vector] * len(values)), name
        )
        return Value(self, self.builder.call(function, [value.ir for value in values]))

    @contextmanager
    def loop(self, count: int | ir.Value) -> Iterator[ir.Value]:
        """Code that runs `count` times (0 or more); gives the pass's number, from 0."""
        number = self._entry.alloca(I64)
        limit = ir.Constant(I64, count) if isinstance(count, int) else count
        self.builder.store(ir.Constant(I64, 0), number)
        test, body, after = (self.function.append_basic_block(name) for name in ("test", "pass", "after"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        index = self.builder.load(number)
        self.builder.cbranch(self.builder.icmp_signed("<", index, limit), body, after)
        self.builder.position_at_end(body)
        yield index
        self.builder.store(self.builder.add(index, ir.Constant(I64, 1)), number)
        self.builder.branch(test)
        self.builder.position_at_end(after)

    def _shuffle(self, value: ir.Value, lanes: list[int]) -> ir.Value:
        mask = ir.Constant(ir.VectorType(I32, len(lanes)), lanes)
        return self.builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), mask)

    def _extreme(self, order: str, value: Value, limit: float, arm_name: str) -> Value:
        bound = self.like(limit, value)
        if self.arm:
            return self.call(f"llvm.{arm_name}", value, Value(self, bound))
        # Exactly x86's minps and maxps, which give the second operand where the first is not a number.
        return Value(self, self.builder.select(self.builder.fcmp_ordered(order, value.ir, bound), value.ir, bound))


@contextmanager
def without_denormals(builder: ir.IRBuilder) -> Iterator[None]:
    """Take numbers below 1e-38 as zero meanwhile: processors are slow with them, and a decaying note gets there."""
    call = _Calls(builder)
    if builder.module.triple.startswith("aarch64"):
        flush = ir.Constant(I64, 1 << 24)  # FPCR.FZ
        before = call("llvm.aarch64.get.fpcr", I64)
        call("llvm.aarch64.set.fpcr", ir.VoidType(), builder.or_(before, flush))
        yield
        call("llvm.aarch64.set.fpcr", ir.VoidType(), before)
        return
    flush = ir.Constant(I32, 1 << 15 | 1 << 6)  # MXCSR.FTZ, MXCSR.DAZ
    before, during = builder.alloca(I32), builder.alloca(I32)
    octets = ir.IntType(8).as_pointer()
    call("llvm.x86.sse.stmxcsr", ir.VoidType(), builder.bitcast(before, octets))
    builder.store(builder.or_(builder.load(before), flush), during)
    call("llvm.x86.sse.ldmxcsr", ir.VoidType(), builder.bitcast(during, octets))
    yield
    call("llvm.x86.sse.ldmxcsr", ir.VoidType(), builder.bitcast(before, octets))


@dataclass(frozen=True)
class _Calls:
    """Calls of the processor's own instructions by LLVM's names for them."""

    builder: ir.IRBuilder

    def __call__(self, name: str, gives: ir.Type, *values: ir.Value) -> ir.Value:
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(
            module, ir.FunctionType(gives, [value.type for value in values]), name
        )
        return self.builder.call(function, values)
