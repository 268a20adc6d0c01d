"""Feet, hands and eyes: footswitches, knobs, screen, tuner and what is remembered; the engine is asked through the link."""
