"""The reader: a grey, rectified plate to character scores, country and "not a plate".

A small convolutional trunk keeps 96 columns. Two learned attentions over its rows read an upper and a lower line,
so that a plate on two lines is read in order by the same decoder; on one line the second stays silent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.exposures import READER_HEIGHT_PX, READER_WIDTH_PX
from training.reader_data import ALPHABET, COUNTRIES

CLASSES = len(ALPHABET) + 1
BLANK = 0
LINES = 2


class Block(nn.Module):
    """Convolution, normalisation, rectification; with a shortcut where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, *, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.normalise = nn.BatchNorm2d(outputs)
        self.shortcut = inputs == outputs and stride == (1, 1)

    def forward(self, features: Tensor) -> Tensor:
        made = self.normalise(self.convolve(features))
        return torch.relu(made + features if self.shortcut else made)


class Column(nn.Module):
    """A depthwise convolution along the line and a pointwise mix."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.along = nn.Conv2d(width, width, (1, reach), padding=(0, reach // 2), groups=width, bias=False)
        self.mix = nn.Conv2d(width, width, 1, bias=False)
        self.normalise = nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.normalise(self.mix(self.along(features))) + features)


class PlateReader(nn.Module):
    """Input (n, 1, 40, 192), 0-255; output character scores (n, 2*96, 38) as logits, and country logits (n, c)."""

    def __init__(self, widths: tuple[int, ...] = (24, 40, 64, 96, 144, 192)) -> None:
        super().__init__()
        a, b, c, d, e, f = widths
        self.trunk = nn.Sequential(
            Block(1, a, stride=(2, 2)),
            Block(a, b),
            Block(b, c, stride=(2, 1)),
            Block(c, c),
            Block(c, d),
            Block(d, e, stride=(2, 1)),
            Block(e, e),
            Block(e, e),
            Block(e, f),
        )
        self.rows = nn.Conv2d(f, LINES, (3, 5), padding=(1, 2))
        self.height_code = nn.Parameter(torch.zeros(1, LINES, READER_HEIGHT_PX // 8, 1))
        self.line = nn.Sequential(Column(f, 9), Column(f, 9), nn.Dropout(0.1))
        self.characters = nn.Conv2d(f, CLASSES, 1)
        self.country = nn.Sequential(
            nn.Linear(2 * f, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, len(COUNTRIES))
        )

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        mean = crops.mean((2, 3), keepdim=True)
        spread = crops.std((2, 3), keepdim=True)
        features = self.trunk((crops - mean) / (spread + 4.0))
        share = torch.softmax(self.rows(features) + self.height_code, dim=2)
        upper = (features * share[:, 0:1]).sum(2, keepdim=True)
        lower = (features * share[:, 1:2]).sum(2, keepdim=True)
        lines = self.line(torch.cat((upper, lower), dim=2))
        scores = self.characters(lines).permute(0, 2, 3, 1).flatten(1, 2)
        pooled = torch.cat((features.mean((2, 3)), features.amax((2, 3))), dim=1)
        return scores, self.country(pooled)


def example() -> Tensor:
    """An input of the right shape, for export."""
    return torch.zeros(1, 1, READER_HEIGHT_PX, READER_WIDTH_PX)
