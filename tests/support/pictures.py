"""Pictures as a page makes them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image, ImageCms


def webp(width: int = 64, height: int = 36, *, shade: int = 90, **options: Any) -> bytes:
    """A WebP of one colour, lossy and as bare as it gets, unless Pillow is told otherwise."""
    made = BytesIO()
    Image.new("RGB", (width, height), (shade, shade, shade)).save(made, "WEBP", quality=50, **options)
    return made.getvalue()


def chromiums_webp(width: int = 1280, height: int = 720) -> bytes:
    """As Chromium makes it of a canvas: with the profile of the canvas's colours."""
    return webp(width, height, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
