"""Form 01 with three photos of 2000 pixels as PDF, against typst alone on what it is given; in a process of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from backoffice.config import ROOT
from backoffice.gateways.pdf import compiler
from backoffice.gateways.pdf import form01 as form
from backoffice.gateways.photos.pipeline import prepare
from backoffice.rules.consent import CONSENT, CURRENT, UNDERTAKING
from tests.bench.measure import Row, at_most, no_more_than, per_call, rounds, seconds
from tests.bench.peer import Program
from tests.bench.photo.task import serve
from tests.bench.pictures import photo
from tests.bench.sets import Bench

TIMES = 30
MOST_MS = 30


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    path = bench.engines.folder / "card.jpg"
    path.write_bytes(photo(with_card=True))
    program = Program(sys.executable, "-m", __name__, str(path), cwd=ROOT)
    for act in ("ours", "limit"):
        program.ask(act)
    taken = rounds({name: lambda name=name: per_call(lambda _: program.ask(name), TIMES) for name in ("ours", "limit")})
    program.close()
    return [
        at_most("form 01", taken["ours"], taken["limit"], 1.3),
        no_more_than("form 01, warm", seconds(taken["ours"]), taken["ours"].middle * 1000, MOST_MS, "ms"),
    ]


def a_form(photo: bytes) -> form.Form01:
    """Return the form of an invented adult with `photo` as portrait, front and back."""
    return form.Form01(
        receipt_code="7K4M-92QX-3AB",
        purpose="register",
        bhxh_code="0012345678",
        full_name="Nguyễn Thử Mẫu",
        id_type="citizen_id",
        id_number="001085012345",
        address=form.Address(province="Thành phố Hà Nội", ward="Phường Ba Đình", line="Số 2 phố Mẫu"),
        phone="0981234567",
        email="mau@vi-du.invalid",
        office_code="00114",
        office_name="BHXH huyện Thanh Trì",
        office_address="Số 1 phố Mẫu",
        declared_at=datetime(2026, 11, 20, 2, tzinfo=UTC),
        undertaking=UNDERTAKING[CURRENT],
        consent=CONSENT[CURRENT],
        portrait=photo,
        id_front=photo,
        id_back=photo,
    )


def _main() -> None:
    kept: list[tuple[form.Form01, dict[str, str]]] = []

    def made(data: bytes) -> tuple[form.Form01, dict[str, str]]:
        if not kept:
            one = a_form(prepare(data).full)
            kept.append((one, compiler._inputs(form._content(one))))
        return kept[0]

    def typst_alone(data: bytes) -> object:
        one, inputs = made(data)
        return compiler._compiler(form.TEMPLATE).compile(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=compiler.STANDARDS,
            timestamp=int(one.declared_at.timestamp()),
        )

    serve({"ours": lambda data: form.render_form01(made(data)[0]), "limit": typst_alone})


if __name__ == "__main__":
    _main()
