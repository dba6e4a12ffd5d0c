"""Outlines of the faces in which numbers and dates are written: digests by character, with the advance.

Tinos Regular and Tinos Italic (metrics of Times New Roman), digests as faces.outline makes them, advances in 1/1000
of the size. A test compares this table with the fonts that ship with the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OUTLINES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        " ": {"4ccede9e37c7e92f16c99c4539c0f5cb": 250},
        "0": {"3c0ed3c5035f335876dd4bc970de2f64": 500, "7acab0ee85602e79d2bfd6b410850b8a": 500},
        "1": {"a0ca72beeb0a1d681a108be76355c9ed": 500, "8723ea3a89953b7c1c0181ad9152e61d": 500},
        "2": {"aea4f6da1ea2fedf4d512bf853fcfe7d": 500, "d790b294a1c1a44f20f74a987688d0b2": 500},
        "3": {"57308c89e416c415f29ce11150321aa4": 500, "081ac8af0a03d0220893d22c6fd2173b": 500},
        "4": {"9e09958aed581d6597326da394100952": 500, "670ec48ea2f49928b02fa4526d8ae384": 500},
        "5": {"916890cebe633a44530734f03e70cda7": 500, "a0256aa0c337598e2da4d557f80cbf41": 500},
        "6": {"7c3749ac1f77f97a150c7a17c3a47821": 500, "24d7c1a77e03ce5718b6e8a7a96c9b02": 500},
        "7": {"6be5df455480e12c4366f9aa36a77731": 500, "3203d6dd339481239d9722ec11aa27d5": 500},
        "8": {"a02dc1917672ef67de72a0408bd781cf": 500, "7a502890c2892891569f2b6cb14994e1": 500},
        "9": {"946eb7aa7af4deb8b82670b52a6ed7ce": 500, "e3c44ef2c2887882f71fcfdba988ec7b": 500},
        "/": {"330e858b7beef6fbc94c8074b24d3425": 278, "2bf48696422eb75700693393a2a3db35": 278},
        "-": {"d8637dcfcfd04590a0f44a8d7ef289dc": 333},
        ".": {"076ab2d1dd2255c55232ec83c2477f9f": 250, "7363ef7d6421dcb72061e3b6f94b1ce5": 250},
        "&": {"f9b46d19f970a99313b7b679a639ab71": 778, "ceb8c95324817df25699499952e69f03": 778},
        "A": {"f9f984810aeca795d0e1aeeee7b4d603": 722, "037301ea1322933a95c6159585010c7a": 611},
        "B": {"c7cccc17e2012c135b057ab93845133a": 667, "1ebeec0efba7e3a9f40027ec63c31d67": 611},
        "C": {"491715157aea7f4f1f5463f134783c91": 667, "7aff5bafb2e42b204bad67ddb1917b1c": 667},
        "D": {"dfd961342d20bb4f16098609326dffa5": 722, "4ddbce309e834f83361661492a583518": 722},
        "E": {"b45db032f882adceea411e895e9a2ccf": 611, "ab2a82cec9549154094615708b7b015d": 611},
        "F": {"fbd2b584218236477f5718ecd124dd27": 556, "2ba7321a43cd9d9ea95095bc2102f951": 611},
        "G": {"363c79cc1fd11c2cef024489d92741fe": 722, "8aaa12dfb54abf6d767691540d77169b": 722},
        "H": {"6896b78babab177bfbfec2b641c72f60": 722, "78fb107fa7e7b63629713ed4a8ffdee2": 722},
        "I": {"f9fee56c72547f7e35d2a83f993f2877": 333, "932b95dd5c3b9f166d822c7720d5a240": 333},
        "J": {"f6d42d999d4edb7d4c84d43a516daf32": 389, "71d0b95caaafba37ad06c536dc212233": 444},
        "K": {"c0517a5a2c24d437e06cbe881d016744": 722, "0ee04c887b619c1b0dd3966c2d087bbf": 667},
        "L": {"f81149b976e7b803370270db55b2e919": 611, "e4240a92dde628b00d665c1ef8eda2f3": 556},
        "M": {"8bf07f38cda9581131c5f10b220fa89e": 889, "8d71ca69d902fb6b283d6d4ad9f3c155": 833},
        "N": {"d91c9cee00a88bc83d1c9b2572f7c51f": 722, "7a27ae8359ba71dccb105fde89663482": 667},
        "O": {"22fc35bdd712e8de62fe1b2f2497313f": 722, "9f1b1476a77483573cab3214837d552b": 722},
        "P": {"0d2f75ef4cbdfdb8736ef2a712eb8867": 556, "51b52334f01fff8d1179aeb2f57d9853": 611},
        "Q": {"29dd14d50028f84598279d6305092b89": 722, "690aa245e5673bf083fb0002c92fcade": 722},
        "R": {"85ba7ee0b6464e0d82c9a68bdc01af29": 667, "0a21c581c070077aaf12fff9ec7d8ee3": 611},
        "S": {"a1e66fc96a245671943d83fe4de8c4c7": 556, "90e6f814f763a65a4012344e8da1e20e": 500},
        "T": {"4002522f9f2f72fc128356b8ce3afbfd": 611, "1792b0d1f995c87f007c3fa13e32027e": 556},
        "U": {"ecbf0609f57cb23ea736ac3453f05ba5": 722, "185c7e5c3cecdbd20350af749f59fa52": 722},
        "V": {"0ec3f50de834137c28f94884da61b5e5": 722, "c528f26290738e0e29c6d93b48d24c16": 611},
        "W": {"b1f05c97ffcb6f2546107af0096b6c21": 944, "34a22a79b02ded3e2f7bbfd7a29ab61f": 833},
        "X": {"0d6db1e7f6b6e1ed45e673d7e41d788a": 722, "4b6ab97b25f8b4a3e2096394c34321ce": 611},
        "Y": {"038721fd4e18b9b2b4178ee32102d611": 722, "65dc6375dae6bbb7bb9c0a96aedbf5ba": 556},
        "Z": {"92af24520be53399b7e6a7a68885a98b": 611, "e48307d86e5c3c2606fce259d32ad26e": 556},
        "Ă": {"173bc0b1617a53e84f27cca15ca95689": 722, "5bb08829e2b6f9281e21a8409d0e6593": 611},
        "Â": {"9bc92c87f2d0fd694bf9bff95190aed5": 722, "53f92c584d726a6aacbf69692117f6f7": 611},
        "Đ": {"db2917d2fccdead054d7fd1ef2946faa": 722, "9b5ef0089e6a2ec54c748706ce85f721": 722},
        "Ê": {"46ac1abb49ffa0a61a5c52528badc622": 611, "5be1ec5add8b19eb46b51875866ace63": 611},
        "Ô": {"23c98b609ae38fd735c14bfd0b9c4cc1": 722, "acb16c04cd6fb7dd68b753441ec189a8": 722},
        "Ơ": {"7b6ed30fcbf5a45d95e964d940d9178c": 722, "a7ab308b4cb9da95ba6038931415c662": 722},
        "Ư": {"bc04980d5687fd54e21adae43de803a2": 776, "05d46ddb9d9d85fb8895720a87e32936": 754},
    }
)
