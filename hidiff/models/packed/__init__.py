"""The binary denoiser on packed bits: the same network, one bit a weight and one bit an activation."""
