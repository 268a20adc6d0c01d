"""Eight numbers side by side, as a value in numba's code: one sequence of the batch in each lane.

Numba leaves it to LLVM to find vectors in loops over arrays, which it does where it can prove that no two arrays
overlap and where trip counts suit it. A kernel whose sums must stay in registers says so instead.
"""

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from pedal.train.sizes import LANES

Numba = Any
"""numba's types and contexts and llvmlite's builders and values have no types of their own."""
FLAGS = ("contract", "nsz")
"""A product and a sum may be one instruction, rounded once. Nothing is reassociated: the same sums, the same bits."""


class Lanes(types.Type):
    """The type of LANES numbers of one dtype."""

    def __init__(self, dtype: Numba) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """How Lanes are held: as one LLVM vector."""

    def __init__(self, manager: Numba, lanes: Lanes) -> None:
        number = ir.FloatType() if lanes.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, lanes, ir.VectorType(number, LANES))


def _address(context: Numba, builder: Numba, array_type: Numba, array: Numba, index: Numba, vector: Numba) -> Numba:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@intrinsic
def load(_typing: Numba, array: Numba, index: Numba) -> Numba:
    """LANES numbers of a contiguous array of any shape, from the flat `index` on."""
    lanes = Lanes(array.dtype)

    def generate(context: Numba, builder: Numba, signature: Numba, arguments: Numba) -> Numba:
        vector = context.get_value_type(signature.return_type)
        place = _address(context, builder, signature.args[0], arguments[0], arguments[1], vector)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return lanes(array, types.intp), generate if isinstance(index, types.Integer) else None


@intrinsic
def store(_typing: Numba, array: Numba, index: Numba, lanes: Numba) -> Numba:
    """Write `lanes` to a contiguous array of any shape, from the flat `index` on."""

    def generate(context: Numba, builder: Numba, signature: Numba, arguments: Numba) -> Numba:
        vector = context.get_value_type(lanes)
        place = _address(context, builder, signature.args[0], arguments[0], arguments[1], vector)
        builder.store(arguments[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate if isinstance(index, types.Integer) else None


@intrinsic
def splat(_typing: Numba, array: Numba, index: Numba) -> Numba:
    """The number at the flat `index` of a contiguous array, in every lane."""
    lanes = Lanes(array.dtype)

    def generate(context: Numba, builder: Numba, signature: Numba, arguments: Numba) -> Numba:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _broadcast(builder, builder.load(builder.gep(data, [arguments[1]])))

    return lanes(array, types.intp), generate if isinstance(index, types.Integer) else None


@intrinsic
def fill(_typing: Numba, like: Numba, number: Numba) -> Numba:
    """A constant in every lane of a value like `like`."""

    def generate(context: Numba, builder: Numba, signature: Numba, arguments: Numba) -> Numba:
        cast = context.cast(builder, arguments[1], signature.args[1], like.dtype)
        return _broadcast(builder, cast)

    return like(like, number), generate if isinstance(number, types.Number) else None


def _broadcast(builder: Numba, number: Numba) -> Numba:
    kind = ir.VectorType(number.type, LANES)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), places)


@infer_global(operator.add)
@infer_global(operator.sub)
@infer_global(operator.mul)
@infer_global(operator.truediv)
class Arithmetic(AbstractTemplate):
    """Two Lanes of one type make a third, lane by lane."""

    def generic(self, arguments: Numba, _keywords: Numba) -> Numba:
        """The signature, or None for operands that are not ours."""
        same = len(arguments) == 2 and isinstance(arguments[0], Lanes) and arguments[0] == arguments[1]
        return signature(arguments[0], *arguments) if same else None


@lower_builtin(operator.add, Lanes, Lanes)
def _add(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
    return builder.fadd(*arguments, flags=FLAGS)


@lower_builtin(operator.sub, Lanes, Lanes)
def _sub(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
    return builder.fsub(*arguments, flags=FLAGS)


@lower_builtin(operator.mul, Lanes, Lanes)
def _mul(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
    return builder.fmul(*arguments, flags=FLAGS)


@lower_builtin(operator.truediv, Lanes, Lanes)
def _div(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
    return builder.fdiv(*arguments, flags=FLAGS)


@intrinsic
def clamp(_typing: Numba, x: Numba, limit: Numba) -> Numba:
    """x, no further from zero than the positive `limit`, lane by lane."""

    def generate(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
        value, top = arguments
        bottom = builder.fneg(top)
        value = builder.select(builder.fcmp_ordered("<", value, top), value, top)
        return builder.select(builder.fcmp_ordered(">", value, bottom), value, bottom)

    return x(x, limit), generate


@intrinsic
def exp(_typing: Numba, x: Numba) -> Numba:
    """e to the x, lane by lane, by the C library: exact and slow."""

    def generate(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
        number = arguments[0].type.element
        name = {"float": "llvm.exp.f32", "double": "llvm.exp.f64"}[str(number)]
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(number, [number]), name)
        result = arguments[0]
        for lane in range(LANES):
            place = ir.Constant(ir.IntType(32), lane)
            one = builder.call(function, [builder.extract_element(arguments[0], place)])
            result = builder.insert_element(result, one, place)
        return result

    return x(x), generate


@intrinsic
def total(_typing: Numba, x: Numba) -> Numba:
    """The sum over the lanes, in the order that halves the vector each time."""

    def generate(_context: Numba, builder: Numba, _signature: Numba, arguments: Numba) -> Numba:
        width, vector = LANES, arguments[0]
        while width > 1:
            width //= 2
            low, high = (ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(start, start + width)))
                         for start in (0, width))  # fmt: skip
            undefined = ir.Constant(vector.type, ir.Undefined)
            vector = builder.fadd(
                builder.shuffle_vector(vector, undefined, low), builder.shuffle_vector(vector, undefined, high)
            )
        return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    return x.dtype(x), generate
