"""Runs: what a visitor asks for and what comes of it, without Gradio."""
