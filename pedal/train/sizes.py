"""How the compiled layer cuts its work, for those who compile it and those who pack for it."""

LANES = 8
"""float32 that fill a register of AVX2; LLVM splits the vectors where registers are smaller, and for float64."""
WIDE = 2 * LANES
"""Sequences in a block."""
TILE = 4
"""Units whose gradients are summed at once; their number is padded to whole tiles."""
SUMS = 4
"""Of a unit: LSTM i, f, g, o; GRU r, z, and n's two, that of the input and that of h."""
