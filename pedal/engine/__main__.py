"""python -m pedal.engine"""

import sys

from pedal.engine.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
