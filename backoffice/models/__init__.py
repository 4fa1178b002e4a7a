"""The tables, typed: nouns without verbs. What may change, and how, is said in rules and in the rooms' actions."""

from backoffice.models.account import Account, AccountHold, AccountStatus, CredentialAttempt, CredentialIssue, HoldKind
from backoffice.models.base import Base, columns_of, table_of
from backoffice.models.client import IdempotencyKey, MachineClient, Scope
from backoffice.models.declaration import (
    Channel,
    Claim,
    Declaration,
    IdType,
    Photo,
    PhotoKind,
    Purpose,
    RegisteredAt,
    Status,
    Tombstone,
)
from backoffice.models.notice import Notice, NoticeChannel, NoticeKind, NoticeStatus
from backoffice.models.office import Office, OfficeKind
from backoffice.models.officer import KnownDevice, Officer, OfficerSession, Role, SignInFailure
from backoffice.models.trail import ActorKind, TrailEvent, TrailRow
from backoffice.models.verification import Correction, DeskScan, How, Item, PhotoUpload, Verification

__all__ = [
    "Account",
    "AccountHold",
    "AccountStatus",
    "ActorKind",
    "Base",
    "Channel",
    "Claim",
    "Correction",
    "CredentialAttempt",
    "CredentialIssue",
    "Declaration",
    "DeskScan",
    "HoldKind",
    "How",
    "IdType",
    "IdempotencyKey",
    "Item",
    "KnownDevice",
    "MachineClient",
    "Notice",
    "NoticeChannel",
    "NoticeKind",
    "NoticeStatus",
    "Office",
    "OfficeKind",
    "Officer",
    "OfficerSession",
    "Photo",
    "PhotoKind",
    "PhotoUpload",
    "Purpose",
    "RegisteredAt",
    "Role",
    "Scope",
    "SignInFailure",
    "Status",
    "Tombstone",
    "TrailEvent",
    "TrailRow",
    "Verification",
    "columns_of",
    "table_of",
]
