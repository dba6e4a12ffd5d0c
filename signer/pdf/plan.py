"""The signing plan: what every later update needs to know of a prepared file, written down once.

Preparing reads and understands the PDF; a signature then needs no parser, only this value. It is kept with the
document as JSON bytes that no other room reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from signer.model import Align, Slant
from signer.pdf.update import Base, Update

FORMAT = 1


@dataclass(frozen=True, slots=True)
class TextField:
    """A text field: its object, and how a value is drawn in it.

    ``source`` is the widget's dictionary without /V, /AP and the closing ``>>``. ``width`` and ``height`` are
    as the reader sees the page (after /Rotate), ``baseline`` counts from the lower edge, ``ground`` is the
    part to cover in white (x, y, width, height; same axes) or None.
    """

    number: int
    source: bytes
    width: float
    height: float
    baseline: float
    size: float
    slant: Slant
    align: Align
    rotate: int
    ground: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class SignatureWidget:
    """A signature field: its object and size as the reader sees it; invisible where ``width`` is 0.

    ``mark_size`` are the points in which it shows lines of text; 0 where it shows an image, or nothing.
    """

    number: int
    source: bytes
    width: float
    height: float
    rotate: int
    mark_size: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """What preparing found out and no later update changes.

    ``root_source`` is the catalogue without /Perms and the closing ``>>``; ``fonts`` are the object numbers of
    the embedded faces, by name.
    """

    xref_stream: bool
    root: tuple[int, int]
    root_source: bytes
    info: tuple[int, int] | None
    id0: str
    fonts: Mapping[str, int]
    texts: Mapping[str, TextField]
    signatures: Mapping[str, SignatureWidget]

    def fields(self) -> list[int]:
        """The numbers of the prepared fields, in the order of the form."""
        texts, signatures = self.texts.values(), self.signatures.values()
        return [text.number for text in texts] + [widget.number for widget in signatures]

    def encode(self) -> bytes:
        """As one line of JSON; dictionary sources are PDF bytes, one byte a character."""
        return json.dumps(_plain(self) | {"format": FORMAT}, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class SecurityStore:
    """The file's DSS (ISO 32000-2, 12.8.4.3) as we wrote it: its object, 0 where there is none, and what is in it.

    Object numbers of the streams by the SHA-256 (hex) of what they hold, in the order in which they were added.
    """

    number: int = 0
    certificates: Mapping[str, int] = field(default_factory=dict)
    crls: Mapping[str, int] = field(default_factory=dict)
    ocsps: Mapping[str, int] = field(default_factory=dict)


NO_STORE = SecurityStore()


@dataclass(frozen=True, slots=True)
class SigningPlan:
    """A prepared or signed file, as its next update sees it.

    ``length`` bytes long, last cross-reference section at ``startxref``, next free object number ``size``;
    ``filled`` names the fields that have a value, in the order in which they got it. ``certified`` is the signature
    that certifies, which the catalogue names, 0 while there is none, None where a plan of an earlier version of this
    program does not say. ``stamps`` are the fields of document time-stamps, which no prepared file has.
    """

    length: int
    size: int
    startxref: int
    filled: tuple[str, ...]
    layout: Layout
    layout_line: bytes
    certified: int | None = 0
    store: SecurityStore = NO_STORE
    stamps: tuple[int, ...] = ()

    @classmethod
    def first(cls, *, length: int, size: int, startxref: int, layout: Layout) -> SigningPlan:
        """The plan of a file that was just prepared."""
        return cls(length, size, startxref, (), layout, layout.encode())

    def advanced(self, update: Update, filled: tuple[str, ...], **changed: Any) -> SigningPlan:
        """The plan after an update that filled ``filled``, with what else it changed."""
        return replace(
            self,
            length=self.length + len(update.data),
            size=update.size,
            startxref=update.startxref,
            filled=self.filled + filled,
            **changed,
        )

    def base(self, *, ends_with_newline: bool) -> Base:
        """The file as an update must know it."""
        return Base(
            length=self.length,
            ends_with_newline=ends_with_newline,
            startxref=self.startxref,
            xref_stream=self.layout.xref_stream,
            size=self.size,
            root=self.layout.root,
            info=self.layout.info,
            id0=self.layout.id0,
        )

    def encode(self) -> bytes:
        """Two lines of JSON: what changes with each update, and the layout, which is carried on as it came."""
        state: dict[str, Any] = {
            "length": self.length,
            "size": self.size,
            "startxref": self.startxref,
            "filled": self.filled,
            "certified": self.certified,
        }
        if self.store.number:
            state["store"] = _plain(self.store)
        if self.stamps:
            state["stamps"] = self.stamps
        return json.dumps(state, separators=(",", ":")).encode("ascii") + b"\n" + self.layout_line


def decode(data: bytes) -> SigningPlan:
    """Read a plan back. ValueError for another format: plans are ours, so that is a fault, not bad input."""
    state_line, _, layout_line = data.partition(b"\n")
    state, raw = json.loads(state_line), json.loads(layout_line)
    if raw.pop("format", None) != FORMAT:
        raise ValueError("a signing plan of another format")
    layout = Layout(
        xref_stream=raw["xref_stream"],
        root=tuple(raw["root"]),
        root_source=raw["root_source"].encode("latin-1"),
        info=tuple(raw["info"]) if raw["info"] else None,
        id0=raw["id0"],
        fonts=raw["fonts"],
        texts={name: _text(value) for name, value in raw["texts"].items()},
        signatures={name: _widget(value) for name, value in raw["signatures"].items()},
    )
    filled = tuple(state["filled"])
    # Plans written before this was kept: a file without any signature certifies nothing, of another nobody knows.
    unknown = None if any(name in layout.signatures for name in filled) else 0
    return SigningPlan(
        length=state["length"],
        size=state["size"],
        startxref=state["startxref"],
        filled=filled,
        layout=layout,
        layout_line=layout_line,
        certified=state.get("certified", unknown),
        store=SecurityStore(**state["store"]) if "store" in state else NO_STORE,
        stamps=tuple(state.get("stamps", ())),
    )


def _text(raw: dict[str, Any]) -> TextField:
    ground = raw.pop("ground")
    return TextField(
        source=raw.pop("source").encode("latin-1"),
        slant=Slant(raw.pop("slant")),
        align=Align(raw.pop("align")),
        ground=tuple(ground) if ground else None,
        **raw,
    )


def _widget(raw: dict[str, Any]) -> SignatureWidget:
    return SignatureWidget(source=raw.pop("source").encode("latin-1"), **raw)


def _plain(value: Any) -> Any:
    """Dataclasses to dicts, bytes to text; dataclasses.asdict copies too much for the hot path."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    slots = getattr(type(value), "__dataclass_fields__", None)
    return {name: _plain(getattr(value, name)) for name in slots} if slots else value
