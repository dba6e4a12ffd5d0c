"""One look at every object of a draft, and the refusals that follow from it.

Objects are written out by qpdf (C++) and searched with one expression; only those that mention something of
interest are walked. So an ordinary draft costs a fraction of a millisecond, and nothing hides in object streams
or behind escaped names (qpdf writes /J#53 as /JS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

from signer.model import TEXT_FIELDS
from signer.pdf.reading.refusal import ORDER_CLAUSE, unsuitable

_INTERESTING = re.compile(
    rb"/(?:JS|JavaScript|Launch|SubmitForm|ImportData|ResetForm|GoToR|GoToE|Rendition|Movie|Sound|RichMedia\w*|"
    rb"GoTo3DView|3D|Screen|EmbeddedFiles?|EF|FileAttachment|Filespec|ByteRange|Sig|SigRef|DocTimeStamp|"
    rb"Widget|BaseFont|FFilter)\b"
)

_ACTIVE_ACTIONS = frozenset(
    (
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/ResetForm",
        "/GoToR",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
        "/GoTo3DView",
    )
)
_ACTIVE_ANNOTATIONS = frozenset(("/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"))
_COMPRESSING = frozenset(("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"))
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_MAX_RUN_LENGTH = 1 << 20

_LEGACY = re.compile(r"^(?:\.?Vn[A-Z]|\.Vn|VNI[-_ ]|VNtimes|TCVN)")
"""Fonts that draw Vietnamese letters in the places of others: TCVN3 (".VnTime"), VNI ("VNI-Times")."""

_OURS = re.compile(rf"^(?:{'|'.join(TEXT_FIELDS)}|Initial\d+|Leader\d*|Clerk|Agency)$")


@dataclass
class Sight:
    """What was seen; ``active`` and ``embedded`` say what, for the message."""

    active: str = ""
    embedded: str = ""
    widgets: bool = False
    signatures: list[pikepdf.Dictionary] = field(default_factory=list)
    locks: bool = False
    legacy_fonts: set[str] = field(default_factory=set)
    loose_fonts: set[str] = field(default_factory=set)


def look(pdf: pikepdf.Pdf) -> Sight:
    """Look at all objects once. ``filters-unsupported`` for streams that nobody can bound."""
    sight = Sight()
    objects: list[pikepdf.Object] = list(pdf.objects)
    for item in (*objects, pdf.trailer):
        if isinstance(item, pikepdf.Stream):
            _check_filters(item)
            item = item.stream_dict  # noqa: PLW2901 - what is of interest of a stream
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Array)) and _INTERESTING.search(item.unparse(resolved=True)):
            for dictionary in _dictionaries(item, 0):
                _note(dictionary, sight)
    return sight


def _dictionaries(item: object, depth: int) -> Iterator[pikepdf.Dictionary]:
    """A container's direct dictionaries; indirect ones have their own turn. qpdf bounds the depth at 100."""
    if isinstance(item, pikepdf.Dictionary):
        yield item
        children = [item.get(key) for key in item.keys()]  # noqa: SIM118 - pikepdf iterates otherwise
    elif isinstance(item, pikepdf.Array):
        children = list(item)
    else:
        return
    for child in children:
        if isinstance(child, (pikepdf.Dictionary, pikepdf.Array)) and not child.is_indirect:
            yield from _dictionaries(child, depth + 1)


def _note(entry: pikepdf.Dictionary, sight: Sight) -> None:
    action, subtype, kind = (_name(entry, key) for key in ("/S", "/Subtype", "/Type"))
    if "/JS" in entry:
        sight.active = sight.active or "JavaScript"
    if action in _ACTIVE_ACTIONS and kind in ("", "/Action"):
        sight.active = sight.active or action[1:]
    if subtype in _ACTIVE_ANNOTATIONS and (kind in ("", "/Annot")):
        sight.active = sight.active or subtype[1:]
    if "/FFilter" in entry:
        sight.active = sight.active or "external file"
    if "/EmbeddedFiles" in entry or "/EF" in entry or kind == "/EmbeddedFile" or subtype == "/FileAttachment":
        sight.embedded = sight.embedded or _file_name(entry) or "…"
    if subtype == "/Widget" or _name(entry, "/FT"):
        sight.widgets = True
        sight.locks = sight.locks or "/Lock" in entry
    if "/ByteRange" in entry or kind in ("/Sig", "/DocTimeStamp"):
        sight.signatures.append(entry)
    if "/BaseFont" in entry and kind in ("/Font", ""):
        _note_font(entry, sight)


def _note_font(font: pikepdf.Dictionary, sight: Sight) -> None:
    name = re.sub(r"^[A-Z]{6}\+", "", _name(font, "/BaseFont")[1:])
    if _LEGACY.match(name):
        sight.legacy_fonts.add(name)
    descriptor = font.get("/FontDescriptor")
    embedded = isinstance(descriptor, pikepdf.Dictionary) and any(key in descriptor for key in _FONT_FILES)
    if _name(font, "/Subtype") not in ("/Type0", "/Type3") and not embedded:
        sight.loose_fonts.add(name)


def _check_filters(stream: pikepdf.Stream) -> None:
    filters = stream.stream_dict.get("/Filter")
    if filters is None or filters == "/FlateDecode":
        return
    names = [str(item) for item in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    squeezing = [name for name in names if name in _COMPRESSING]
    lzw = any(name in ("/LZWDecode", "/LZW") for name in names)
    long_runs = any(name in ("/RunLengthDecode", "/RL") for name in names) and (
        len(stream.read_raw_bytes()) > _MAX_RUN_LENGTH
    )
    if len(squeezing) > 1 or len(names) > 3 or lzw or long_runs:
        raise unsuitable(
            "filters-unsupported",
            f"Tệp dùng cách nén không được chấp nhận ({' '.join(names)[:60]}). Hãy xuất lại PDF từ phần mềm soạn thảo.",
            f"The file compresses in a way that is not accepted ({' '.join(names)[:60]}). Please export the PDF again.",
        )
    if len(names) > 1 and squeezing:
        stream.read_bytes()  # the bound of qpdf on Flate holds here, and its refusal is ours


# --- refusals -------------------------------------------------------------------------------------------------


def refuse_signed(pdf: pikepdf.Pdf, sight: Sight) -> None:
    """``draft-certified``, ``draft-locked``, ``draft-signed``: fields added now would break what was signed."""
    if not sight.signatures and "/Perms" not in pdf.Root:
        return
    methods = [transform for signature in sight.signatures for transform in _transforms(signature)]
    if ("/DocMDP", 1) in methods:
        raise unsuitable(
            "draft-certified",
            "Tệp đã được chứng nhận ở mức không cho phép thay đổi (DocMDP P=1), nên không thể cấp số. Hãy gửi "
            "dự thảo chưa ký.",
            "The file is certified against any change (DocMDP P=1), so a number cannot be given. Send the "
            "unsigned draft.",
            clause=ORDER_CLAUSE,
        )
    if sight.locks or any(method == "/FieldMDP" for method, _ in methods):
        raise unsuitable(
            "draft-locked",
            "Chữ ký có sẵn trong tệp đã khóa các trường, nên không thể cấp số. Hãy gửi dự thảo chưa ký.",
            "A signature in the file locks its fields, so a number cannot be given. Send the unsigned draft.",
            clause=ORDER_CLAUSE,
        )
    raise unsuitable(
        "draft-signed",
        "Tệp đã có chữ ký số; thêm trường số và ngày vào sẽ làm hỏng chữ ký đó. Hãy gửi dự thảo chưa ký.",
        "The file is signed already; adding fields for number and date would break that signature. Send the "
        "unsigned draft.",
        clause=ORDER_CLAUSE,
    )


def _transforms(signature: pikepdf.Dictionary) -> Iterator[tuple[str, int]]:
    references = signature.get("/Reference")
    for reference in list(references) if isinstance(references, pikepdf.Array) else []:
        if isinstance(reference, pikepdf.Dictionary):
            parameters = reference.get("/TransformParams")
            level = parameters.get("/P", 2) if isinstance(parameters, pikepdf.Dictionary) else 2
            yield _name(reference, "/TransformMethod"), int(level) if isinstance(level, int) else 2


def refuse_forms(pdf: pikepdf.Pdf, sight: Sight) -> None:
    """``draft-has-xfa``, ``draft-need-appearances``, ``draft-field-names``, ``draft-has-form``."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            raise unsuitable(
                "draft-has-xfa",
                "Tệp chứa biểu mẫu XFA, nội dung hiển thị không cố định. Hãy in lại thành PDF thường.",
                "The file contains an XFA form, so what it shows is not fixed. Print it to a plain PDF.",
            )
        if bool(form.get("/NeedAppearances", False)):
            raise unsuitable(
                "draft-need-appearances",
                "Tệp yêu cầu phần mềm tự vẽ lại các trường (NeedAppearances), nên số in ra có thể khác số đã "
                "ký. Hãy in lại thành PDF thường.",
                "The file lets viewers redraw its fields (NeedAppearances), so that the number shown may differ "
                "from the one signed. Print it to a plain PDF.",
            )
        names = _field_names(form)
        ours = sorted(name for name in names if _OURS.match(name))
        if ours:
            raise unsuitable(
                "draft-field-names",
                f"Tệp đã có trường trùng tên với trường của hệ thống: {', '.join(ours)}. Hãy gửi dự thảo chưa "
                "qua xử lý.",
                f"The file has fields of our own names already: {', '.join(ours)}. Send the draft as it was before.",
            )
        if names:
            raise _has_form(", ".join(sorted(names))[:80])
    if sight.widgets:
        raise _has_form("…")


def _has_form(names: str) -> Exception:
    return unsuitable(
        "draft-has-form",
        f"Tệp chứa biểu mẫu có trường nhập ({names}); văn bản trình ký không được chứa biểu mẫu. Hãy in lại thành PDF "
        "thường.",
        f"The file contains a form with fields ({names}); a document to be signed has none. Print it to a plain PDF.",
    )


def _field_names(form: pikepdf.Dictionary) -> set[str]:
    fields = form.get("/Fields")
    kids = list(fields) if isinstance(fields, pikepdf.Array) else []
    return {str(kid.get("/T", "?"))[:40] for kid in kids[:1000] if isinstance(kid, pikepdf.Dictionary)}


def refuse_active(sight: Sight) -> None:
    """``draft-active-content``, ``draft-embedded-files``: what acts or hides has no place in a signed document."""
    if sight.active:
        raise unsuitable(
            "draft-active-content",
            f"Tệp chứa nội dung hoạt động ({sight.active}: mã lệnh, mở chương trình, âm thanh, hình động). Hãy "
            "in lại thành PDF thường.",
            f"The file contains active content ({sight.active}: scripts, launches, media). Print it to a plain PDF.",
        )
    if sight.embedded:
        raise unsuitable(
            "draft-embedded-files",
            f"Tệp có tệp khác nhúng bên trong ({sight.embedded}); người nhận không thấy và không kiểm được. Hãy "
            "gửi phụ lục thành tệp riêng.",
            f"The file has files embedded in it ({sight.embedded}), which readers do not see. Send attachments "
            "as files of their own.",
            clause="NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b",
        )


def _file_name(entry: pikepdf.Dictionary) -> str:
    name = entry.get("/UF", entry.get("/F", ""))
    return str(name)[:60] if isinstance(name, (str, pikepdf.String)) else ""


def _name(entry: pikepdf.Dictionary, key: str) -> str:
    value = entry.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""
