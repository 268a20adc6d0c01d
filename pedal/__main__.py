"""The command `pedal`, which is also `python -m pedal`."""

import sys


def main() -> int:
    """Run it; gives the exit status.

    `pedal engine` goes its own way at once: the parser takes as long to import as the engine takes to sound.
    """
    match sys.argv[1:]:
        case ["engine", *arguments] if not arguments or (arguments[0] == "--config" and len(arguments) == 2):
            from pedal.engine.__main__ import start

            return start(arguments)
    from pedal.cli.main import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
