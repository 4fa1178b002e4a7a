"""Declarations from a list (D12 b): photos matched by name, each row one declaration, whatever is killed."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import func, select

from backoffice.batches import actions, applying, bundle_actions, bundle_queries, photos, review_actions, work
from backoffice.batches.actions import Sent
from backoffice.dossier import orphans
from backoffice.dossier.house import house
from backoffice.dossier.photos import read_photo
from backoffice.gateways.photos import StoreUnavailable
from backoffice.gateways.sheets.listing import read_list
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Batch,
    BatchArchive,
    BatchKind,
    BatchPhoto,
    BatchStage,
    Channel,
    Declaration,
    Notice,
    NoticeChannel,
    Photo,
    PhotoKind,
    RowState,
    Status,
    TrailEvent,
)
from backoffice.rules import lifecycle
from backoffice.rules.actors import Actor
from tests.batches import bundles, files
from tests.batches.bundles import book, jpeg, person, photos_of, reviewed, zipped
from tests.batches.files import apply_off, batch_of, faults_of, make_unit, rows_of, work_off
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer
from tests.faults.dying import Instant, dies_at

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos and workbooks are read here: the processes that do it elsewhere have tests of their own."""
    monkeypatch.setattr(photos, "get_pool", bundles.QuickPool)
    monkeypatch.setattr(work, "read_list_apart", read_list)


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


def number_of(model: type[Any], *where: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def declarations() -> list[Declaration]:
    with transaction() as session:
        found = list(session.scalars(select(Declaration).order_by(Declaration.id)))
        for one in found:
            session.refresh(one, ["photos"])
        return found


def in_store() -> set[str]:
    return {blob.key for blob in house().store.listed()}


def make(officer: Actor, token: str) -> None:
    bundle_actions.make(officer, token, None)
    apply_off()


def states(token: str) -> list[RowState]:
    return [row.state for row in rows_of(token).values()]


def test_each_sound_row_becomes_a_declaration_with_its_photos_a_deadline_and_an_sms_in_the_low_lane(officer: Actor):
    before = in_store()
    with transaction() as session:
        parent = make_account(session, phone="0987000001")
    child = person(guardian=parent.bhxh_code, id="", phone="", address="", name="Nguyễn Con Mẫu")
    adult, lacks = person(), person()
    files = photos_of(adult) | {
        f"{child['code']}/Chân dung.JPG": jpeg(5),
        f"{child['code']}/giay khai sinh.png": jpeg(6),
    }
    token = reviewed(officer, [adult, child, lacks], files)
    assert states(token) == [RowState.OK, RowState.OK, RowState.FAULT]
    assert faults_of(rows_of(token)[4]) == {"photo_missing"}
    make(officer, token)
    first, second = declarations()
    assert (first.channel, first.status, first.bhxh_code, first.phone) == (
        Channel.LIST, Status.SUBMITTED, adult["code"], adult["phone"],
    )  # fmt: skip
    assert first.expires_at is not None
    assert first.office_id == officer.office_id
    assert first.consent_wording
    assert {one.kind for one in first.photos} == {PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK}
    assert {one.kind for one in second.photos} == {PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE}
    assert (second.guardian_bhxh_code, second.phone) == (parent.bhxh_code, parent.phone)
    assert [read_photo(one, "full")[:2] for one in first.photos] == [b"\xff\xd8"] * 3
    with transaction() as session:
        lanes = session.execute(select(Notice.lane, Notice.channel)).all()
    assert lanes == [(queue.BULK, NoticeChannel.SMS)] * 2
    assert [row.declaration_id for row in trail(TrailEvent.DECLARE)] == [first.id, second.id]
    assert states(token) == [RowState.APPLIED, RowState.APPLIED, RowState.FAULT]
    batch = batch_of(token)
    assert (batch.kind, batch.stage, batch.applied) == (BatchKind.TO_DECLARE, BatchStage.IN_REVIEW, 2)
    assert number_of(BatchPhoto) == 0
    assert len(in_store() - before) == 2 * 5, "the zip is gone, full size and thumbnail of each photo are there"


def test_what_intake_would_refuse_is_a_fault_of_the_row_with_its_remedy(officer: Actor):
    with transaction() as session:
        held = make_account(session, phone="0987000002")
    rows = {
        "consent_missing": person(consent=""),
        "address_unknown": person(address="Số 2, xã Không Có, tỉnh Không Có"),
        "address_missing": person(address=""),
        "id_wrong": person(id="12345"),
        "id_zero_lost": person(id="10850123451"),
        "phone_wrong": person(phone=held.phone),
        "has_account": person(code=held.bhxh_code),
        "guardian_wrong": person(guardian="7999999999"),
        "code_zero_lost": person(code="123456789"),
        "name_old_font": person(name="NguyÔn V¨n A"),
    }
    token = reviewed(officer, list(rows.values()))
    for row, (code, wrong) in zip(rows_of(token).values(), rows.items(), strict=True):
        assert code in faults_of(row), (wrong, row.faults)
        assert row.state is RowState.FAULT
    with pytest.raises(Conflict):
        bundle_actions.make(officer, token, None)


def test_a_correction_renews_the_press_that_makes_declarations(officer: Actor, client: FlaskClient):
    with transaction() as session:
        make_officer(session, "nguoi")
    fine, wrong, other = person(), person(phone="981234567"), person(consent="")
    token = reviewed(officer, [fine, wrong, other])
    desk, where = Desk(client, "nguoi"), f"/batches/{token}"
    assert "Lập 1 tờ khai" in desk.get(where).text
    answer = desk.post(f"{where}/rows/3", headers=HTMX, field="phone", old="981234567", value="0981234567").text
    made = answer[answer.index('<div id="batch_make" hx-swap-oob="true">') :]
    assert "Lập 2 tờ khai" in made
    assert 'name="expected" value="2"' in made
    beside = desk.post(f"{where}/rows/2/out", headers=HTMX, pane="1").text
    assert "Lập 1 tờ khai" in beside[beside.index('<div id="batch_make"') :]
    desk.post(f"{where}/declarations", expected="1")
    apply_off()
    assert "3 dòng, 1 đã lập tờ khai, 1 có lỗi." in desk.get(where).text


def test_photos_beside_a_file_that_is_no_list_are_not_said_to_be_waited_for(officer: Actor, client: FlaskClient):
    with transaction() as session:
        make_officer(session, "nguoi")
    token = bundles.send(officer, zipped({"a.jpg": jpeg()}), zipped({"b.jpg": jpeg(1)}))
    assert "đang chờ lấy ảnh" in Desk(client, "nguoi").get(f"/batches/{token}").text
    work_off()
    page = Desk(client, "nguoi").get(f"/batches/{token}").text
    assert "chưa xem, vì tệp danh sách không dùng được." in page
    assert "đang chờ lấy ảnh" not in page


def test_photos_are_matched_and_what_is_missing_doubled_unreadable_or_nobodys_is_told(
    officer: Actor, client: FlaskClient
):
    with transaction() as session:
        make_officer(session, "nguoi")
    one, other = person(), person()
    files = photos_of(one, other) | {
        f"lop/{one['code']} mặt trước.jpg": jpeg(77),
        f"{other['code']}_matsau.jpg": b"%PDF-1.4 not a photo",
        "7999999999.jpg": jpeg(),
        "IMG_0001.jpg": jpeg(),
        "anh-cu.zip": b"PK",
    }
    token = reviewed(officer, [one, other], files)
    first, second = rows_of(token).values()
    assert (faults_of(first), faults_of(second)) == ({"photo_doubled"}, {"photo_unreadable"})
    page = Desk(client, "nguoi").get(f"/batches/{token}").text
    for said in (
        "799 999 9999",
        "IMG_0001.jpg",
        "Tệp nén nằm trong tệp zip",
        "ảnh mặt trước giấy tờ",
        "không phải ảnh",
    ):
        assert said in page, said
    more = zipped({f"{one['code']}_truoc.jpg": jpeg(1), f"{other['code']}_sau.jpg": jpeg(2)})
    assert bundle_actions.add_photos(officer, token, [Sent("them.zip", more)]) == 1
    work_off()
    assert states(token) == [RowState.OK, RowState.OK]
    assert bundle_actions.add_photos(officer, token, [Sent("lai.zip", more)]) == 0
    assert batch_of(token).stage is BatchStage.IN_REVIEW


def test_a_zip_that_cannot_be_taken_says_why_and_the_rows_are_read_all_the_same(officer: Actor):
    who = person()
    token = bundles.send(officer, book(who), b"Rar!\x1a\x07")
    work_off()
    with transaction() as session:
        archive = session.scalars(select(BatchArchive)).one()
        assert (archive.fault, archive.taken_at is None, archive.wrapped_key) == ("not_zip", False, None)
    assert (batch_of(token).stage, faults_of(rows_of(token)[2])) == (BatchStage.IN_REVIEW, {"photo_missing"})


STEPS = {
    "while photos are taken out": Instant("batches/photos.py", "_kept", "return", 2),
    "with the photos written": Instant("batches/photos.py", "_write", "return", 2),
    "with the zip gone through": Instant("batches/photos.py", "_end", "return"),
    "while it is compared": Instant("batches/comparing.py", "compare", "call"),
}


def test_killed_while_photos_are_taken_out_and_twice_each_is_there_once(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(photos, "CHUNK", 2)
    for said, instant in STEPS.items():
        people = [person(), person()]
        token = bundles.send(officer, book(*people), zipped(photos_of(*people)))
        assert dies_at(instant, work.work_one), said
        with clock.at(clock.now() + work.STRAY + timedelta(seconds=1)):
            dies_at(instant, work.work_one)
        with clock.at(clock.now() + 2 * (work.STRAY + timedelta(seconds=1))):
            work_off()
        assert states(token) == [RowState.OK, RowState.OK], said
        assert number_of(BatchPhoto, BatchPhoto.batch_id == batch_of(token).id) == 6
    left = {str(blob.key)[:32] for blob in house().store.listed()}
    with clock.at(clock.now() + timedelta(days=1)):
        check = orphans.begin()
        orphans.step(check, even_most=True)
    with transaction() as session:
        known = {one.hex for one in session.scalars(select(BatchPhoto.id))}
    assert known <= left
    assert {str(blob.key)[:32] for blob in house().store.listed()} == known, "what a kill left is found and removed"


def test_killed_while_declarations_are_made_and_twice_each_row_makes_one(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "SIZES", (1, 1, 1))
    for instant in (
        Instant("batches/making.py", "_declare", "return"),
        Instant("batches/making.py", "decide", "return", 2),
        Instant("batches/outcomes.py", "write", "return", 2),
    ):
        people = [person(), person()]
        token = reviewed(officer, people)
        bundle_actions.make(officer, token, 2)
        assert dies_at(instant, applying.apply_one)
        with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
            dies_at(instant, applying.apply_one)
        with clock.at(clock.now() + 2 * (applying.STRAY + timedelta(seconds=1))):
            apply_off()
        codes = [one["code"] for one in people]
        assert (batch_of(token).stage, batch_of(token).applied) == (BatchStage.APPLIED, 2)
        assert number_of(Declaration, Declaration.bhxh_code.in_(codes)) == 2
    assert (number_of(Photo), number_of(Notice)) == (18, 6)


def test_the_same_list_again_and_two_at_once_make_each_declaration_once(officer: Actor):
    people = [person(), person()]
    with transaction() as session:
        other = make_actor(session)
    data = book(*people)
    first = bundles.send(officer, data, zipped(photos_of(*people)))
    assert bundles.send(officer, data) == first, "in work it is the same list"
    work_off()
    second = reviewed(other, [people[0], people[1], person()])
    for token in (first, second):
        bundle_actions.make(officer, token, None)
    ready = Barrier(2)

    def apply() -> None:
        ready.wait()
        applying.apply_one()

    workers = [Thread(target=apply) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    apply_off()
    assert number_of(Declaration) == 3
    made = [state for token in (first, second) for state in states(token)]
    assert made.count(RowState.APPLIED) == 3
    assert {code for token in (first, second) for row in rows_of(token).values() for code in faults_of(row)} == {
        "listed_before"
    }


def test_a_stranger_s_declaration_stops_nobody_and_one_person_twice_is_named(officer: Actor):
    who, twice = person(), person()
    with transaction() as session:
        make_declaration(session, bhxh_code=who["code"], channel=Channel.PORTAL)
    token = reviewed(officer, [who, twice, dict(twice)])
    assert [faults_of(row) for row in rows_of(token).values()] == [
        {"declared_already"},
        {"person_twice"},
        {"person_twice"},
    ]
    make(officer, token)
    assert number_of(Declaration, Declaration.bhxh_code == who["code"]) == 2


def test_form_01s_are_one_pdf_while_the_declarations_live_and_who_printed_whose_is_written_down(
    officer: Actor, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    with transaction() as session:
        make_officer(session, "nguoi")
        stranger = make_actor(session, office=make_office(session, "02701"))
    token = reviewed(officer, [person(), person()])
    desk = Desk(client, "nguoi")
    assert desk.get(f"/batches/{token}/form01.pdf").status_code == 404
    assert desk.post(f"/batches/{token}/declarations", expected="3").status_code == 303
    assert "Danh sách vừa thay đổi" in desk.get(f"/batches/{token}").text
    make(officer, token)
    answer = desk.get(f"/batches/{token}/form01.pdf?part=1")
    pages = PdfReader(BytesIO(answer.data)).pages
    codes = [one.receipt_code for one in declarations()]
    assert (answer.mimetype, len(pages)) == ("application/pdf", 2)
    for page, code in zip(pages, codes, strict=True):
        assert code in page.extract_text().replace("-", "")
    assert len(trail(TrailEvent.FORM01)) == 2
    with pytest.raises(NotFound):
        bundle_actions.forms(stranger, token, 1)
    monkeypatch.setattr(bundle_queries, "A_PART", 2)  # rows 1 and 2, rows 3 and 4
    number, (first, _) = batch_of(token).id, declarations()
    with transaction() as session:
        batch = session.get_one(Batch, number)
        assert bundle_queries.parts(session, batch) == [1, 2]
        lifecycle.move(session, session.get_one(Declaration, first.id), Status.WITHDRAWN, officer)
        assert bundle_queries.parts(session, batch) == [2], "nobody moves to another part"
    (page,) = PdfReader(BytesIO(bundle_actions.forms(officer, token, 2))).pages
    assert codes[1] in page.extract_text().replace("-", "")
    assert desk.get(f"/batches/{token}/form01.pdf?part={2**63 - 1}").status_code == 404
    with clock.at(clock.now() + timedelta(days=40)), pytest.raises(NotFound):
        bundle_actions.forms(officer, token, 2)


def test_photos_are_seen_beside_their_row_and_whose_was_opened_is_written_down(officer: Actor, client: FlaskClient):
    with transaction() as session:
        make_officer(session, "nguoi")
    who = person()
    token = reviewed(officer, [who])
    desk = Desk(client, "nguoi")
    assert desk.get(f"/batches/{token}/rows/2").text.count("<img") == 3
    opened = desk.get(f"/batches/{token}/rows/2/photos/id_front")
    assert (opened.mimetype, opened.data[:2]) == ("image/jpeg", b"\xff\xd8")
    looks = trail(TrailEvent.PHOTO)
    assert [(row.declaration_id, row.facts["kind"]) for row in looks] == [(None, "id_front")]
    assert looks[0].subject_hash == lookup_hash("bhxh_code", who["code"])
    for nothing in ("birth_certificate", "x"):
        assert desk.get(f"/batches/{token}/rows/2/photos/{nothing}").status_code == 404
    make(officer, token)
    assert desk.get(f"/batches/{token}/rows/2/photos/id_front").status_code == 404


def test_a_cancelled_or_ended_list_keeps_no_photo(officer: Actor):
    before = in_store()
    token = reviewed(officer, [person()])
    actions.cancel(officer, token)
    assert (number_of(BatchPhoto), in_store()) == (0, before)
    who = person()
    ended = reviewed(officer, [who], photos_of(who) | {"7999999998.jpg": jpeg()})
    make(officer, ended)
    assert batch_of(ended).stage is BatchStage.APPLIED
    actions.tidy()
    assert (number_of(BatchPhoto), number_of(Photo)) == (0, 3)
    with pytest.raises(Conflict):
        bundle_actions.add_photos(officer, ended, [Sent("a.zip", zipped({"7999999998.jpg": jpeg()}))])


def test_a_form_that_is_not_right_takes_nothing_and_each_kind_of_list_has_its_own_door(
    officer: Actor, client: FlaskClient
):
    with transaction() as session:
        make_officer(session, "nguoi")
        unit = make_unit(session)
    desk, before = Desk(client, "nguoi"), in_store()

    def sent(**parts: tuple[bytes, str] | str) -> int:
        files = {name: (BytesIO(one[0]), one[1]) if isinstance(one, tuple) else one for name, one in parts.items()}
        return int(desk.post("/batches/declare", **files).status_code)

    archive = (zipped({"7999999999.jpg": jpeg()}), "a.zip")
    assert sent(photos=archive) == 422
    assert sent(file=(book(person()), "a.xlsx"), photos=archive, letter_date="2999-01-01") == 422
    assert sent(file=(book(person()), "a.xlsx"), photos=archive, unit="KHONGCO") == 422
    assert sent(file=(book(person()), "a.xlsx"), photos=(b"", "trong.zip")) == 422
    assert (number_of(BatchArchive), in_store()) == (0, before)
    plain = files.reviewed(officer, files.workbook(("7999999999", "A")))
    with pytest.raises(Conflict):
        bundle_actions.add_photos(officer, plain, [Sent(archive[1], archive[0])])
    bundles.send(officer, book(person()), unit=unit)
    work_off()
    wrong = files.send(officer, actions.template(officer, unit.code, BatchKind.TO_DECLARE).data)
    work_off()
    assert batch_of(wrong).file_fault == "other_template"
    assert in_store() == before


def test_a_photo_store_that_is_out_keeps_the_list_for_later(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    def out(*_: Any) -> None:
        raise StoreUnavailable

    token = bundles.send(officer, book(who := person()), zipped(photos_of(who)))
    with monkeypatch.context() as patch:
        patch.setattr(photos, "store_photos", out)
        for days in range(work.MOST_TRIES + 1):
            with clock.at(clock.now() + timedelta(days=days)):
                assert work.work_one()
    with clock.at(clock.now() + timedelta(days=9)):
        work_off()
    assert states(token) == [RowState.OK]


def test_work_on_many_photos_is_given_back_in_slices(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(photos, "CHUNK", 1)
    monkeypatch.setattr(photos, "SLICE", -1.0)
    token = bundles.send(officer, book(who := person()), zipped(photos_of(who)))
    turns = 0
    while work.work_one():
        turns += 1
    assert (turns, states(token)) == (3, [RowState.OK])


def test_the_template_names_whom_we_know_of_the_unit_and_is_written_down(officer: Actor):
    with transaction() as session:
        unit = make_unit(session)
    known, with_account = person(), person()
    token = bundles.send(officer, book(known, with_account), unit=unit)
    work_off()
    for old, new in ((known["name"], "Lê Tờ Khai"), ("Lê Tờ Khai", "Lê Văn Tờ Khai")):
        review_actions.correct(officer, token, 2, "full_name", old, new)  # which the unit is not told
    with transaction() as session:
        make_account(session, bhxh_code=with_account["code"])
    made = actions.template(officer, unit.code, BatchKind.TO_DECLARE)
    page = load_workbook(BytesIO(made.data))["Danh sách"]
    filled = [row for row in page.iter_rows(min_row=5, max_row=10, values_only=True) if any(row)]
    assert [row[:2] for row in filled] == [(known["code"], known["name"])]
    assert [cell.data_type for cell in page[5] if cell.value] == ["s", "s"]
    exports = trail(TrailEvent.BATCH_EXPORT)
    assert sum(row.subject_hash is not None for row in exports) == 1
    again = bundles.send(officer, made.data)
    work_off()
    assert (batch_of(again).rows, batch_of(again).unit_id is not None) == (1, True)
