"""What the parts of the compiled chain share: numba's decorator, the types they speak of, and addresses."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, njit, types
from numba.extending import intrinsic

from pedal.kernel.chain import Chain

part = njit(error_model="numpy", forceinline=True)
"""A part of the one function `process`: inlined, so that the compiler sees that no array here has an owner to count."""

Record = Any
"""chain.Chain, or one of its parts, as numba sees it."""
Address = Any
Samples = Any
"""An array of numbers inside a record, or behind an address."""
Integer = Any
Float = Any
"""A float32: plain Python floats would make the arithmetic float64."""

CHAIN = types.CPointer(from_dtype(np.dtype(Chain)))
FLOATS = types.CPointer(types.float32)
COUNT = types.CPointer(types.uint64)
PROCESS = types.void(CHAIN, types.voidptr, types.voidptr, types.int64)
"""The C signature of `block.process`."""

ZERO, ONE = np.float32(0), np.float32(1)
FULL_SCALE = np.float32(2.0**31)
"""Every sample is a 32-bit integer on its way in and on its way out."""
TOP = np.float32(2.0**31 - 2**7)
"""The largest float32 below FULL_SCALE."""
FINITE = np.float32(3.4028235e38)
"""The largest float32 there is."""
LOUDEST = np.float32(1e9)
"""A sample beyond this is taken as this, so that no sum or product of samples is infinite."""

run_kernel = types.ExternalFunction("run_kernel", types.void(types.int32, *[FLOATS] * 4, types.int64))
"""A kernel of recurrent.py: its number, weights, state, inputs, output, frames."""


@intrinsic
def floats_at(_typing: Any, address: Any) -> Any:
    """The address as a pointer to floats."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.FloatType().as_pointer())

    return FLOATS(address), generate


@intrinsic
def count_at(_typing: Any, address: Any) -> Any:
    """The address as a pointer to a word of the link."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())

    return COUNT(address), generate


@intrinsic
def start_of(_typing: Any, floats: Any) -> Any:
    """A pointer to an array's first float."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return FLOATS(floats), generate


@intrinsic
def publish(_typing: Any) -> Any:
    """Order memory: what was written before is seen by another process before what is written after."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        builder.fence("release")
        return context.get_dummy_value()

    return types.void(), generate
