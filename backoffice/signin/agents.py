"""What a browser says it is (User-Agent), in words an officer knows: "Chrome trên Windows"."""

from __future__ import annotations

OTHER = "Trình duyệt khác"
_LOOKED_AT = 400
"""Characters of the header."""
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: most of them name Chrome and Safari too."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "máy Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def describe(user_agent: str) -> str:
    """Return browser and system in words, OTHER for what is not known; nothing of the header itself is kept."""
    said = user_agent[:_LOOKED_AT]
    browser = next((name for mark, name in _BROWSERS if mark in said), OTHER)
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return f"{browser} trên {system}" if system else browser
