"""libvips's way: thumbnail to 2000 pixels and from there to 720, each saved as JPEG; one thread (VIPS_CONCURRENCY)."""

from __future__ import annotations

import pyvips
from task import serve


def reduce(data: bytes) -> tuple[bytes, bytes]:
    """Return full size and thumbnail."""
    photo = pyvips.Image.thumbnail_buffer(data, 2000, height=2000, size="down").copy_memory()
    full = photo.jpegsave_buffer(Q=85, keep="none")
    thumb = photo.thumbnail_image(720, height=720, size="down").jpegsave_buffer(Q=80, keep="none")
    return full, thumb


if __name__ == "__main__":
    serve({"reduce": reduce})
