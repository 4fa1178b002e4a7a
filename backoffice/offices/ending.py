"""The end of an office that is merged: its branch is held, and what hung or led there leads to the heir."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Office, OfficeMerge
from backoffice.offices import history, moving, queries, tree
from backoffice.rules.serving import PLANNED

_QUIET = {"synchronize_session": False}


def hold_all(session: Session, merge: OfficeMerge, heir_id: int) -> tuple[Office, Office]:
    """Return the office of the merge and its heir, both locked with all that hangs under the first.

    All before anything else is locked, for whoever acts at an office below holds that one first and then asks for a
    declaration that the merge may have.
    """
    former = session.get_one(Office, merge.office_id, populate_existing=True)
    tree.hold_branches(session, [former.path], former.id, heir_id)
    return former, session.get_one(Office, heir_id)


def end(session: Session, merge: OfficeMerge, former: Office, heir: Office) -> None:
    """Close the old office: wards, offices under it and plans go to the successor, under which it hangs from now on.

    Closed offices under it go too, so that they can be opened again; those that were merged into it stay under it.
    """
    earlier, below = queries.merged_into(session, former), queries.own_children(session, former)
    touched = [former, heir, *earlier, *below]
    before = {office.id: history.read_facts(session, office) for office in touched}
    moving.move_wards(session, former, heir)
    for office in below:
        tree.hang_under(session, office, heir)
    path = former.path
    tree.hang_under(session, former, heir)
    former.closed_at, former.successor_id, former.former_path = clock.now(), heir.id, path
    _lead_to(session, former, heir)
    session.flush()
    for office in touched:
        session.refresh(office)
        history.write(session, office.id, merge.officer_id, before[office.id], history.read_facts(session, office))


def _lead_to(session: Session, former: Office, heir: Office) -> None:
    """Let what was merged, or is to be merged, into the old office lead to the heir."""
    merged = update(Office).where(Office.successor_id == former.id).values(successor_id=heir.id)
    session.execute(merged, execution_options=_QUIET)
    planned = update(OfficeMerge).where(OfficeMerge.successor_id == former.id, *PLANNED)
    session.execute(planned.values(successor_id=heir.id), execution_options=_QUIET)
