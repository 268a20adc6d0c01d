"""What a player should know beside the answer: one line on stderr."""

import sys


def note(text: str) -> None:
    """Say it, as errors are said."""
    print(f"pedal: {text}", file=sys.stderr)
