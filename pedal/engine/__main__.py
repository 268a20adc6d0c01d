"""python -m pedal.engine"""

import gc
import sys

if __name__ == "__main__":
    gc.disable()  # before the imports, which leave next to nothing to collect; the loop leaves nothing at all
    try:
        from pedal.engine.main import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # until main listens to signals
        sys.exit(130)
