"""Evaluation that cannot flatter: the parts of `python -m hidiff evaluate`.

protocol -> cases (what one image says) -> journal (kept as it comes) -> summary -> report and figures.
"""
