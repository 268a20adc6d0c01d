"""The sound: written in Python, compiled ahead of time, loaded without the compiler."""
