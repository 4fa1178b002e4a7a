"""The bounds every photo is held to. Why each one is there is said beside it; nothing here is a setting.

An in-process limit is none (a decoder in C does not ask), so the bounds come in two rings: what the header declares is
checked before anything is decoded (`inspect`), and what decoding really costs is bounded by the kernel (`pool`).
"""

from __future__ import annotations

MAX_BYTES = 12 * 1024 * 1024
"""Bytes of one photo as sent. A 12-megapixel phone photo has 2–6 MiB, a 50-megapixel one up to about 12."""

MAX_PIXELS = 50_000_000
"""Pixels as the header declares them; 50 megapixels is the largest usual phone sensor mode. An RGB image of that size
takes 200 MB once decoded, which still fits MEMORY_LIMIT."""

MAX_FRAMES = 1
"""A photo is one picture: animations are refused, for what the officer sees must be all there is."""

MAX_PROGRESSIVE_SCANS = 24
"""Scans of a JPEG. Usual encoders write 10, the thriftiest about 15; each scan costs a pass over every block, so a file
of 120 kB with hundreds of them keeps a processor busy for many seconds."""

MAX_EDGE = 2000
"""Longest edge, in pixels, of the photo that is kept: an ID card's 2 mm letters are then some 40 pixels high."""

THUMB_EDGE = 720
"""Longest edge, in pixels, of the thumbnail: fills half a screen at once, and 72 mm of form 01 at 250 dpi."""

FULL_QUALITY = 85
"""JPEG quality (libjpeg's scale) of the photo that is kept."""

THUMB_QUALITY = 80
"""JPEG quality (libjpeg's scale) of the thumbnail."""

MEMORY_LIMIT = 512 * 1024 * 1024
"""Bytes of address space a worker may take beyond what it has once its libraries are loaded."""

SECONDS = 10.0
"""Wall-clock seconds one photo may take; the worker is killed then."""

START_SECONDS = 30.0
"""Wall-clock seconds a worker may take to load its libraries (0.3 on an idle machine)."""

QUEUE_SECONDS = 30.0
"""Wall-clock seconds a caller waits for a free worker before being told to come back."""

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Bytes a worker may answer with: two JPEGs of at most MAX_EDGE are far below; more means the worker was subverted."""

MAX_QR_CHARACTERS = 2000
"""Characters of QR text that are kept: a CCCD's has about 150, a BHYT card's about 400."""
