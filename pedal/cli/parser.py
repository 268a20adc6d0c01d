"""The parser of the command line, which says of a word that it does not know which one was probably meant."""

import argparse
import sys
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """Of `pedal`, and of each of its commands."""

    def error(self, message: str) -> NoReturn:
        """End with status 2: whoever named no command gets the help, not the usage alone."""
        if message.endswith(": COMMAND"):
            self.print_help(sys.stderr)
            self.exit(2)
        super().error(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 (argparse's)
        """Refuse what is none of the choices."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            import difflib  # here, because what is right need not wait for it

            if close := difflib.get_close_matches(str(value), map(str, action.choices or ()), 1):
                raise argparse.ArgumentError(action, f"there is no {value!r}; did you mean {close[0]}?") from error
            raise
