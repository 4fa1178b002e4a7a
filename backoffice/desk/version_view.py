"""What a declaration said before, for the officer to compare: its former versions, and one that was refused (issue 10).

Asked for only where there is one: most declarations cost no statement more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backoffice.desk.labels import PHOTOS, short_moment
from backoffice.desk.version_words import said_part
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.models import Declaration, DeclarationVersion, Office, PhotoKind, Status, VersionPhoto
from backoffice.rules import declared
from backoffice.rules.actors import Actor
from backoffice.rules.declared import NAMES
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import screen_reasons

Values = dict[str, Any]


def versions_of(session: Session, declaration: Declaration) -> Values | None:
    """Return the values of desk/_versions.html: what each correction by the citizen changed, the last one first.

    None for what was never corrected, and once the retention has deleted what was before.
    """
    if declaration.version == 1:
        return None
    of_it = DeclarationVersion.declaration_id == declaration.id
    former = list(session.scalars(select(DeclarationVersion).where(of_it).order_by(DeclarationVersion.number)))
    if not former:
        return None
    said = [one.values for one in former] + [declared.snapshot(declaration)]
    offices = _offices(session, said)
    photos = _photos(session, declaration)
    steps = [
        {
            "title": f"Đã sửa lúc {short_moment(one.replaced_at)}, bản {one.number + 1}",
            "lines": lines_between(said[at], said[at + 1], offices),
            "photos": [_old_photo(declaration, one.number, kind) for kind in photos.get(one.number, ())],
        }
        for at, one in enumerate(former)
    ]
    is_unsigned = declaration.status is Status.SUBMITTED
    return {
        "last": steps[-1],
        "before": steps[-2::-1],
        "must_sign": f"bản {declaration.version}" if is_unsigned else "",
    }


def refused_before(session: Session, declaration: Declaration, officer: Actor) -> Values | None:
    """Return the values of desk/_refused.html: the refused declaration that this one names, and what is otherwise now.

    Out of the officer's scope only why and where it was refused: the person is here with the one that replaces it.
    """
    if declaration.replaces_id is None:
        return None
    old = session.scalars(
        select(Declaration).where(Declaration.id == declaration.replaces_id).options(joinedload(Declaration.office))
    ).one_or_none()
    if old is None or old.status is not Status.REJECTED:
        return None
    is_mine = may(officer, Do.REVIEW, old)
    return {
        "title": f"Khai lại, thay tờ khai không được chấp nhận lúc {short_moment(old.decided_at)}",
        "office": "" if old.office_id == declaration.office_id else old.office.name,
        "reasons": screen_reasons(old.reasons, old.rejected_note or "" if is_mine else ""),
        "href": f"/desk/{old.receipt_code}" if is_mine else "",
        "receipt": format_receipt_code(old.receipt_code) if is_mine else "",
        "lines": _since(session, old, declaration) if is_mine else None,
    }


def lines_between(before: Mapping[str, Any], after: Mapping[str, Any], offices: Mapping[int, str]) -> list[Values]:
    """Return label, old and new of each part in which two snapshots differ."""
    return [
        {"label": NAMES[part], "old": old or "không có", "new": new or "bỏ trống"}
        for part in declared.differing(before, after)
        for old, new in [[said_part(part, one, offices.get(one["office_id"], "")) for one in (before, after)]]
    ]


def former_photo(session: Session, declaration: Declaration, kind: PhotoKind, number: int) -> VersionPhoto | None:
    """Return the photo that was of version `number` of the declaration and of none after, None without one."""
    of_it = VersionPhoto.declaration_id == declaration.id, VersionPhoto.number == number, VersionPhoto.kind == kind
    return session.scalars(select(VersionPhoto).where(*of_it)).one_or_none()


def _since(session: Session, old: Declaration, new: Declaration) -> list[Values]:
    said = [declared.snapshot(old), declared.snapshot(new)]
    return lines_between(said[0], said[1], _offices(session, said))


def _offices(session: Session, said: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Return codes and names of the offices where snapshots differ in them; asks nothing where they are one."""
    ids = {one["office_id"] for one in said}
    if len(ids) == 1:
        return {}
    rows = session.execute(select(Office.id, Office.code, Office.name).where(Office.id.in_(ids)))
    return {number: f"{code} · {name}" for number, code, name in rows}


def _photos(session: Session, declaration: Declaration) -> dict[int, list[PhotoKind]]:
    rows = session.execute(
        select(VersionPhoto.number, VersionPhoto.kind).where(VersionPhoto.declaration_id == declaration.id)
    )
    found: dict[int, list[PhotoKind]] = {}
    for number, kind in rows:
        found.setdefault(number, []).append(kind)
    order = list(PhotoKind)
    return {number: sorted(kinds, key=order.index) for number, kinds in found.items()}


def _old_photo(declaration: Declaration, number: int, kind: PhotoKind) -> Values:
    href = f"/desk/{declaration.receipt_code}/photos/{kind.value}?version={number}"
    return {"label": PHOTOS[kind], "href": href, "thumb_href": f"{href}&size=thumb"}
