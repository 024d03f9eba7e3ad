"""One refinement: its settings, its chains, its trace, and what many samples say together."""
