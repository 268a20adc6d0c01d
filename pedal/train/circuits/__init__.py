"""Pedals and amplifiers solved from their parts: what a model is trained on where no amplifier stands by."""
