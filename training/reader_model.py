"""The reader: a grey, rectified plate to character scores, country and "not a plate".

A small convolutional trunk; then two learned attentions over its rows read an upper and a lower line,
so that a plate on two lines is read in order by the same decoder; on one line the second stays silent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.blocks import Block
from training.reader_data import COUNTRIES
from turnpike.recognition.decoding import ALPHABET
from turnpike.recognition.rectifying import HEIGHT_PX, WIDTH_PX

CLASSES = len(ALPHABET) + 1
LINES = 2
PARTS = 4
STEPS_A_COLUMN = 2
ROWS, COLUMNS = HEIGHT_PX // 8, WIDTH_PX // 4


class Along(nn.Module):
    """A convolution along the line, with a shortcut where the widths allow."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolve = nn.Conv1d(inputs, outputs, 5, padding=2, bias=False)
        self.normalise = nn.BatchNorm1d(outputs)
        self.shortcut = inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        made = self.normalise(self.convolve(features))
        return torch.relu(made + features if self.shortcut else made)


class PlateReader(nn.Module):
    """Input (n, 1, 56, 192), 0-255; output character scores (n, 2*96, 38) as logits, and country logits (n, c).

    The trunk keeps 48 columns, of which each answers two steps: halving the columns halves the cost, and 96 steps are needed
    to keep `11` apart. Each line weighs the rows for every quarter of the channels by itself, so that what stands where
    within a character survives the sum over rows.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 48, 64, 96, 128), line_width: int = 256) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.trunk = nn.Sequential(
            Block(1, a, 2),
            Block(a, b, (1, 2)),
            Block(b, c, (2, 1)),
            Block(c, c),
            Block(c, d, (2, 1)),
            Block(d, d),
            Block(d, e),
            Block(e, e),
        )
        self.rows = nn.Conv2d(e, LINES * PARTS, (3, 5), padding=(1, 2))
        self.height_code = nn.Parameter(torch.zeros(1, LINES * PARTS, ROWS, 1))
        self.line = nn.Sequential(
            *(Along(before, line_width) for before in (e, line_width, line_width)), nn.Dropout(0.1)
        )
        self.characters = nn.Conv1d(line_width, STEPS_A_COLUMN * CLASSES, 1)
        self.country = nn.Sequential(
            nn.Linear(2 * e, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, len(COUNTRIES))
        )

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        mean = crops.mean((2, 3), keepdim=True)
        spread = crops.std((2, 3), keepdim=True)
        features = self.trunk((crops - mean) / (spread + 4.0))
        share = torch.softmax(self.rows(features) + self.height_code, dim=2)
        width = features.shape[1] // PARTS
        parts = features.reshape(-1, 1, PARTS, width, ROWS, COLUMNS)
        weights = share.reshape(-1, LINES, PARTS, 1, ROWS, COLUMNS)
        lines = (parts * weights).sum(4).reshape(-1, PARTS * width, COLUMNS)
        scores = self.characters(self.line(lines)).transpose(1, 2)
        pooled = torch.cat((features.mean((2, 3)), features.amax((2, 3))), dim=1)
        return scores.reshape(-1, LINES * COLUMNS * STEPS_A_COLUMN, CLASSES), self.country(pooled)


def example() -> Tensor:
    """An input of the right shape, for export."""
    return torch.zeros(1, 1, HEIGHT_PX, WIDTH_PX)
