"""`python -m pedal.train.bench`: how much faster the compiled layer learns than torch's, side by side in one run."""

import argparse
import statistics
import time
from collections.abc import Callable

import numba
import torch

from pedal.model.model import Cell
from pedal.train.layer import Recurrent


def measure(
    cell: Cell, hidden: int, inputs: int, samples: int, batch: int, passes: int
) -> dict[str, tuple[float, float]]:
    """Median seconds of one forward and backward pass, by the wall's clock and by the processor's: compiled, torch's.

    In turn, so that both see the same machine.

    Torch's is the recurrent layer alone; the compiled one makes the dense sum too.
    """
    torch.manual_seed(0)
    net = Recurrent(cell, inputs, hidden)
    x, slope = torch.randn(samples, batch, inputs), torch.randn(samples, batch)
    slopes = torch.randn(samples, batch, hidden)
    state = net.rest(batch)

    def compiled() -> None:
        net(x, state)[0].backward(slope)

    def plain() -> None:
        net.rec(x)[0].backward(slopes)

    clocks = {"wall": time.perf_counter, "processor": time.process_time}
    times: dict[Callable[[], None], list[list[float]]] = {compiled: [], plain: []}
    for step in times:
        step()  # compiles, and takes the memory
    for _ in range(passes):
        for step, taken in times.items():
            net.zero_grad()
            start = [clock() for clock in clocks.values()]
            step()
            taken.append([clock() - before for clock, before in zip(clocks.values(), start, strict=True)])
    ours, theirs = ([statistics.median(column) for column in zip(*taken, strict=True)] for taken in times.values())
    return dict(zip(clocks, zip(ours, theirs, strict=True), strict=True))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare the compiled layer with torch.nn's.")
    parser.add_argument("--hidden", type=int, nargs="+", default=[20])
    parser.add_argument("--unit", choices=["lstm", "gru"], nargs="+", default=["lstm"])
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--inputs", type=int, default=1)
    parser.add_argument("--passes", type=int, default=9)
    parser.add_argument("--threads", type=int, default=numba.get_num_threads())
    given = parser.parse_args()
    numba.set_num_threads(given.threads)
    torch.set_num_threads(given.threads)
    print(f"{given.threads} threads, {given.samples} samples, batch {given.batch}, forward and backward, medians")
    for cell in given.unit:
        for hidden in given.hidden:
            found = measure(cell, hidden, given.inputs, given.samples, given.batch, given.passes)
            million = given.samples * given.batch / 1e6
            for clock, (ours, theirs) in found.items():
                print(
                    f"{cell} {hidden:3d}: {million / ours:6.2f} million samples a second of {clock} time; "
                    f"torch.nn {million / theirs:5.2f}; ratio {theirs / ours:.1f}"
                )


if __name__ == "__main__":
    main()
