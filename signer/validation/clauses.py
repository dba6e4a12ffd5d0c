"""The clauses that findings of a verification cite."""

from __future__ import annotations

SIGNED_FIRST = "NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm d"
INTEGRITY = "NĐ 30/2020/NĐ-CP, Điều 21 khoản 2 điểm a"
NO_EDIT = "NĐ 30/2020/NĐ-CP, Điều 18 khoản 3"
CERTIFICATE = "NĐ 68/2024/NĐ-CP, Điều 29"
TIME_STAMP = "NĐ 68/2024/NĐ-CP, Điều 29 khoản 4"
NUMBERING = "NĐ 30/2020/NĐ-CP, Điều 15"
ATTACHMENT = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"
COPY = "NĐ 30/2020/NĐ-CP, Điều 25"
COMPLETE = "QĐ 28/2018/QĐ-TTg, Điều 9 khoản 1"
