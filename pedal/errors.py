"""What can go wrong, as the player is told it: one line that names the thing, what was found and what to do."""


class PedalError(Exception):
    """The root of every error the pedal raises on purpose; the command line prints it as one line, status 1."""


class ConfigError(PedalError, ValueError):
    """A configuration that cannot be used; the text lists every fault at once."""


class ModelError(PedalError, ValueError):
    """A model file that is refused, and why."""


class AudioFileError(PedalError, ValueError):
    """A recording that cannot be read or written."""


class CardError(PedalError, OSError):
    """An audio interface that is absent, or gave something other than what was asked of it."""


class KernelError(PedalError, RuntimeError):
    """The compiled kernels are missing, were built for another processor or could not be built."""


class LinkError(PedalError, OSError):
    """The shared words between the engine and everyone else cannot be opened or are held by another process."""
