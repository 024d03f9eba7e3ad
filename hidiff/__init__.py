"""HiDiff: a segmentor proposes a mask, a binary Bernoulli diffusion model refines it, bit by bit."""

__version__ = "0.1.0"
