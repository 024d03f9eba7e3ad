"""Visuals: pictures of masks and steps, sheets of them, and the files that a refinement leaves."""
