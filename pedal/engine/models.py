"""Which model plays: from the model word of the link to packed floats in a slot of the chain."""

from collections.abc import Sequence
from pathlib import Path

from pedal.errors import ModelError
from pedal.kernel.chain import Chain, Controls, fading, listen, turn
from pedal.kernel.layout import Kernel
from pedal.kernel.packed import Packed, packed_path

LOOKS_AFTER_REFUSAL = 200
"""A refused model is tried again after so many looks: about a second in periods of 64 frames."""


class Models:
    """The two slots of the chain: what is in them, and how another model gets there without a gap."""

    def __init__(self, chain: Chain, kernels: Sequence[Kernel], state: Path, tag: str) -> None:
        """Packed files are looked for in the folder `state`, for the library with this tag."""
        self.refused = 0
        """The last word that could not be taken; 0 when the last one could."""
        self.fault = ""
        """Why."""
        self._chain = chain
        self._kernels = kernels
        self._state = state
        self._tag = tag
        self._asked = 0
        self._patience = LOOKS_AFTER_REFUSAL
        self._words = [0, 0]  # by slot
        self._packed: list[Packed | None] = [None, None]

    def ask(self, word: int, controls: Controls, check_floats: bool = False) -> None:
        """Have the model with this word, 0 for none, with its controls there; to be called again and again.

        A newcomer that is still listening is replaced; a crossfade under way is waited for. What cannot be taken is
        refused and what plays goes on; now and then it is tried again, as it may have been packed meanwhile. A model
        on its way out keeps its own controls, as does one that plays on because another was refused.
        """
        self._change(word, controls, check_floats)
        newest = 1 - self._chain.playing
        if not self._chain.slots[newest].weights:
            newest = self._chain.playing
        if self._words[newest] == word:
            turn(self._chain.slots[newest], controls)

    def _change(self, word: int, controls: Controls, check_floats: bool) -> None:
        self._release()
        if word == self._asked:
            self._patience -= 1 if self.refused else 0
        if (word == self._asked and self._patience > 0) or fading(self._chain):
            return
        self._asked, self._patience = word, LOOKS_AFTER_REFUSAL
        self.refused, self.fault = 0, ""
        if word:
            try:
                self._load(word, controls, check_floats)
            except ModelError as error:
                self.refused, self.fault = word, str(error)
                return
        self._chain.unload = int(not word)

    @property
    def playing(self) -> int:
        """The word of the model that is heard; 0 is none."""
        slot = self._chain.playing
        return self._words[slot] if self._chain.slots[slot].weights else 0

    @property
    def rate_hz(self) -> int:
        """The rate the model that is heard was made for; 0 without one."""
        slot = self._chain.playing
        packed = self._packed[slot]
        return packed.header.rate_hz if packed and self._chain.slots[slot].weights else 0

    def close(self) -> None:
        """Unmap everything. The chain must not be processed any more."""
        for slot in range(2):
            self._unmap(slot)

    def _load(self, word: int, controls: Controls, check_floats: bool) -> None:
        path = packed_path(self._state, self._tag, word)
        packed = Packed(path, self._tag, check_floats)
        number = packed.header.kernel
        if number >= len(self._kernels) or self._kernels[number].floats != packed.header.floats:
            packed.close()
            raise ModelError(f"packed model {path} is for no kernel of this library; delete it")
        listen(self._chain, self._kernels[number], packed.address, controls)
        idle = 1 - self._chain.playing
        self._unmap(idle)
        self._words[idle], self._packed[idle] = word, packed

    def _release(self) -> None:
        """Unmap what the chain has let go."""
        for slot, packed in enumerate(self._packed):
            if packed and self._chain.slots[slot].weights != packed.address:
                self._unmap(slot)

    def _unmap(self, slot: int) -> None:
        packed = self._packed[slot]
        if packed:
            self._packed[slot] = None
            packed.close()
