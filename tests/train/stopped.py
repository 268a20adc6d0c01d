"""Runs trained to their end, and stopped before it."""

from collections.abc import Callable

from pedal.train.run import Run


def ended(run: Run) -> list[bytes]:
    """Train to the end; the bits of all weights."""
    while not run.done:
        run.epoch()
    weights = (run.training.net.state_dict(), run.training.best)
    return [values.numpy().tobytes() for state in weights for values in state.values()]


def stopping(after: int) -> Callable[[float], None]:
    """What hears of the progress, and stops it."""
    heard: list[float] = []

    def tell(share: float) -> None:
        heard.append(share)
        if len(heard) > after:
            raise KeyboardInterrupt

    return tell
