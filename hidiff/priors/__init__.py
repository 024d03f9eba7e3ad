"""Priors: where the probability map that is refined comes from."""
