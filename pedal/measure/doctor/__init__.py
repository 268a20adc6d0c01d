"""`pedal doctor`: every fact of this machine that decides whether the pedal is heard as it should be."""
