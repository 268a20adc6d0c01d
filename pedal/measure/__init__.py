"""What a model sounds like and what it costs, measured on this machine."""
