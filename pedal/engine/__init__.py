"""USB in, one compiled call a period, USB out: one thread, no numpy."""
