"""Checkpoints: weights and their config on disk and on the Hugging Face Hub, and the list of their digests."""
