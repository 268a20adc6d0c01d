"""python -m pedal.engine"""

import gc
import sys


def start(arguments: list[str]) -> int:
    """Run the engine; gives the exit status."""
    gc.disable()  # before the imports, which leave next to nothing to collect; the loop leaves nothing at all
    try:
        from pedal.engine.main import main

        return main(arguments)
    except KeyboardInterrupt:  # until main listens to signals
        return 130


if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
