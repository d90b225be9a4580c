from accounts.models.about import AboutQuerySet, AboutSubject
from accounts.models.account import Account
from accounts.models.assignments import AccountAssignment, AssignmentRole, ServedAccount
from accounts.models.contact import Consent, Contact, ContactLevel, ContactRole
from accounts.models.record import (
    AccountFigures,
    AccountFormerName,
    AccountTrait,
    CreditChange,
    TierChange,
)
from accounts.models.reference import (
    DivisionTierScheme,
    Industry,
    QualificationTrait,
    ServiceMode,
    Tier,
    TierMapping,
    TierScheme,
)
from accounts.models.sites import AccountSite, SiteKind
from accounts.models.sorting import (
    AccountStatus,
    Closeness,
    CreditGrade,
    CustomerAge,
    GeographicScope,
    Nature,
    PurchasingPower,
    SalesChannel,
)

__all__ = [
    "AboutQuerySet",
    "AboutSubject",
    "Account",
    "AccountAssignment",
    "AccountFigures",
    "AccountFormerName",
    "AccountSite",
    "AccountStatus",
    "AccountTrait",
    "AssignmentRole",
    "Closeness",
    "Consent",
    "Contact",
    "ContactLevel",
    "ContactRole",
    "CreditChange",
    "CreditGrade",
    "CustomerAge",
    "DivisionTierScheme",
    "GeographicScope",
    "Industry",
    "Nature",
    "PurchasingPower",
    "QualificationTrait",
    "SalesChannel",
    "ServedAccount",
    "ServiceMode",
    "SiteKind",
    "Tier",
    "TierChange",
    "TierMapping",
    "TierScheme",
]
