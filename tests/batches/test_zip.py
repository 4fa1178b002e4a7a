"""Zips of photos (D12 b): nothing in them is trusted, nothing written to a disk, and what is no photo is told."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
from io import BytesIO

import pytest

from backoffice.batches.photo_names import meaning, meaning_of
from backoffice.gateways.photos import bundle
from backoffice.gateways.photos.bundle import Bundle
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.kernel.errors import InvalidInput
from backoffice.models import PhotoKind
from tests.batches.bundles import jpeg, zipped

CODE = "0123456789"
FRONT, BACK, PORTRAIT, BIRTH = PhotoKind.ID_FRONT, PhotoKind.ID_BACK, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE


def refused(data: bytes) -> str:
    with pytest.raises(InvalidInput) as refusal:
        Bundle(data)
    assert refusal.value.message.endswith("Chưa lấy ảnh nào trong tệp này.")
    return refusal.value.faults[0].code


def paths(data: bytes) -> list[str]:
    return [entry.path for entry in Bundle(data).entries]


def test_whose_photo_it_is_and_which_one_is_told_by_the_names_of_file_and_folders():
    for path, kind in {
        f"{CODE}_mattruoc.jpg": FRONT,
        f"{CODE}/Mặt trước.JPG": FRONT,
        f"Mặt trước/{CODE}.jpg": FRONT,
        f"Lớp 10A/{CODE}-MT.jpeg": FRONT,
        f"GD4{'01'}{CODE}_sau.png": BACK,
        f"{CODE}_matsau (1).jpg": BACK,
        f"{CODE} CCCDsau.heic": BACK,
        f"{CODE}.jpg": PORTRAIT,
        f"{CODE}_4x6": PORTRAIT,
        "012 345 6789 chân dung.png": PORTRAIT,
        f"{CODE} Nguyễn Văn Sáu.jpg": PORTRAIT,
        f"{CODE}_GiayKhaiSinh.jpg": BIRTH,
        unicodedata.normalize("NFD", f"{CODE}/Giấy khai sinh.jpg"): BIRTH,
    }.items():
        assert meaning(path) == (CODE, kind), path
    assert meaning("001085012345_chandung.jpg") == ("001085012345", PORTRAIT)


def test_what_means_nobody_is_told_by_why():
    for path, why in {
        "IMG_0001.jpg": "no_code",
        "12345.jpg": "no_code",
        f"{CODE}_1234567890.jpg": "two_codes",
        f"{CODE}/anh.zip": "nested",
        f"{CODE}.RAR": "nested",
        f"{CODE}.pdf": "not_photo",
    }.items():
        assert meaning(path) == why, path


def test_two_different_photos_of_one_kind_are_doubled_and_the_very_same_twice_is_one():
    data = zipped(
        {
            f"{CODE}_truoc.jpg": jpeg(1),
            f"{CODE}/mat truoc.JPG": jpeg(2),
            f"{CODE}_sau.jpg": jpeg(3),
            f"ban sao/{CODE}_sau.jpg": jpeg(3),
        }
    )
    meant = meaning_of(Bundle(data).entries)
    assert (set(meant.doubled), set(meant.one), meant.odd) == ({(CODE, FRONT)}, {(CODE, BACK)}, [])


def test_what_systems_leave_in_is_passed_over_and_paths_lead_nowhere():
    data = zipped(
        {
            "__MACOSX/._a.jpg": b"x",
            "._a.jpg": b"x",
            "Thumbs.db": b"x",
            "anh/.DS_Store": b"x",
            "anh/": b"",
            f"../../etc/{CODE}.jpg": jpeg(),
            f"/tuyet/doi/{CODE}_sau.jpg": jpeg(1),
            f"C:\\anh\\{CODE}_truoc.jpg": jpeg(2),
        }
    )
    assert paths(data) == [f"etc/{CODE}.jpg", f"tuyet/doi/{CODE}_sau.jpg", f"C:/anh/{CODE}_truoc.jpg"]
    assert len(meaning_of(Bundle(data).entries).one) == 3


def test_names_that_macos_writes_without_saying_that_they_are_utf_8_are_read():
    name = unicodedata.normalize("NFD", f"Mặt trước/{CODE}.jpg")
    data = zipped({name: jpeg()})
    flag = struct.pack("<H", 0x800)
    data = data.replace(b"PK\x03\x04\x14\x00" + flag, b"PK\x03\x04\x14\x00\0\0")
    central = data.index(b"PK\x01\x02") + 8
    data = data[:central] + b"\0\0" + data[central + 2 :]
    assert paths(data) == [f"Mặt trước/{CODE}.jpg"]


def test_what_is_no_zip_broken_or_locked_is_refused_with_what_to_do():
    whole = zipped({f"{CODE}.jpg": jpeg()})
    locked = bytearray(whole)
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    for data, code in (
        (b"", "empty"),
        (b"\0" * 100, "empty"),
        (jpeg(), "not_zip"),
        (b"Rar!\x1a\x07\x00", "not_zip"),
        (b"7z\xbc\xaf\x27\x1c", "not_zip"),
        (whole[: len(whole) // 2], "broken"),
        (bytes(locked), "encrypted"),
        (zipped({f"{CODE}.jpg": jpeg()}, zipfile.ZIP_LZMA), "packing"),
    ):
        assert refused(data) == code


def test_a_bomb_is_not_unpacked():
    bomb = zipped({f"{CODE}_{at}.jpg": b"\0" * (20 * 1024 * 1024) for at in range(2)})
    assert len(bomb) < 100_000
    assert refused(bomb) == "bomb"


def test_a_photo_is_read_to_its_limit_whatever_its_entry_says():
    opened = Bundle(zipped({f"{CODE}.jpg": b"\0" * (MAX_BYTES + 1000)}))
    assert len(opened.read(opened.entries[0]) or b"") == MAX_BYTES + 1


def test_a_photo_that_does_not_unpack_is_none_and_the_others_are_read():
    whole = bytearray(zipped({f"{CODE}.jpg": jpeg(1), f"{CODE}_sau.jpg": jpeg(2)}))
    whole[200] ^= 0xFF
    opened = Bundle(bytes(whole))
    assert [opened.read(entry) for entry in opened.entries] == [None, jpeg(2)]


def test_too_many_files_and_a_table_of_contents_that_would_fill_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch):
    directory = bundle.MOST_DIRECTORY + 1
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, directory, 0, 0)
    assert refused(b"\0" * directory + end) == "too_many"
    monkeypatch.setattr(bundle, "MOST_ENTRIES", 1)
    assert refused(zipped({"a.jpg": b"1", "b.jpg": b"2"})) == "too_many"


def test_entries_that_share_their_bytes_are_not_read_over_and_over():
    """A zip of overlapping entries: what is told of sizes is held against the file before anything is unpacked."""
    one = zipped({f"{CODE}.jpg": b"\0" * (10 * 1024 * 1024)})
    local, rest = one[: one.index(b"PK\x01\x02")], one[one.index(b"PK\x01\x02") :]
    central = rest[: rest.index(b"PK\x05\x06")]
    many = 50
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, many, many, len(central) * many, len(local), 0)
    assert refused(local + central * many + end) == "bomb"
    assert zipfile.is_zipfile(BytesIO(local + central * many + end))
