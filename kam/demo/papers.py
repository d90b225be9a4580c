"""Forms that the demo people filled in, files and remarks beside accounts, all by services."""

import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from documents.models import DocumentTemplate
from documents.services import (
    complete_document,
    revise_document,
    save_answers,
    start_document,
)
from documents.services.attachments import attach
from documents.services.comments import add_comment

FORM = "customer_basic_information"
# (customer, days ago, how far it got: complete, revised, half)
FILLED = (
    ("衡曜半导体", 83, "revised"),
    ("贝岚特工业", 76, "complete"),
    ("启栎新能源", 71, "complete"),
    ("纬帆电子", 66, "complete"),
    ("远笠汽车", 58, "complete"),
    ("澜途精工", 52, "complete"),
    ("砺川重工", 44, "complete"),
    ("知砚教育", 33, "complete"),
    ("屿白制药", 26, "complete"),
    ("听澜文旅", 18, "half"),
    ("嘉粟食品", 9, "half"),
    ("星槎光电", 4, "half"),
)
BUSINESS = {
    "衡曜半导体": "功率器件与车规芯片的设计、封装与测试。",
    "贝岚特工业": "工业自动化成套设备与产线改造。",
    "启栎新能源": "储能电池包与充换电设备。",
    "纬帆电子": "消费电子结构件与精密模组。",
    "远笠汽车": "新能源乘用车整车制造。",
}
NEEDS = (
    ("二期厂区专网与机房扩容", "920000"),
    ("多园区视频会议与组网", "460000"),
    ("生产数据上云与等保整改", "780000"),
    ("呼叫中心扩席与质检", "350000"),
)
REMARKS = (
    ("衡曜半导体", 30, "gu.wenlan", "二厂的决策人换成了技术副总，请尽快核对决策链。@{manager}"),
    ("启栎新能源", 21, "gu.wenlan", "报价前请先确认去年的付款情况。@{manager}"),
    ("屿白制药", 12, "gu.wenlan", "资料已齐，可以安排高层拜访。"),
)
NOTE = """会议纪要

一、对方介绍年度投资计划。
二、确认联系人与汇报关系。
三、约定两周内给出初步方案。
"""


def plan(world) -> None:
    """Put the papers on the list of later events."""
    for place, (short, days, how) in enumerate(FILLED):
        world.later(_at(world, days, 10), _fill(world, short, how, place))
    for short, days, username, text in REMARKS:
        world.later(_at(world, days, 16), _remark(world, short, username, text))
    for short, days in (("衡曜半导体", 29), ("贝岚特工业", 40)):
        world.later(_at(world, days, 17), _file(world, short))


def _at(world, days, hour) -> datetime.datetime:
    return world.calendar.at(world.calendar.ago(days), hour)


def _fill(world, short, how, place):
    def act(at):
        manager, account = world.manager_at(short, at.date()), world.accounts[short]
        document = start_document(
            template=DocumentTemplate.objects.get(code=FORM),
            actor=manager,
            subject_type="account",
            subject_id=account.pk,
            at=at,
        )
        answers = answers_of(world, short, manager, at, place)
        if how == "half":
            answers = dict(list(answers.items())[: 7 + place % 4])
        minutes = datetime.timedelta(minutes=25)
        save_answers(document=document, values=answers, actor=manager, at=at + minutes)
        if how == "half":
            return
        complete_document(document=document, actor=manager, at=at + 2 * minutes)
        if how == "revised":
            later = at + datetime.timedelta(days=20)
            revision = revise_document(document=document, actor=manager, at=later)
            changed = {"employees": "2350", "urgency": "5", "expected_amount": "1180000"}
            save_answers(document=revision, values=changed, actor=manager, at=later + minutes)
            complete_document(document=revision, actor=manager, at=later + 2 * minutes)

    return act


def answers_of(world, short, manager, at, place) -> dict:
    people = [contact.name for contact in world.contacts.get(short, ())[:3]] or ["待确认"]
    need, amount = NEEDS[place % len(NEEDS)]
    parts, attitudes = ("decider", "adviser", "user"), ("for", "neutral", "for")
    return {
        "full_name": world.accounts[short].name,
        "nature": ("private", "foreign", "state_owned")[place % 3],
        "industry": str(world.accounts[short].industry or "制造业"),
        "address": world.accounts[short].address or f"{world.customers[short].city}市高新区",
        "phone": world.accounts[short].phone or "025-8000 0000",
        "employees": str(480 + 170 * place),
        "contacts": [{"name": name, "title": "负责人"} for name in people],
        "main_business": BUSINESS.get(short, "主营产品的研发、生产与销售。"),
        "revenue": str(38_000_000 + 9_500_000 * place),
        "market_position": ("leader", "upper", "middle")[place % 3],
        "payment_record": ("good", "good", "fair")[place % 3],
        "decision_chain": [
            {"name": name, "part": part, "attitude": attitude}
            for name, part, attitude in zip(people, parts, attitudes, strict=False)
        ],
        "source": ("visit", "event", "enquiry")[place % 3],
        "first_contact_on": (at.date() - datetime.timedelta(days=12)).isoformat(),
        "first_contact_by": manager.pk,
        "need": need,
        "expected_amount": amount,
        "expected_on": (at.date() + datetime.timedelta(days=75)).isoformat(),
        "urgency": str(2 + place % 4),
        "competitors": ("本地运营商", "无", "两家集成商")[place % 3],
    }


def _remark(world, short, username, text):
    def act(at):
        manager = world.manager_at(short, at.date())
        add_comment(
            subject_type="account",
            subject_id=world.accounts[short].pk,
            text=text.format(manager=manager.username),
            actor=world.user(username),
            at=at,
        )

    return act


def _file(world, short):
    def act(at):
        attach(
            upload=SimpleUploadedFile(f"{short}会议纪要.txt", NOTE.encode()),
            actor=world.manager_at(short, at.date()),
            subject_type="account",
            subject_id=world.accounts[short].pk,
            category="dealings",
            at=at,
        )

    return act
