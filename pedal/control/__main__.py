"""`python -m pedal.control`, the service's command."""

import sys

from pedal.control.service import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
