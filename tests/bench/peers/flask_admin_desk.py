"""Flask-Admin on the desk's table: /default and /tuned."""

import os

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import DateTime, ForeignKey, Text, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, scoped_session, sessionmaker

COLUMNS = ["full_name", "bhxh_code", "status", "declared_at", "expires_at", "office"]
SOUGHT = ["bhxh_code", "receipt_code", "id_number", "phone"]


class Base(DeclarativeBase):
    """The mother of both tables."""


class Office(Base):
    """An office."""

    __tablename__ = "offices"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)

    def __str__(self):
        return self.name


class Declaration(Base):
    """A declaration."""

    __tablename__ = "declarations"
    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_code: Mapped[str] = mapped_column(Text)
    bhxh_code: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    id_number: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    declared_at = mapped_column(DateTime(timezone=True))
    expires_at = mapped_column(DateTime(timezone=True))
    office_id = mapped_column(ForeignKey("offices.id"))
    office = relationship(Office)


class Default(ModelView):
    """As it comes."""

    column_list = COLUMNS
    column_searchable_list = SOUGHT


class Tuned(ModelView):
    """Tuned: no count, newest first by the key, 50 a page."""

    column_list = COLUMNS
    column_searchable_list = SOUGHT
    column_select_related_list = [Declaration.office]
    column_default_sort = ("id", True)
    simple_list_pager = True
    page_size = 50


app = Flask(__name__)
app.secret_key = "a-secret-of-the-bench"
session = scoped_session(sessionmaker(create_engine(os.environ["DATABASE_URL"])))
app.teardown_appcontext(lambda _error: session.remove())
admin = Admin(app, url="/")
admin.add_view(Default(Declaration, session, endpoint="default", url="/default"))
admin.add_view(Tuned(Declaration, session, endpoint="tuned", url="/tuned"))
