"""The panel: state + event -> state, and what follows from a state: the link's words, what is saved, what is shown.

Pure: no clock, no file, no device. Times are seconds of the caller's clock.
"""
