"""What webhooks never call (T40): about seventy ways to write an address inside."""

import pytest

from notifications import outgoing
from notifications.addresses import Refused, check_address, target_of

INSIDE = [
    "http://127.0.0.1/", "http://127.0.0.1:80/", "http://127.1/", "http://127.0.1/",
    "http://0177.0.0.1/", "http://0177.0.0.01/", "http://0x7f.0.0.1/", "http://0x7f000001/",
    "http://0x7f.1/", "http://2130706433/", "http://017700000001/", "http://00000177.0.0.1/",
    "http://127.000.000.001/", "http://127.0.0.1./", "http://localhost/", "http://LOCALHOST/",
    "http://localhost./", "http://a.localhost/", "http://localhost:6379/", "http://0/",
    "http://0.0.0.0/", "http://0.0.0.0:8000/", "http://[::]/", "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
    "http://[ff02::1]/", "http://[fec0::1]/", "http://10.0.0.1/", "http://10.1/",
    "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.0.1/",
    "http://192.168.1.1:8080/", "http://3232235777/", "http://0xc0a80101/", "http://100.64.0.1/",
    "http://169.254.1.1/", "http://169.254.169.254/latest/meta-data/", "http://2852039166/",
    "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/",
    "http://metadata.google.internal/", "http://100.100.100.200/", "http://168.63.129.16/",
    "http://192.0.0.192/", "http://198.18.0.1/", "http://192.0.2.1/", "http://203.0.113.5/",
    "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "http://redis/",
    "http://db.local/", "http://printer.lan/", "http://intranet.corp/",
    "http://example.org@127.0.0.1/", "http://127.0.0.1@example.org/",
    "http://example.org%2f@127.0.0.1/", "http://127.0.0.1%00.example.org/",
    "http://example.org:22/", "http://example.org:6379/", "http://example.org:25/",
    "http://example.org:0/", "http://example.org:99999/", "http://example.org:80:80/",
    "http://exa_mple.org/", "http://-a.org/", "http:///path", "http://?x", "http:example.org",
    "http:\\\\127.0.0.1\\", "http://127.0.0.1\\@example.org/", "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x", "ftp://example.org/", "dict://127.0.0.1:11211/",
    "ldap://example.org/", "data:text/plain,x", "javascript:alert(1)", "//127.0.0.1/", "127.0.0.1",
    "http://①②⑦.⓪.⓪.①/", "http://ⓛocalhost/", "http://127。0。0。1/", "http://例子.cn/",
    "http://example.org/#x", "http://0x/", "http://1.2.3/", "http://1.2.3.4.5/",
    "http://999.1.1.1/", "http://[1::2::3]/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused_by_its_form(url):
    with pytest.raises(Refused):
        target_of(url)


@pytest.mark.parametrize("url", ["", "http://example.org/a b", "http://example.org/\n", "\thttp://a.b/"])
def test_odd_characters_are_refused(url):
    with pytest.raises(Refused):
        target_of(url)


@pytest.mark.parametrize(
    "url, host, port, path",
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "qyapi.weixin.qq.com", 443,
         "/cgi-bin/webhook/send?key=k"),
        ("https://oapi.dingtalk.com/robot/send?access_token=t", "oapi.dingtalk.com", 443,
         "/robot/send?access_token=t"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/x-y", "open.feishu.cn", 443,
         "/open-apis/bot/v2/hook/x-y"),
        ("http://Example.ORG:8080", "example.org", 8080, "/"),
        ("https://xn--fsqu00a.cn/", "xn--fsqu00a.cn", 443, "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/"),
    ],
)  # fmt: skip
def test_ordinary_addresses_are_called(url, host, port, path):
    target = target_of(url)
    assert (target.host, target.port, target.path) == (host, port, path)


def test_a_host_of_the_installations_own_choice_is_called():
    allowed = frozenset({"intranet", "127.0.0.1:8099"})
    assert target_of("http://intranet/", allowed).host == "intranet"
    assert target_of("http://127.0.0.1:8099/", allowed).port == 8099
    for url in ("http://127.0.0.1:8098/", "http://intranet2/", "http://x@intranet/"):
        with pytest.raises(Refused):
            target_of(url, allowed)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "169.254.169.254",
     "2002:a00:1::", "64:ff9b::a00:1", "100.100.100.200", "no address", "224.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(address, monkeypatch, settings):
    with pytest.raises(Refused):
        check_address(address)
    found = [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", (address, 80))]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(Refused):
        outgoing.resolve(target_of("http://rebind.example.org/"))
