"""The round trip from output to input by cable: the test signal, what comes back, and what that says."""
