"""Runs: what a visitor asks for and what comes of it. `uploads` alone knows Gradio, whose folders it uses."""
