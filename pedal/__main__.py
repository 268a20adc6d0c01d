"""The command `pedal`, which is also `python -m pedal`."""

import sys


def main() -> int:
    """Run it; gives the exit status.

    The two processes of the pedal go their own way at once: the parser takes as long to import as they take to begin.
    """
    match sys.argv[1:]:
        case ["engine" | "control" as process, *rest] if not rest or (rest[0] == "--config" and len(rest) == 2):
            if process == "engine":
                from pedal.engine.__main__ import start
            else:
                from pedal.control.service import main as start
            return start(rest)
    from pedal.cli.main import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
