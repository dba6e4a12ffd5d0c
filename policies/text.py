"""Comparing texts that look the same to a clerk and differ in their code points."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Grave, acute, tilde, hook above, dot below: the five tone marks of Vietnamese."""

_QUALITIES = "\u0302\u0306\u031b"
"""Circumflex, breve, horn: they make another vowel, and stay where they are."""

_VOWELS = re.compile(f"(?:[aeiouy][{_TONES}{_QUALITIES}]*){{2,}}")

_DASHES = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"), "-")

# Letters of other scripts that are drawn like a Latin one: a Cyrillic С in "TT-BTС" exists in the wild. Small
# letters without a Latin twin of their own shape follow their capital, so that folding does not mind the case.
_LOOK_ALIKES = (
    str.maketrans("АВЕКМНОРСТУХІЈЅавекмнорстухіјѕ", "ABEKMHOPCTYXIJSabekmhopctyxijs")
    | str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ", "ABEZHIKMNOPTYXaikvoptux")
    | str.maketrans("ÐƉð", "ĐĐđ")
)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Reduce a name, a capacity line or a label to what two writings of it have in common.

    United are: composed and decomposed letters, the two placements of a tone mark (Hòa, Hoà), Cyrillic and
    Greek letters drawn like Latin ones, the kinds of dash, upper and lower case. All white space goes, the
    invisible kind too: PDF writers split words ("c ủ a") wherever they change the font. The result is for
    comparing only. Tone marks move to the end of their run of vowels; that the run may reach over a
    removed space does no harm, since both sides are folded alike.
    """
    text = unicodedata.normalize("NFC", text).translate(_DASHES).translate(_LOOK_ALIKES)
    text = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    text = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _VOWELS.sub(_tones_last, text))


def _tones_last(run: re.Match[str]) -> str:
    letters = "".join(c for c in run.group() if c not in _TONES)
    return letters + "".join(c for c in run.group() if c in _TONES)
