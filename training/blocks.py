"""What both networks are built of."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Convolution (3 x 3), normalisation, rectification; with a shortcut where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.normalise = nn.BatchNorm2d(outputs)
        self.shortcut = inputs == outputs and stride in {1, (1, 1)}

    def forward(self, features: Tensor) -> Tensor:
        made = self.normalise(self.convolve(features))
        return torch.relu(made + features if self.shortcut else made)
