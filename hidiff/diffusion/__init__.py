"""The Bernoulli diffusion of HiDiff (paper, sections III-B and III-C): pure functions on tensors."""
