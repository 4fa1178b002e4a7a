"""Notes for the officer on how well a photo can be read. They refuse nothing; they point the eye.

All measures are taken on the luminance of the kept photo brought to one size, so that they mean the same for every
camera, and are robust figures (percentiles, areas) rather than means over the whole picture: a card on a dark table is
not a dark photo, a portrait before a white wall neither blurred nor glaring.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from backoffice.gateways.photos.decode import fit
from backoffice.gateways.photos.prepared import QualityNote

MIN_LONG_EDGE, MIN_SHORT_EDGE = 640, 400
"""Pixels of the original. 640 over a card's 86 mm are 190 dpi, over a 4x6 portrait's 60 mm 270 dpi; below that small
print is lost."""

SHARP_EDGE, SHARP_TILES = 1000, 8
BLUR_LIMIT = 30.0
"""Variance of the Laplacian on luminance with a longest edge of 1000 px and a contrast of 200 (see `sharpness`); focus
measure LAPV of Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy". A card in focus has 400 to
700; with 0.1 mm of blur, still easy to read, 150; with 0.2 mm, where its QR code can no longer be read, 15."""

CONTRAST, MIN_CONTRAST = 200.0, 40.0

DARK_LIMIT = 80
"""Of 255: a photo is dark when even its brightest fifth does not reach this."""

GLARE_EDGE = 256
GLARE_SATURATED = 250
GLARE_AREA = 0.006
"""Of the picture: a burnt-out blob of this area (a square of 8 % of the width) hides a word or half a face."""

_Grey = NDArray[np.uint8]


def quality_notes(photo: Image.Image, original_size: tuple[int, int]) -> list[QualityNote]:
    """The notes on a prepared RGB photo whose original had this size in pixels; no_qr is not decided here."""
    grey = _shrunk(photo.convert("L"), SHARP_EDGE)
    small = _shrunk(grey, GLARE_EDGE)
    notes = []
    if max(original_size) < MIN_LONG_EDGE or min(original_size) < MIN_SHORT_EDGE:
        notes.append(QualityNote.TOO_SMALL)
    if sharpness(grey) < BLUR_LIMIT:
        notes.append(QualityNote.BLURRED)
    if float(np.percentile(np.asarray(small), 80)) < DARK_LIMIT:
        notes.append(QualityNote.DARK)
    if glare_area(small) > GLARE_AREA:
        notes.append(QualityNote.GLARE)
    return notes


def sharpness(grey: Image.Image) -> float:
    """The 90th percentile, over 8 x 8 tiles, of the variance of the Laplacian; higher is sharper.

    Smoothed over 3 x 3 pixels first, for the grain of a photo taken in bad light would pass for detail otherwise; and
    scaled to one contrast, for a dark photo may be sharp.
    """
    pixels: _Grey = np.asarray(_shrunk(grey, SHARP_EDGE).filter(ImageFilter.BoxBlur(1)))
    if min(pixels.shape) < 3 * SHARP_TILES:
        return 0.0
    wide = pixels.astype(np.int16)
    laplacian = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:] - 4 * wide[1:-1, 1:-1]
    height, width = (side // SHARP_TILES for side in laplacian.shape)
    tiles = laplacian[: height * SHARP_TILES, : width * SHARP_TILES].reshape(SHARP_TILES, height, SHARP_TILES, width)
    low, high = np.percentile(pixels[::4, ::4], (2, 98))
    stretch = CONTRAST / max(float(high - low), MIN_CONTRAST)
    return float(np.percentile(tiles.astype(np.float32).var(axis=(1, 3)), 90)) * stretch**2


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
