"""The networks (paper, section III-D): segmentor, binary denoiser, cross transformer."""
