"""What the room opens once at the start of a process: the photo store and its keys."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.config import Settings
from backoffice.gateways.photos import KeyRing, PhotoStore, open_store, store_place


@dataclass(frozen=True)
class House:
    """What the settings name, opened."""

    store: PhotoStore
    keys: KeyRing


_house: House | None = None


def faults(settings: Settings) -> list[str]:
    """Return what is wrong with PHOTO_STORE_URL and PHOTO_KEYS, each in a sentence; opens and makes nothing."""
    found = []
    for name, value, read in (
        ("PHOTO_STORE_URL", settings.photo_store_url, store_place),
        ("PHOTO_KEYS", settings.photo_keys, KeyRing.parse),
    ):
        try:
            if value:
                read(value)
        except ValueError as fault:
            found.append(str(fault) if name in str(fault) else f"{name} cannot be read")
    return found


def configure(settings: Settings) -> None:
    """Open the photo store and read the photo keys of `settings`; a second call replaces the first.

    Raises ValueError, naming the setting, when PHOTO_STORE_URL or PHOTO_KEYS is wrong; Unavailable when the store's
    folder cannot be made.
    """
    use(House(open_store(settings.photo_store_url), KeyRing.parse(settings.photo_keys)))


def use(opened: House) -> None:
    """Keep photos in `opened` from now on."""
    global _house
    _house = opened


def house() -> House:
    """Return what was opened; raises RuntimeError before `configure`."""
    if _house is None:
        raise RuntimeError("dossier.configure was not called")
    return _house
