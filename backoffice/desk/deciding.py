"""What stands in the way of an approval, what speaks for a refusal: the values of templates/desk/_decision.html.

Computed from what the review page shows anyway: asks no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.desk import compare
from backoffice.desk.compare import Field
from backoffice.desk.corrections import CORRECTED_BY, correctable, must_sign_anew
from backoffice.desk.photo_facts import PhotoFacts
from backoffice.desk.tabs import BAD_PHOTO_NOTES
from backoffice.models import Declaration, Item, PhotoKind, Status
from backoffice.rules.reasons import PHOTOS, WORDING, Reason

Values = dict[str, Any]

KEYS: dict[Reason, str] = {
    Reason.ID_NUMBER_DIFFERS: "G",
    Reason.NAME_DIFFERS: "H",
    Reason.CODE_WRONG: "M",
    Reason.NOT_THE_PERSON: "C",
    Reason.PHOTO_UNUSABLE: "P",
    Reason.PHONE_NOT_OWN: "T",
    Reason.FORM01_UNSIGNED: "K",
    Reason.ID_INVALID: "Q",
    Reason.CHILD_PROOF_MISSING: "B",
    Reason.HAS_ACCOUNT: "V",
    Reason.WRONG_OFFICE: "N",
    Reason.OTHER: "L",
}
"""Letters that no Vietnamese input method (Telex, VNI) makes anything of: none is a vowel, a tone, d or w. They work
while one of the ticks has the focus (WCAG 2.1.4); a scanner's letters never get there (static/scanner.js)."""

_BY_ITEM: dict[Item, Reason] = {
    Item.NAME: Reason.NAME_DIFFERS,
    Item.ID_NUMBER: Reason.ID_NUMBER_DIFFERS,
    Item.BIRTH_CERTIFICATE: Reason.CHILD_PROOF_MISSING,
    Item.BHXH_CODE: Reason.CODE_WRONG,
    Item.PORTRAIT: Reason.NOT_THE_PERSON,
    Item.ID_DOCUMENT: Reason.ID_INVALID,
    Item.GUARDIAN: Reason.CHILD_PROOF_MISSING,
    Item.FORM01_SIGNED: Reason.FORM01_UNSIGNED,
    Item.PHONE: Reason.PHONE_NOT_OWN,
}
_BY_FIELD: dict[Field, Reason] = {
    Field.NUMBER: Reason.ID_NUMBER_DIFFERS,
    Field.OLD_NUMBER: Reason.ID_NUMBER_DIFFERS,
    Field.PASSPORT: Reason.ID_NUMBER_DIFFERS,
    Field.NAME: Reason.NAME_DIFFERS,
    Field.BHXH_CODE: Reason.CODE_WRONG,
}
_BY_LABEL = {compare.LABELS[field]: reason for field, reason in _BY_FIELD.items()}
_BY_FLAG: dict[str, Reason] = {
    "has_account": Reason.HAS_ACCOUNT,
    "phone_taken": Reason.PHONE_NOT_OWN,
    "qr_differs": Reason.ID_NUMBER_DIFFERS,
}


def deciding(values: Values, declaration: Declaration, photos: Sequence[PhotoFacts]) -> Values:
    """Return what _decision.html and _correct.html show, from the review page's other values.

    approval: here (the person is, K6), ready, why not ("" when nothing is in the way but what why_not says). reasons:
    value, label, key, suggested, photos (value, label, suggested), those that something speaks for first. correctable:
    value, label, now, typed. correct_by: which of them, by the label of its line in the table of differences.
    sign_anew: the form was corrected and is not signed since.
    """
    here = declaration.presented_at is not None and declaration.supplement_at is None
    is_open = declaration.status is Status.SUBMITTED
    why = "" if values["why_not"] or not is_open else _in_the_way(values)
    return {
        "approval": {"here": here, "ready": values["may"]["approve"] and not why, "why": why},
        "reasons": _reasons(_suggested(values), photos) if is_open else [],
        "correctable": correctable(declaration) if values["may"]["correct"] else [],
        "correct_by": CORRECTED_BY if values["may"]["correct"] else {},
        "sign_anew": is_open and must_sign_anew(values),
    }


def _in_the_way(values: Values) -> str:
    """Return what must be done before approving: what refuses it, else what is missing from the ledger."""
    missing = values["ledger"]["missing"]
    if values["blocked"]:
        return f"Chưa duyệt được: {values['blocked']}. Xem “Cần lưu ý” để biết cách làm."
    return f"Còn thiếu {len(missing)} mục: {', '.join(missing)}." if missing else ""


def _suggested(values: Values) -> set[Reason]:
    """Return the reasons that something speaks for: what differs, and flags."""
    items = [Item(one["item"]) for one in values["ledger"]["items"] if one["state"] == "bad"]
    fields = [line["label"] for line in values["compared"] if line["kind"] == "bad"]
    return (
        {_BY_ITEM[item] for item in items if item in _BY_ITEM}
        | {_BY_LABEL[field] for field in fields if field in _BY_LABEL}
        | {_BY_FLAG[flag.code] for flag in values["flags"] if flag.code in _BY_FLAG}
    )


def _reasons(suggested: set[Reason], photos: Sequence[PhotoFacts]) -> list[Values]:
    bad = {photo.kind for photo in photos if set(photo.notes) & set(BAD_PHOTO_NOTES)}
    if bad:
        suggested = suggested | {Reason.PHOTO_UNUSABLE}
    kinds = [photo.kind for photo in photos]
    return [
        _reason(reason, reason in suggested, kinds, bad)
        for reason in sorted(Reason, key=lambda one: one not in suggested)
    ]


def _reason(reason: Reason, suggested: bool, kinds: Sequence[PhotoKind], bad: set[PhotoKind]) -> Values:
    named = kinds if reason is Reason.PHOTO_UNUSABLE else ()
    return {
        "value": reason.value,
        "label": WORDING[reason].screen + (" (ghi rõ)" if reason is Reason.OTHER else ""),
        "key": KEYS[reason],
        "suggested": suggested,
        "photos": [{"value": kind.value, "label": PHOTOS[kind], "suggested": kind in bad} for kind in named],
    }
