"""A guitar pedal: a recurrent model of an amplifier between ALSA capture and ALSA playback."""

__version__ = "0.1.0"
