"""Data sets: cases on disk, splits by group, augmentation, and the training's random numbers."""
