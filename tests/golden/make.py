"""Make recurrent.npz: what PyTorch's own LSTM and GRU put out, for the oracle to be compared with.

Run `python tests/golden/make.py` where torch is installed. Weights are float32 numbers, everything is computed in
float64, the state starts at random values.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

FILE = Path(__file__).with_name("recurrent.npz")
CASES = (("lstm", 5, 1), ("lstm", 20, 3), ("gru", 7, 1), ("gru", 16, 2))
"""Cell, hidden units, inputs."""
FRAMES = 300


def made() -> dict[str, NDArray[np.floating]]:
    """Every array, named case.part."""
    arrays = {}
    for number, (cell, hidden, inputs) in enumerate(CASES):
        for part, values in case(cell, hidden, inputs, seed=number).items():
            arrays[f"{cell}{hidden}x{inputs}.{part}"] = values
    return arrays


def case(cell: str, hidden: int, inputs: int, seed: int) -> dict[str, NDArray[np.floating]]:
    """Weights, input [frames, inputs], first state and output [frames] of one network with a dense layer."""
    random = np.random.default_rng(seed)
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](inputs, hidden, dtype=torch.float64)
    dense = torch.nn.Linear(hidden, 1, dtype=torch.float64)
    with torch.no_grad():
        for parameter in (*layer.parameters(), *dense.parameters()):
            values = random.standard_normal(tuple(parameter.shape)).astype(np.float32) * np.float32(0.6)
            parameter.copy_(torch.from_numpy(values))
        sound = random.standard_normal((FRAMES, inputs))
        sound[:, 1:] = random.uniform(size=(FRAMES, inputs - 1))
        h, c = (torch.from_numpy(random.uniform(-0.5, 0.5, (1, hidden)).astype(np.float32)).double() for _ in range(2))
        output, _ = layer(torch.from_numpy(sound), (h, c) if cell == "lstm" else h)
        heard = dense(output)[:, 0].numpy()
    weights = {
        name.removesuffix("_l0"): values.detach().numpy().astype(np.float32)
        for name, values in layer.named_parameters()
    }
    return {
        **weights,
        "dense_weight": dense.weight.detach().numpy()[0].astype(np.float32),
        "dense_bias": dense.bias.detach().numpy().astype(np.float32),
        "h": h.numpy()[0].astype(np.float32),
        "c": c.numpy()[0].astype(np.float32),
        "input": sound,
        "output": heard,
    }


if __name__ == "__main__":
    np.savez_compressed(FILE, allow_pickle=False, **made())
    print(f"{FILE}: {FILE.stat().st_size} bytes")
