"""`backoffice seed`: many plain declarations at once, in demo and test (the contract)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from backoffice.cli.seed import seed as command
from backoffice.config import Settings
from backoffice.demo.offices import DEMO_OFFICES
from backoffice.demo.seed import seed
from backoffice.expiry.actions import sweep
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import is_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Office, OfficeKind, Photo, Status
from tests.embedded.test_cli import FIT
from tests.expiry.test_command import environ

__all__ = ["environ"]

pytestmark = pytest.mark.usefixtures("database")

HEAD = "code,parent_code,level,name,province_code,gso_district_code,gso_district,address,phone,provenance\n"
TWO = HEAD + "901,,PROVINCE,BHXH tỉnh Mẫu,90,,,,,test\n90101,901,DISTRICT,BHXH Huyện Thử,90,,,,,test\n"


def run(environ: dict[str, str], *words: str) -> Result:
    return CliRunner(env=environ).invoke(command, list(words))


def count_of(*where: object) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Declaration).where(*where)) or 0


def test_a_thousand_are_spread_over_the_offices_and_one_in_twenty_is_undecided(started: Settings):
    assert seed(1000, DEMO_OFFICES) == 1000
    with transaction() as session:
        declarations = list(session.scalars(select(Declaration)))
        kinds = set(session.scalars(select(Office.kind).join(Declaration, Declaration.office_id == Office.id)))
        assert session.scalar(select(func.count()).select_from(Photo)) == 0
    assert len(declarations) == 1000
    assert sum(declaration.status is Status.SUBMITTED for declaration in declarations) == 50
    assert {declaration.status for declaration in declarations} == set(Status) - {Status.EXPIRED}
    assert kinds == {OfficeKind.DISTRICT}
    assert len({declaration.office_id for declaration in declarations}) > 300


def test_what_is_added_is_well_formed(started: Settings):
    seed(200, DEMO_OFFICES)
    with transaction() as session:
        declarations = list(session.scalars(select(Declaration)))
    assert all(is_receipt_code(declaration.receipt_code) for declaration in declarations)
    assert all(declaration.folded_name == fold(declaration.full_name) for declaration in declarations)
    assert len({declaration.bhxh_code for declaration in declarations}) == 200
    undecided = [declaration for declaration in declarations if declaration.status is Status.SUBMITTED]
    assert len({declaration.phone for declaration in undecided}) == len(undecided)
    assert all((declaration.expires_at is None) != (declaration.presented_at is None) for declaration in undecided)


def test_nothing_that_was_added_is_overdue(started: Settings):
    seed(400, DEMO_OFFICES)
    assert sweep() == 0


def test_the_second_time_declarations_are_added_and_offices_are_not(environ: dict[str, str], tmp_path: Path):
    file = tmp_path / "offices.csv"
    file.write_text(TWO, encoding="utf-8")
    for _ in range(2):
        result = run(environ, "--declarations", "20", "--offices", str(file))
        assert (result.exit_code, result.stdout) == (0, "Declarations added: 20\n")
    assert count_of() == 40
    assert count_of(Declaration.status == Status.SUBMITTED) == 2
    with transaction() as session:
        paths = set(session.scalars(select(Office.path)))
    assert paths == {"000.", "000.901.", "000.901.90101."}


def test_production_refuses(environ: dict[str, str]):
    result = CliRunner(env=FIT | {"APP_ENV": "production"}).invoke(
        command, ["--declarations", "1", "--offices", str(DEMO_OFFICES)]
    )
    assert result.exit_code == 1
    assert "Production takes no invented declarations" in result.output
    assert count_of() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("code,name\n00114,BHXH\n", "lacks the columns"),
        (TWO + "90102,902,DISTRICT,BHXH Huyện Lạc,90,,,,,test\n", "parent does not"),
        (TWO + "90101,901,DISTRICT,BHXH Huyện Hai,90,,,,,test\n", "twice"),
        (TWO + "90103,901,WARD,BHXH Xã Ba,90,,,,,test\n", "level must be"),
    ],
)
def test_a_file_that_is_no_list_of_offices_is_refused_in_words(
    environ: dict[str, str], tmp_path: Path, content: str, said: str
):
    file = tmp_path / "offices.csv"
    file.write_text(content, encoding="utf-8")
    result = run(environ, "--declarations", "1", "--offices", str(file))
    assert result.exit_code == 1
    assert said in result.output
    assert count_of() == 0
