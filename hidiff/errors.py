"""Errors that reach a user. The message is one plain sentence: what was wrong and what to do."""

from __future__ import annotations


class HiDiffError(ValueError):
    """Base of every error whose message is meant for the person at the screen."""


class ImageError(HiDiffError):
    """An image or a mask that cannot be used."""


class WeightsError(HiDiffError):
    """Weights that are missing, damaged, or not the ones the manifest names."""


class SettingsError(HiDiffError):
    """A setting outside its range."""


class PublishError(HiDiffError):
    """Something that cannot be published as it is, or that the Hub did not take."""
