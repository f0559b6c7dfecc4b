"""The detector: a picture to, for each stride-8 cell, whether a plate is there and where its four corners are."""

from __future__ import annotations

from torch import Tensor, nn

from training.blocks import Block

OUTPUTS = 9


class PlateDetector(nn.Module):
    """Input (n, 3, h, w), RGB 0-255, h and w multiples of 32; output (n, 9, h/8, w/8).

    Channel 0 is the plate's logit; the others are four corners, clockwise from the top left, x and y in units of 16 px from
    the cell's centre.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 24, 48, 96, 160), neck: int = 48) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.stem = nn.Sequential(Block(3, a, 2), Block(a, b, 2))
        self.to8 = nn.Sequential(Block(b, c, 2), Block(c, c))
        self.to16 = nn.Sequential(Block(c, d, 2), Block(d, d), Block(d, d))
        self.to32 = nn.Sequential(Block(d, e, 2), Block(e, e), Block(e, e))
        self.from32, self.from16, self.from8 = (
            nn.Conv2d(e, neck, 1),
            nn.Conv2d(d, neck, 1),
            nn.Conv2d(c, neck, 1),
        )
        self.up = nn.Upsample(scale_factor=2)
        self.mix16 = Block(neck, neck)
        self.head = nn.Sequential(Block(neck, neck), Block(neck, neck), nn.Conv2d(neck, OUTPUTS, 1))
        last = self.head[-1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None  # noqa: S101, PT018 - tells the type checker
        nn.init.zeros_(last.bias)
        # Nearly all cells hold no plate: begin by saying so.
        last.bias.data[0] = -4.5

    def forward(self, pictures: Tensor) -> Tensor:
        at8 = self.to8(self.stem((pictures - 114.0) / 64.0))
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        mixed = self.mix16(self.from16(at16) + self.up(self.from32(at32)))
        return self.head(self.from8(at8) + self.up(mixed))
