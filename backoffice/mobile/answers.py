"""What the app is answered: typed models, from which the document of the API is made."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from backoffice.accounts.owner import Child, Information, OwnDeclaration
from backoffice.accounts.proofs import Step
from backoffice.accounts.sessions import Tokens
from backoffice.accounts.smart_otp import Secret
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.intake.answers import Answer, Instant
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.mobile import words
from backoffice.models import AccountStatus, IdType, Purpose, Status
from backoffice.rules.places import Unit, find_place


class SignedInAnswer(Answer):
    """A session has begun, or goes on. Keep both tokens in the device's secure store."""

    access: str = Field(description="Send it as X-Account-Token.")
    refresh: str = Field(description="Gets new tokens, once.")
    access_until: Instant
    until: Instant = Field(description="Then the password is asked for again, whatever is refreshed.")


class DueAnswer(Answer):
    """The password was right; something is due before a session begins."""

    next: Step = Field(
        description="first_password, new_password: POST /password/first. device: POST /sessions/device. The latter two "
        "need the code that POST /sessions/code sends."
    )
    proof: str = Field(description="Stands for the password in the next step.")
    text: str = Field(description="What to tell the owner, in Vietnamese.")


class Told(Answer):
    """It was done, or will be; what to tell the owner, in Vietnamese."""

    text: str


class Place(Answer):
    """An administrative unit; its name is null where the code is not known any more."""

    code: str
    name: str | None


class AddressAnswer(Answer):
    """Contact address; `district` only in the shape before 1 July 2025."""

    province: Place
    district: Place | None
    ward: Place
    line: str


class PaperAnswer(Answer):
    """The identity paper the account was opened with."""

    type: IdType
    text: str
    number: str


class EmailAnswer(Answer):
    """The e-mail address; only one that was confirmed resets a password."""

    address: str
    is_confirmed: bool


class InformationAnswer(Answer):
    """The personal page."""

    bhxh_code: str
    full_name: str
    date_of_birth: date | None
    paper: PaperAnswer
    phone: str
    is_phone_own: bool = Field(description="False: the number has to be updated at an office; no code goes to it.")
    address: AddressAnswer
    email: EmailAnswer | None
    status: AccountStatus
    status_text: str
    opened_at: Instant
    password_ends_at: Instant | None
    has_smart_otp: bool


class DeclarationAnswer(Answer):
    """One declaration."""

    receipt_code: str
    purpose: Purpose
    full_name: str
    status: Status
    status_text: str
    declared_at: Instant
    expires_at: Instant | None = Field(description="Last instant to hand it in; null once handed in or decided.")


class DeclarationsAnswer(Answer):
    """The owner's declarations, the newest first."""

    declarations: list[DeclarationAnswer]


class ChildAnswer(Answer):
    """A child's account that uses this one's phone."""

    bhxh_code: str
    full_name: str
    status: AccountStatus
    status_text: str


class ChildrenAnswer(Answer):
    """The children's accounts, and declarations made for children."""

    children: list[ChildAnswer]
    declarations: list[DeclarationAnswer]


class SecretAnswer(Answer):
    """What the authenticator is told; shown this once."""

    uri: str = Field(description="otpauth URI, as in the QR.")
    secret: str = Field(description="The same in base 32, to type.")


class ValidAnswer(Answer):
    """Whether the code was right and new."""

    valid: bool


def signed_in(tokens: Tokens) -> SignedInAnswer:
    """Return the tokens as the app is told them."""
    return SignedInAnswer(
        access=tokens.access, refresh=tokens.refresh or "", access_until=tokens.access_until, until=tokens.until
    )


def information(known: Information, *, has_smart_otp: bool) -> InformationAnswer:
    """Return the personal page."""
    email = EmailAnswer(address=known.email, is_confirmed=known.is_email_confirmed) if known.email else None
    return InformationAnswer(
        bhxh_code=known.bhxh_code,
        full_name=known.full_name,
        date_of_birth=known.date_of_birth,
        paper=PaperAnswer(type=known.id_type, text=words.PAPERS[known.id_type], number=known.id_number),
        phone=known.phone,
        is_phone_own=known.is_phone_own,
        address=_address(known),
        email=email,
        status=known.status,
        status_text=words.ACCOUNTS[known.status],
        opened_at=known.opened_at,
        password_ends_at=known.password_ends_at,
        has_smart_otp=has_smart_otp,
    )


def declarations(found: list[OwnDeclaration]) -> list[DeclarationAnswer]:
    """Return declarations as the app shows them; one past its deadline is told as expired (K4)."""
    return [_declaration(one) for one in found]


def children(found: tuple[list[Child], list[OwnDeclaration]]) -> ChildrenAnswer:
    """Return the children's accounts, and what was declared for children."""
    those = [
        ChildAnswer(
            bhxh_code=one.bhxh_code,
            full_name=one.full_name,
            status=one.status,
            status_text=words.ACCOUNTS[one.status],
        )
        for one in found[0]
    ]
    return ChildrenAnswer(children=those, declarations=declarations(found[1]))


def secret(made: Secret) -> SecretAnswer:
    """Return what the authenticator is told."""
    return SecretAnswer(uri=made.uri, secret=made.secret)


def _declaration(one: OwnDeclaration) -> DeclarationAnswer:
    is_overdue = one.status is Status.SUBMITTED and one.expires_at is not None and one.expires_at < clock.now()
    status = Status.EXPIRED if is_overdue else one.status
    return DeclarationAnswer(
        receipt_code=format_receipt_code(one.receipt_code),
        purpose=one.purpose,
        full_name=one.full_name,
        status=status,
        status_text=words.standing(one, status),
        declared_at=one.declared_at,
        expires_at=one.expires_at,
    )


def _address(known: Information) -> AddressAnswer:
    try:
        place = find_place(known.province_code, known.district_code, known.ward_code)
        units: tuple[Unit | None, ...] = (place.province, place.district, place.ward)
    except InvalidInput:
        units = (None, None, None)
    province, district, ward = units
    return AddressAnswer(
        province=_place(known.province_code, province),
        district=_place(known.district_code, district) if known.district_code else None,
        ward=_place(known.ward_code, ward),
        line=known.address_line,
    )


def _place(code: str, unit: Unit | None) -> Place:
    return Place(code=code, name=unit.name if unit else None)
