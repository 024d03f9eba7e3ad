"""Evaluation: protocol, scores of a case, their store, summary, report, plots.

Imported by `hidiff.cli` alone.
"""
