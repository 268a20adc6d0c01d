"""Load beside the engine: processor, memory, disk, network and display, as much as a bad evening on stage brings."""
