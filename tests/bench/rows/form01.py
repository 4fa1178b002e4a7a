"""Form 01 with three photos, as they are kept for print, against typst alone on what it is given.

In a process of its own; twelve people with different photos take turns, for typst remembers what it has set before.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from itertools import cycle

from PIL import Image

from backoffice.config import ROOT
from backoffice.gateways.pdf import compiler
from backoffice.gateways.pdf import form01 as form
from backoffice.gateways.photos.pipeline import prepare
from backoffice.rules.consent import consent, undertaking
from tests.bench.measure import Row, at_most, by_turns, no_more_than, seconds
from tests.bench.peer import Program
from tests.bench.photo.task import serve
from tests.bench.pictures import photo
from tests.bench.sets import Bench
from tests.gateways.photos.samples import saved

TIMES = 36
PEOPLE = 12
WORDING = "2026-01"
"""What they agreed to."""
MOST_MS = 30


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    path = bench.engines.folder / "card.jpg"
    path.write_bytes(photo(with_card=True))
    program = Program(sys.executable, "-m", __name__, str(path), cwd=ROOT)
    for act in ("first", "ours", "limit"):
        program.ask(act)
    taken = by_turns({name: lambda _, name=name: program.ask(name) for name in ("ours", "limit")}, TIMES)
    program.close()
    return [
        at_most("form 01", taken["ours"], taken["limit"], 1.3),
        no_more_than("form 01, warm", seconds(taken["ours"]), taken["ours"].middle * 1000, MOST_MS, "ms"),
    ]


def people(photo: bytes) -> list[form.Form01]:
    """Return the forms of PEOPLE invented adults, each with three turned copies of `photo`."""
    picture = Image.open(BytesIO(prepare(photo).thumb)).convert("RGB")
    turned = iter([saved(picture.rotate(number / 3), quality=80) for number in range(3 * PEOPLE)])
    return [a_form(number, next(turned), next(turned), next(turned)) for number in range(PEOPLE)]


def a_form(number: int, portrait: bytes, id_front: bytes, id_back: bytes) -> form.Form01:
    """Return the form of an invented adult."""
    return form.Form01(
        receipt_code=f"7K4M-92QX-{number:03}",
        purpose="register",
        bhxh_code=f"00123456{number:02}",
        full_name=f"Nguyễn Thử Mẫu {number}",
        id_type="citizen_id",
        id_number=f"0010850123{number:02}",
        address=form.Address(province="Thành phố Hà Nội", ward="Phường Ba Đình", line=f"Số {number} phố Mẫu"),
        phone=f"09812345{number:02}",
        email=f"mau{number}@vi-du.invalid",
        office_code="00114",
        office_name="BHXH huyện Thanh Trì",
        office_address="Số 1 phố Mẫu",
        declared_at=datetime(2026, 11, 20, 2, tzinfo=UTC),
        undertaking=undertaking(WORDING),
        consent=consent(WORDING),
        portrait=portrait,
        id_front=id_front,
        id_back=id_back,
    )


def _main() -> None:
    forms: list[form.Form01] = []
    inputs: list[dict[str, str]] = []
    turns = {"ours": cycle(range(PEOPLE)), "limit": cycle(range(PEOPLE))}

    def first(data: bytes) -> None:
        forms.extend(people(data))
        inputs.extend(compiler._inputs(*form.document_of(one)) for one in forms)

    def typst_alone(_data: bytes) -> object:
        number = next(turns["limit"])
        return compiler._compiler(form.TEMPLATE).compile(
            format="pdf",
            sys_inputs=inputs[number],
            pdf_standards=compiler.STANDARDS,
            timestamp=int(forms[number].declared_at.timestamp()),
        )

    serve({"first": first, "ours": lambda _: form.render_form01(forms[next(turns["ours"])]), "limit": typst_alone})


if __name__ == "__main__":
    _main()
