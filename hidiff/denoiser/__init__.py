"""The denoiser (BBDM): which bits of y_t are wrong?"""

from hidiff.denoiser.network import Denoiser, DenoiserConfig

__all__ = ["Denoiser", "DenoiserConfig"]
