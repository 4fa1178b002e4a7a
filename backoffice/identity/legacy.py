"""Names typed for fonts of before Unicode: TCVN3 (ABC) and VNI, which look like rubbish in any other font."""

from __future__ import annotations

import re
import unicodedata

_NEVER_IN_NAMES = frozenset("¨©ª«¬®¡¢§¤¥¦µ¸¶¹»¾¼½ÞþÐ÷×£")
_SELDOM = frozenset("ÆÇËÎÏÑÖØÜßäåæçëîïðñöøûü")
_VNI = re.compile(r"a[âêáàãåä]|e[âáàãåäéèù]|o[âåä]|u[ùøõïû]|y[ùøõï]|[öô][ùøõïô]|(?<!\w)ñ[aeiouyöô]", re.IGNORECASE)
_LETTER = re.compile(r"[a-z]", re.IGNORECASE)


def old_encoding(text: str) -> str | None:
    """Return "VNI" or "TCVN3" when `text` is a name typed for fonts of that kind, None for a name in Unicode.

    Foreign names with one or the other such letter (José, Günter) are no such text.
    """
    name = unicodedata.normalize("NFC", text)
    if not _LETTER.search(name):
        return None
    strange = sum(char in _NEVER_IN_NAMES for char in name.replace("Ðặ", ""))
    seldom = sum(char in _SELDOM for char in name)
    if len(_VNI.findall(name)) >= 2 or (_VNI.search(name) and not strange):
        return "VNI"
    return "TCVN3" if strange or seldom >= 2 else None
