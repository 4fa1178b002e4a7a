"""The photo gateway: reading strangers' photos safely, and keeping them encrypted. No database, no web in it.

- `get_pool().prepare_photo(data)` → `PreparedPhoto`, or `PhotoRefused` with its sentence; `read_qr(data)` → the text of
  the QR code on a photo that is not kept. The bounds are in `limits`, what a header tells in `inspect`; everything that
  decodes (`pipeline`, `decode`, `quality`, `qr`) is imported by the pool's workers alone, so the server never loads an
  image library for it.
- `seal_many` / `open_sealed` / `rewrap` with the `KeyRing` of PHOTO_KEYS: envelope encryption.
- `open_store(PHOTO_STORE_URL)` → `PhotoStore`: where the encrypted blobs lie.
"""

from backoffice.gateways.photos.folder import FolderStore
from backoffice.gateways.photos.place import open_store, store_place
from backoffice.gateways.photos.pool import POOL_WORKERS, PhotoPool, get_pool
from backoffice.gateways.photos.prepared import PreparedPhoto, QualityNote
from backoffice.gateways.photos.refusal import PhotoRefused, Refusal
from backoffice.gateways.photos.store import Blob, PhotoMissing, PhotoStore, StoreUnavailable
from backoffice.gateways.photos.vault import KeyRing, PhotoUnreadable, Sealed, open_sealed, rewrap, seal, seal_many

__all__ = [
    "POOL_WORKERS",
    "Blob",
    "FolderStore",
    "KeyRing",
    "PhotoMissing",
    "PhotoPool",
    "PhotoRefused",
    "PhotoStore",
    "PhotoUnreadable",
    "PreparedPhoto",
    "QualityNote",
    "Refusal",
    "Sealed",
    "StoreUnavailable",
    "get_pool",
    "open_sealed",
    "open_store",
    "rewrap",
    "seal",
    "seal_many",
    "store_place",
]
