"""Making models, on a workstation."""
