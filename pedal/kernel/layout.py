"""How the weights of a model lie in memory for one compiled size. No numba, no numpy."""

from itertools import pairwise
from typing import Literal, NamedTuple

STATE_OFFSET = 64
"""Where the initial state, h then c, starts in the packed floats, in bytes."""


class Kernel(NamedTuple):
    """One compiled size, and how the weights of a model lie in memory for it (recurrent.py says what is where)."""

    cell: Literal["lstm", "gru"]
    units: int
    """Models of up to this many hidden units are padded to it."""
    inputs: int
    """1, or 3 for models with one or two knobs."""
    lanes: int
    """Floats in a vector."""
    tile: int
    """Vectors of units, at most, whose sums are kept in registers together."""
    number: int = 0
    """Its place in the library's table."""

    @property
    def fed_by_x(self) -> tuple[int, ...]:
        """Which of a unit's four sums the inputs feed: LSTM i, f, g, o; GRU r, z, n's input part, n's hidden part."""
        return (0, 1, 2, 3) if self.cell == "lstm" else (0, 1, 2)

    @property
    def fed_by_h(self) -> tuple[int, ...]:
        """Which of them h feeds."""
        return (0, 1, 2, 3) if self.cell == "lstm" else (0, 1, 3)

    @property
    def vectors(self) -> int:
        """Vectors that hold one value of every unit."""
        return -(-self.units // self.lanes)

    @property
    def padded(self) -> int:
        """Units with those that fill the last vector; the width of h and of c."""
        return self.vectors * self.lanes

    @property
    def tiles(self) -> list[range]:
        """The vectors of each tile, the tiles as equal as can be."""
        tiles = -(-self.vectors // self.tile)
        ends = [self.vectors * number // tiles for number in range(tiles + 1)]
        return [range(start, end) for start, end in pairwise(ends)]

    @property
    def dense_offset(self) -> int:
        """Where the dense weights start, in floats."""
        return STATE_OFFSET // 4 + 2 * self.padded

    @property
    def tiles_offset(self) -> int:
        """Where the first tile starts, in floats."""
        return self.dense_offset + self.padded

    def tile_floats(self, tile: range) -> int:
        """Floats in one tile: biases, one row an input, one row a unit."""
        rows = 4 + len(self.fed_by_x) * self.inputs + len(self.fed_by_h) * self.units
        return self.lanes * len(tile) * rows

    @property
    def floats(self) -> int:
        """Floats in a packed model."""
        return self.tiles_offset + sum(self.tile_floats(tile) for tile in self.tiles)
