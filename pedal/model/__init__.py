"""A file from anywhere becomes a Model; a Model becomes sound the slow way, as the oracle of the fast one."""
