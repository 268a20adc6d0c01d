"""Feet, hands and eyes: switches, knobs, screen, tuner, what is remembered; the engine is asked through the link."""
