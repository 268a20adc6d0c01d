"""How the learning rate moves: three plain objects, each saved as it is."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pedal.errors import ConfigError

Kind = Literal["cosine", "plateau", "constant"]
KINDS: tuple[Kind, ...] = ("cosine", "plateau", "constant")
WARMUP = 0.01
"""The share of a cosine's way on which the rate rises from nothing."""
FACTOR, PATIENCE = 0.5, 5
"""A plateau: the rate is halved after this many validations without a better one."""


@dataclass
class Schedule:
    """The learning rate, from what has been trained and how validation went."""

    kind: Kind
    first: float
    """The highest rate."""
    last: float
    """Where a cosine ends and below which a plateau does not go."""
    best: float = math.inf
    waited: int = 0
    """Validations since the best one, or since the rate was last lowered."""
    lowered: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"schedule {self.kind!r} is unknown; expected one of {', '.join(KINDS)}")
        if not 0 < self.last <= self.first:
            raise ConfigError(
                f"learning rates {self.first:g} to {self.last:g} are no way down; expected first ≥ last > 0"
            )

    def rate(self, progress: float) -> float:
        """The rate when this share, 0 to 1, of the training is done.

        The cosine is that of I. Loshchilov and F. Hutter, SGDR, ICLR 2017, without restarts.
        """
        if self.kind == "constant":
            return self.first
        if self.kind == "plateau":
            return max(self.last, self.first * FACTOR**self.lowered)
        if progress < WARMUP:
            return self.first * max(progress, WARMUP / 20) / WARMUP
        way = min(1.0, (progress - WARMUP) / (1 - WARMUP))
        return self.last + (self.first - self.last) * (1 + math.cos(math.pi * way)) / 2

    def validated(self, loss: float) -> None:
        """Take note of a validation."""
        if loss < self.best:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited > PATIENCE:
            self.lowered, self.waited = self.lowered + 1, 0

    def state(self) -> dict[str, Any]:
        """What `Schedule(**state)` makes again."""
        return asdict(self)
