"""What later revisions changed, judged by pyHanko's difference analysis with stricter rules of ours.

pyHanko lets /AcroForm /DR, /DA, /Q and /NeedAppearances change, as Acrobat sometimes touches them. With them an
attacker makes viewers draw other digits from an unchanged value, so after the first signature they may not.
"""

# mypy: allow-untyped-calls
# (pyHanko's rules carry annotations only in part)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.form_rules_api import FieldComparisonContext, FieldComparisonSpec, FormUpdate

from policies.model import Text
from signer.model import TEXT_FIELDS

FORM_FROZEN = ("/DR", "/DA", "/Q", "/NeedAppearances", "/XFA", "/SigFlags")
CATALOG_MAY_CHANGE = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"})
FILLING = frozenset({"/AP", "/AS", "/V", "/F", "/Ff", "/Type"})
"""What filling one of our text fields touches; /DA and /Q would change how a viewer redraws it."""


class FormTouched(SuspiciousModification):
    """The form's resources or defaults were changed after a signature; ``words`` say which."""

    def __init__(self, words: Text) -> None:
        super().__init__(words.en)
        self.words = words


class FormRule(FormUpdatingRule):
    """Form filling only: the form's own resources and defaults stay as the first signer saw them."""

    def __init__(self) -> None:
        super().__init__(
            field_rules=[
                SigFieldCreationRule(allow_new_visible_after_certify=True),
                SigFieldModificationRule(),
                FillRule(),
            ],
            ignored_acroform_keys={"/Fields"},
        )

    def apply(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Refuse what the base class would pass, and objects under /DR that are written anew."""
        before, after = entry(old.root, "/AcroForm"), entry(new.root, "/AcroForm")
        if isinstance(before, generic.DictionaryObject) and isinstance(after, generic.DictionaryObject):
            rewritten = new.explicit_refs_in_revision()
            for key in FORM_FROZEN:
                if key not in before and key not in after:
                    continue
                if key not in before or key not in after or before.raw_get(key) != after.raw_get(key):
                    raise FormTouched(Text(f"/AcroForm {key} đã bị thay đổi", f"/AcroForm {key} was changed"))
                touched = old.collect_dependencies(before.raw_get(key)) & rewritten
                if touched:
                    raise FormTouched(
                        Text(
                            f"đối tượng {sorted(one.idnum for one in touched)} thuộc /AcroForm {key} đã bị ghi lại",
                            f"{touched} under /AcroForm {key} was rewritten",
                        )
                    )
        yield from super().apply(old, new)


class FillRule(GenericFieldModificationRule):
    """Our number and date fields take a value and an appearance, nothing else; a locked one keeps even /Ff."""

    def check_form_field(
        self,
        fq_name: str,
        spec: FieldComparisonSpec,
        context: FieldComparisonContext,
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """As the base class, with our narrower keys for our fields, and only for what the revision really writes.

        The base class takes an appearance that was drawn before the signed revision for one that is redrawn
        now, so a field filled by the clerk and locked by the agency would forbid every later revision.
        """
        written = context.new.explicit_refs_in_revision()
        rule = _OURS if fq_name in TEXT_FIELDS else _OTHERS
        for level, update in rule.check_form_field(fq_name, spec, context):
            if update.updated_ref in written:
                yield level, update


_OURS = GenericFieldModificationRule(always_modifiable=frozenset({"/Type"}), value_update_keys=FILLING)
_OTHERS = GenericFieldModificationRule()

POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(CATALOG_MAY_CHANGE),
        *(rule for rule in DEFAULT_DIFF_POLICY.global_rules if not isinstance(rule, CatalogModificationRule)),
    ],
    form_rule=FormRule(),
)
"""Fields that are added pass here; whether they are tolerated depends on who signed them (see added.py)."""


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget in one revision: field name, page reference, rectangle, and the object's number."""

    field: str
    kind: str
    number: int
    page: int
    rect: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FormState:
    """The form as one revision has it: text values, signed signature fields, every annotation with its place."""

    values: dict[str, str]
    signed: frozenset[str]
    names: frozenset[str]
    widgets: tuple[Widget, ...]

    @classmethod
    def empty(cls) -> FormState:
        """Before the file's first revision."""
        return cls({}, frozenset(), frozenset(), ())


def form_state(revision: HistoricalResolver, pages: int) -> FormState:
    """Read the form of a revision. Annotations that are no widgets have the field ""."""
    values: dict[str, str] = {}
    signed: set[str] = set()
    names: dict[tuple[int, int], tuple[str, str]] = {}
    form = entry(revision.root, "/AcroForm")
    fields = entry(form, "/Fields", ()) if isinstance(form, generic.DictionaryObject) else ()
    for name, kind, reference, field in _fields(fields, "", "", set()):
        if reference is not None:
            names[reference] = (name, kind)
        if kind == "/Sig" and isinstance(entry(field, "/V"), generic.DictionaryObject):
            signed.add(name)
        elif kind != "/Sig" and "/V" in field:
            values[name] = text_of(field["/V"])
    return FormState(
        values,
        frozenset(signed),
        frozenset(name for name, _ in names.values()),
        tuple(_annotations(revision, names, pages)),
    )


def entry(dictionary: generic.DictionaryObject, key: str, default: Any = None) -> Any:
    """A dictionary's entry with references followed, which ``get`` of pyHanko's dictionaries does not do."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401 -- get leaves references unfollowed


def text_of(value: object) -> str:
    """A text value; what is no string is shown as Python shows it."""
    if isinstance(value, generic.ByteStringObject):
        return bytes(value).decode("latin-1")
    return str(value)


def _fields(
    items: Any,
    prefix: str,
    inherited: str,
    seen: set[object],
) -> Iterator[tuple[str, str, tuple[int, int] | None, generic.DictionaryObject]]:
    for item in items:
        _once(item, seen)
        reference = (item.idnum, item.generation) if isinstance(item, generic.IndirectObject) else None
        field = item.get_object()
        if not isinstance(field, generic.DictionaryObject):
            continue
        part = entry(field, "/T")
        name = ".".join(filter(None, (prefix, str(part) if part is not None else "")))
        kind = str(entry(field, "/FT", inherited))
        yield name, kind, reference, field
        yield from _fields(entry(field, "/Kids", ()), name, kind, seen)


def _annotations(
    revision: HistoricalResolver,
    names: dict[tuple[int, int], tuple[str, str]],
    limit: int,
) -> Iterator[Widget]:
    for number, page in enumerate(_pages(revision.root["/Pages"], set()), start=1):
        if number > limit:
            raise ValueError("too many pages")
        for item in entry(page, "/Annots", ()):
            reference = (item.idnum, item.generation) if isinstance(item, generic.IndirectObject) else (0, 0)
            annotation = item.get_object()
            if not isinstance(annotation, generic.DictionaryObject):
                continue
            field, kind = names.get(reference, ("", str(entry(annotation, "/Subtype", ""))))
            yield Widget(field, kind, reference[0], number, _rectangle(entry(annotation, "/Rect")))


def _pages(node: Any, seen: set[object]) -> Iterator[generic.DictionaryObject]:
    for kid in node["/Kids"]:
        _once(kid, seen)
        page = kid.get_object()
        if "/Kids" in page:
            yield from _pages(page, seen)
        else:
            yield page


def _once(item: Any, seen: set[object]) -> None:
    """Trees that come back to themselves are refused; nesting is bounded by the interpreter's own limit."""
    if isinstance(item, generic.IndirectObject):
        if item.reference in seen:
            raise ValueError(f"{item!r} occurs twice in a tree")
        seen.add(item.reference)


def _rectangle(value: Any) -> tuple[float, float, float, float]:
    numbers = [float(part) for part in value] if value is not None and len(value) == 4 else [0.0] * 4
    return (
        min(numbers[0], numbers[2]),
        min(numbers[1], numbers[3]),
        max(numbers[0], numbers[2]),
        max(numbers[1], numbers[3]),
    )


def describe(before: FormState, after: FormState) -> tuple[str, ...]:
    """Words for what changed between two states of the form, Vietnamese first."""
    words = [
        f"điền ô {name} = “{value}” · field {name} filled with “{value}”"
        for name, value in sorted(after.values.items())
        if value and before.values.get(name, "") != value
    ]
    words += [f"thêm ô {name} · field {name} added" for name in sorted(after.names - before.names)]
    words += [f"ký ô {name} · field {name} signed" for name in sorted(after.signed - before.signed)]
    return tuple(words)
