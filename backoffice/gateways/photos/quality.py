"""Notes for the officer on how well a photo can be read. They refuse nothing; they point the eye.

All measures are taken on the luminance of the kept photo brought to one size, so that they mean the same for every
camera, and are robust figures (percentiles, areas) rather than means over the whole picture: a card on a dark table is
not a dark photo, a portrait before a white wall neither blurred nor glaring.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from backoffice.gateways.photos.corners import CUT_LIMIT, cut_corner
from backoffice.gateways.photos.decode import fit
from backoffice.gateways.photos.prepared import QualityNote

MIN_LONG_EDGE, MIN_SHORT_EDGE = 640, 400
"""Pixels of the original. 640 over a card's 86 mm are 190 dpi, over a 4x6 portrait's 60 mm 270 dpi; below that small
print is lost."""

SHARP_EDGES, SHARP_TILES = (1000, 500), 8
BLUR_LIMIT = 1.3
"""Width of the edges in pixels, see `blur_width`. Over a card that fills the frame a pixel is about 0.1 mm at 1000: in
focus its print comes to 0.6 to 0.8 and a portrait to 0.95; blurred by 0.2 mm, where the QR code can no longer be read,
to 1.2, by 0.3 mm, where small print melts, to 1.8."""

GRAIN_RATIO = 0.1875
"""Energy of white noise in the gradient to that in the Laplacian, after smoothing over 3 x 3 pixels."""

LEAST_DETAIL = 2.0
"""Mean squared gradient of a tile (grey levels per pixel) under which there is nothing in it to be sharp."""

DARK_LIMIT = 80
"""Of 255: a photo is dark when even its brightest fifth does not reach this."""

GLARE_EDGE = 256
GLARE_SATURATED = 250
GLARE_AREA = 0.006
"""Of the picture: a burnt-out blob of this area (a square of 8 % of the width) hides a word or half a face."""

_Grey = NDArray[np.uint8]
_Reals = NDArray[np.floating[Any]]


def quality_notes(photo: Image.Image, original_size: tuple[int, int]) -> list[QualityNote]:
    """The notes on a prepared RGB photo whose original had this size in pixels; no_qr is not decided here."""
    grey = _shrunk(photo.convert("L"), SHARP_EDGES[0])
    small = _shrunk(grey, GLARE_EDGE)
    notes = []
    if max(original_size) < MIN_LONG_EDGE or min(original_size) < MIN_SHORT_EDGE:
        notes.append(QualityNote.TOO_SMALL)
    if blur_width(grey) > BLUR_LIMIT:
        notes.append(QualityNote.BLURRED)
    elif glare_area(small) > GLARE_AREA:  # in a blurred photo every white patch fades like a reflection
        notes.append(QualityNote.GLARE)
    if float(np.percentile(np.asarray(small), 80)) < DARK_LIMIT:
        notes.append(QualityNote.DARK)
    if cut_corner(grey) > CUT_LIMIT:
        notes.append(QualityNote.CUT_OFF)
    return notes


def blur_width(grey: Image.Image) -> float:
    """How wide the sharpest edges are, in pixels (standard deviation of their blur); infinite when there are none.

    For an edge blurred by a Gaussian of width s, the energy of the Laplacian is 1 / (2 s²) of the gradient's, whatever
    its contrast and however many edges there are: so neither a dark photo nor a portrait with little detail passes for
    blurred, as with the customary variance of the Laplacian. Measured with a longest edge of 1000 px and of 500 px,
    where a strong blur is not hidden by grain; the wider counts.
    """
    return max(_edge_width(_shrunk(grey, edge)) for edge in SHARP_EDGES)


def _edge_width(grey: Image.Image) -> float:
    """Over the tiles rich in edges, of which the sharpest quarter counts; grain is smoothed and taken off."""
    pixels = np.asarray(grey.filter(ImageFilter.BoxBlur(1))).astype(np.float32)
    if min(pixels.shape) < 3 * SHARP_TILES:
        return float("inf")
    middle = pixels[1:-1, 1:-1]
    up, down, left, right = pixels[:-2, 1:-1], pixels[2:, 1:-1], pixels[1:-1, :-2], pixels[1:-1, 2:]
    second = up + down + left + right - 4 * middle
    grain = (float(np.percentile(np.abs(second[::2, ::2]), 30)) / 0.385) ** 2  # 0.385: that percentile of a normal's
    gradient = _tile_means(((right - left) / 2) ** 2 + ((down - up) / 2) ** 2) - GRAIN_RATIO * grain
    laplacian = _tile_means(second**2)
    rich = gradient > max(LEAST_DETAIL, float(gradient.max()) / 4)
    if not rich.any():
        return float("inf")
    edges = np.maximum(laplacian - grain, laplacian / 100)[rich]
    return float(np.percentile(np.sqrt(gradient[rich] / (2 * edges)), 25))


def _tile_means(values: _Reals) -> _Reals:
    height, width = (side // SHARP_TILES for side in values.shape)
    whole = values[: height * SHARP_TILES, : width * SHARP_TILES]
    tiles: _Reals = whole.reshape(SHARP_TILES, height, SHARP_TILES, width).mean(axis=(1, 3))
    return tiles


def glare_area(grey: Image.Image) -> float:
    """The part of the picture (0–1) burnt out by a reflection.

    A reflection is a solid saturated blob that does not reach the border (a white wall does) and fades into what it
    lies on (a white label or a QR code's margin ends at once).
    """
    small = _shrunk(grey, GLARE_EDGE)
    burnt = small.point(lambda value: 255 if value >= GLARE_SATURATED else 0)
    solid = burnt.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MaxFilter(5))
    blob = ImageChops.subtract(solid, _joined_to_border(burnt))
    mask = np.asarray(blob) > 0
    area = float(mask.mean())
    return area if area and _fades(np.asarray(small), blob) else 0.0


def _joined_to_border(mask: Image.Image) -> Image.Image:
    """The parts of a 0/255 mask that hang together with its border."""
    inside = Image.new("L", (max(mask.width - 2, 1), max(mask.height - 2, 1)), 0)
    reached = mask.copy()
    reached.paste(inside, (1, 1))
    for _ in range(GLARE_EDGE):
        grown = ImageChops.darker(reached.filter(ImageFilter.MaxFilter(3)), mask)
        if ImageChops.difference(grown, reached).getbbox() is None:
            break
        reached = grown
    return reached


def _fades(grey: _Grey, blob: Image.Image) -> bool:
    """Whether the light falls off slowly around the blob: still bright right beside it, less so further out."""
    near, far, further = (np.asarray(blob.filter(ImageFilter.MaxFilter(size))) > 0 for size in (3, 7, 13))
    ring, halo = far & ~near, further & ~far
    if not ring.any() or not halo.any():
        return False
    bright, dimmer = (float(np.percentile(grey[part], 75)) for part in (ring, halo))  # 75: print on it is no falloff
    return bright > 200 and bright - dimmer > 2


def _shrunk(grey: Image.Image, edge: int) -> Image.Image:
    """Fitted into `edge` by averaging, which is quick and takes sensor noise out."""
    size = fit(grey.size, edge)
    return grey if size == grey.size else grey.resize(size, Image.Resampling.BOX)
