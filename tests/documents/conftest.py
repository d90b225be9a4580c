"""A small cast around one account, and forms to fill."""

from types import SimpleNamespace

import pytest
from django.utils import translation

from documents.models import DocumentTemplate
from documents.services.templates import follow_library
from teams.models import User
from tests import factories as make

FORM = """
document: card
zh: 资料卡
en: Data card
subject: account
number: {prefix: DC-, width: 3}
sections:
  - section: basic
    zh: 基本
    en: Basics
    fields:
      - {field: name, kind: text, zh: 名称, en: Name, required: yes, from: name}
      - {field: staff, kind: number, zh: 人数, en: Staff, min: 0, reportable: yes}
      - field: nature
        kind: choice
        zh: 性质
        en: Nature
        required: yes
        reportable: yes
        weight: 2
        options:
          - {option: state, zh: 国有, en: State, score: 1}
          - {option: other, zh: 其他, en: Other, score: 4}
      - {field: which, kind: text, zh: 哪种, en: Which, required: yes, show: nature = 'other'}
      - {field: fit, kind: rating, zh: 匹配, en: Fit, weight: 1, scale: 5, reportable: yes}
      - {field: proof, kind: yes_no, zh: 有证明, en: Proof, evidence: yes, reportable: yes}
      - {field: worth, kind: money, zh: 金额, en: Worth, reportable: yes}
      - {field: met, kind: date, zh: 见面, en: Met on, reportable: yes}
      - {field: who, kind: reference, refers: contact, zh: 谁, en: Who, reportable: yes}
      - field: wants
        kind: multiple
        zh: 想要
        en: Wants
        reportable: yes
        options:
          - {option: a, zh: 甲, en: First}
          - {option: b, zh: 乙, en: Second}
      - field: people
        kind: table
        zh: 人员
        en: People
        columns:
          - {column: who, kind: text, zh: 姓名, en: Name, required: yes}
          - {column: age, kind: number, zh: 年龄, en: Age}
      - {field: papers, kind: file, zh: 材料, en: Papers}
      - {field: notes, kind: long_text, zh: 备注, en: Notes}
"""


def make_template(text=FORM, code="card", **fields):
    """A template in use."""
    fields = {"name_zh": "资料卡", "name_en": "Data card", "subject_kind": "account"} | fields
    template = DocumentTemplate.objects.create(code=code, definition=text, **fields)
    follow_library([template], None)
    return template


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def cast(db, english):
    root = make.make_unit()
    make.make_currency()
    east, west = (make.make_unit(code, parent=root) for code in ("east", "west"))
    people = SimpleNamespace(
        seller=make.make_user("seller", unit=east),
        rival=make.make_user("rival", unit=west),
        director=make.make_director("director", unit=east),
        boss=make.make_general_manager("boss"),
        admin=make.make_administrator("admin"),
    )
    people.account = make.make_account("衡曜半导体", manager=people.seller, phone="025-1")
    people.hidden = make.make_account("秘密客户", manager=people.rival)
    people.contact = make.make_contact("林", account=people.account)
    people.stranger = make.make_contact("秘密联系人", account=people.hidden)
    people.template = make_template()
    return people


@pytest.fixture
def as_user(client):
    def log_in(user):
        User.objects.filter(pk=user.pk).update(language="en")
        client.force_login(user)
        return client

    return log_in
