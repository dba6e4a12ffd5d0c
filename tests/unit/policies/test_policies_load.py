"""Rulesets: which texts hold on a day, and that a faulty file says everything that is wrong with it."""

import re
from dataclasses import fields
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from policies import load as loading
from policies.load import RulesetFaults, load, ruleset_on, rulesets
from policies.model import Rule

PACKAGED = sorted((Path(loading.__file__).parent / "rulesets").glob("*.toml"))


def _copy(folder: Path, **replaced: str) -> list[Path]:
    """The packaged files, one text replaced in the file that ``replaced`` names (- is written _)."""
    paths = []
    for path in PACKAGED:
        text = path.read_text(encoding="utf-8")
        target = folder / path.name
        target.write_text(replaced.get(path.stem.replace("-", "_"), text), encoding="utf-8")
        paths.append(target)
    return paths


def test_the_packaged_rules_follow_each_other_without_a_gap() -> None:
    known = rulesets()
    assert known[0].since == date(2020, 3, 5)
    assert known[-1].until is None
    for one, other in pairwise(known):
        assert one.until is not None
        assert one.until + timedelta(days=1) == other.since


def test_before_the_first_day_no_rules_are_known() -> None:
    assert ruleset_on(date(2020, 3, 5)).since == date(2020, 3, 5)
    with pytest.raises(LookupError, match=r"04/03/2020.*earliest day is 2020-03-05"):
        ruleset_on(date(2020, 3, 4))


def test_certificates_are_judged_by_the_decree_of_the_day() -> None:
    before, after = ruleset_on(date(2024, 8, 14)).certificates, ruleset_on(date(2024, 8, 15)).certificates
    assert "130/2018" in before.path.clause
    assert after.path.clause == "NĐ 68/2024/NĐ-CP, Điều 29 khoản 2, Điều 32"
    assert (before.longest_years.value, after.longest_years.value) == (10, 5)


def test_normative_documents_follow_the_law_of_the_day() -> None:
    before, after = ruleset_on(date(2025, 3, 31)).numbering, ruleset_on(date(2025, 4, 1)).numbering
    assert "80/2015/QH13" in before.normative_types.clause
    assert "64/2025/QH15" in after.normative_types.clause


def test_a_time_stamp_is_expected_until_the_circular_was_repealed() -> None:
    before, after = ruleset_on(date(2026, 11, 14)).certificates, ruleset_on(date(2026, 11, 15)).certificates
    assert before.timestamp_expected == Rule(True, "TT 41/2017/TT-BTTTT, Điều 9 khoản 1")
    assert after.timestamp_expected == Rule(False, "NĐ 68/2024/NĐ-CP, Điều 29 khoản 4")


def test_the_abbreviations_are_those_of_annex_iii() -> None:
    types = ruleset_on(date(2026, 1, 1)).numbering.types
    assert len(types.value) == 30
    assert types.value["QyĐ"] == "quy định"
    assert "CV" not in types.value
    assert types.clause == "NĐ 30/2020/NĐ-CP, Phụ lục III"


_CLAUSE = re.compile(
    r"(?:(?:NĐ|QĐ|TT) \d+/\d{4}/[A-ZĐ]+(?:-[A-ZĐ]+[a-z]?)?|(?:Luật|Bộ luật) [^,;/]+ \d+/\d{4}/QH\d+)"
    r"(?:(?:, |; )(?:Điều \d+)?(?: ?khoản \d+)?(?: ?điểm [a-zđ])?|(?:, |; )Phụ lục [IV]+(?:, Phần [IV]+)?"
    r"(?:, Mục [IV]+(?:\.\d+(?:\.[a-zđ])?)?)?|; NĐ \d+/\d{4}/NĐ-CP)*"
)


def test_clauses_are_written_in_one_way() -> None:
    """ "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1" and "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3": machines compare them."""
    clauses: set[str] = set()
    for rules in rulesets():
        for section in fields(rules):
            part = getattr(rules, section.name)
            if section.name.islower() and hasattr(part, "__dataclass_fields__"):
                clauses |= {getattr(part, field.name).clause for field in fields(part)}
        clauses |= set(rules.delegation.clauses.value.values())
    # Phụ lục I without a part is its first one; only copies are of the second.
    wrong = [
        clause
        for clause in clauses
        if clause and (not _CLAUSE.fullmatch(clause) or "Phụ lục I, Phần" in clause.replace("Phụ lục I, Phần II,", ""))
    ]
    assert wrong == []
    assert "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3" in clauses
    assert "QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2" in clauses


def test_the_version_tells_whether_the_data_changed(tmp_path: Path) -> None:
    same = load(_copy(tmp_path))
    assert [rules.version for rules in same] == [rules.version for rules in rulesets()]
    nd68 = (Path(loading.__file__).parent / "rulesets" / "nd68-2024.toml").read_text(encoding="utf-8")
    other = load(_copy(tmp_path, nd68_2024=nd68.replace("rsa = 2048", "rsa = 3072")))
    assert other[0].version == same[0].version
    assert other[-1].version != same[-1].version


def test_values_cannot_be_changed_by_whoever_reads_them() -> None:
    types = rulesets()[-1].numbering.types.value
    with pytest.raises(TypeError):
        types["CV"] = "công văn"  # type: ignore[index]  # the point: it is read-only


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'id = 5\nsince = 2020-01-01\ncolour = "red"\n[order]\nspeed = { value = true }\n'
        'leaders_before_number = true\nleaders_before_agency = { value = "yes", klause = "x", clause = "" }\n'
        "[layout]\nleader_least = { value = [1.0] }\nfallback_mm = { value = 3 }\n",
        encoding="utf-8",
    )
    (tmp_path / "b.toml").write_text("id = ", encoding="utf-8")
    with pytest.raises(RulesetFaults) as refusal:
        load([tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"])
    text = str(refusal.value)
    for part in (
        "a.toml: id: str wanted",
        "a.toml: version is missing",
        "a.toml: title is missing",
        "a.toml: unknown key 'colour'",
        "order.speed: unknown key",
        "order.leaders_before_number: { value",
        "order.leaders_before_agency: unknown key 'klause'",
        "order.leaders_before_agency: a clause",
        "order.leaders_before_agency: bool wanted",
        "layout.leader_least: a list of 2",
        "layout.fallback_mm: a table",
        "b.toml: ",
        "c.toml: ",
    ):
        assert part in text
    assert len(refusal.value.faults) == 13


def test_two_texts_may_not_fix_one_value_unless_one_amends_the_other(tmp_path: Path) -> None:
    paths = _copy(tmp_path)
    later = tmp_path / "nd99-2027.toml"
    text = (
        'id = "nd99-2027"\nversion = "1"\ntitle = "NĐ 99/2027/NĐ-CP"\nsince = 2027-01-01\n{amends}\n'
        '[acceptance]\nnumber_size = {{ value = [14, 14], clause = "NĐ 99/2027/NĐ-CP, Điều 2" }}\n'
    )
    later.write_text(text.format(amends=""), encoding="utf-8")
    with pytest.raises(RulesetFaults, match=r"from 2027-01-01 acceptance\.number_size is given by nd30-2020, nd"):
        load([*paths, later])
    later.write_text(text.format(amends='amends = ["nd30-2020"]'), encoding="utf-8")
    known = load([*paths, later])
    assert known[-2].acceptance.number_size.value == (13.0, 13.0)
    assert known[-1].acceptance.number_size == Rule((14.0, 14.0), "NĐ 99/2027/NĐ-CP, Điều 2")
    assert known[-1].order == known[-2].order


def test_a_text_that_ends_without_a_successor_is_a_fault(tmp_path: Path) -> None:
    nd68 = (Path(loading.__file__).parent / "rulesets" / "nd68-2024.toml").read_text(encoding="utf-8")
    ended = nd68.replace("since = 2024-08-15", "since = 2024-08-15\nuntil = 2029-12-31", 1)
    with pytest.raises(RulesetFaults, match=r"from 2030-01-01 no instrument in force gives: certificates\.in_va"):
        load(_copy(tmp_path, nd68_2024=ended))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("since = 2024-08-15", "since = 2024-08-15\nuntil = 2024-01-01"), "until 2024-01-01 is before since"),
        (
            ("since = 2024-08-15", 'since = 2024-08-15\namends = ["nd1-1999"]'),
            "amends: unknown instrument 'nd1-1999'",
        ),
        (('id = "nd68-2024"', 'id = "nd30-2020"'), "nd30-2020: two files have this id"),
        (("since = 2024-08-15", "since = 2024-08-15T00:00:00"), "since: date wanted"),
    ],
)
def test_heads_are_checked(tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    nd68 = (Path(loading.__file__).parent / "rulesets" / "nd68-2024.toml").read_text(encoding="utf-8")
    with pytest.raises(RulesetFaults, match=fault):
        load(_copy(tmp_path, nd68_2024=nd68.replace(*change, 1)))


def test_no_files_and_incomplete_files_are_faults(tmp_path: Path) -> None:
    with pytest.raises(RulesetFaults, match="no ruleset files"):
        load([])
    with pytest.raises(RulesetFaults, match=r"never given: order\.initials_before_leaders"):
        load([path for path in _copy(tmp_path) if path.stem == "qd28-2018"])


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (
            '[calendar]\nyearly_holidays = { value = ["01-01", "9-2"] }',
            "calendar.yearly_holidays: '9-2' is not written",
        ),
        ('[calendar]\nyearly_holidays = { value = ["13-01"] }', "'13-01' is not written"),
        ('[dispatch]\nsend_until = { value = "25:00" }', "dispatch.send_until: '25:00' is not written"),
        ('[dispatch]\nsend_until = { value = "12h" }', "'12h' is not written"),
    ],
)
def test_days_of_the_year_and_hours_are_checked_when_they_are_read(tmp_path: Path, rule: str, fault: str) -> None:
    own = tmp_path / "own.toml"
    head = 'id = "own"\nversion = "1"\ntitle = "own"\nsince = 2027-01-01\namends = ["practice", "qd28-2018"]\n'
    own.write_text(head + rule, encoding="utf-8")
    with pytest.raises(RulesetFaults) as refusal:
        load([*PACKAGED, own])
    (line,) = refusal.value.faults
    assert fault in line


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(RulesetFaults, match=r"big\.toml: larger than 1000000 bytes"):
        load([*PACKAGED, tmp_path / "big.toml"])
