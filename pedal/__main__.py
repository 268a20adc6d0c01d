"""`python -m pedal` is the command `pedal`."""

import sys

from pedal.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
