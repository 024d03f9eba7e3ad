"""Training: segmentor, refiner, and both in turns (paper, section III-E).

Imported by `hidiff.cli` alone: the app and `segment` need none of it.
"""
