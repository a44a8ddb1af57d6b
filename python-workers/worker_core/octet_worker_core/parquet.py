"""
Writes a flat table as a Parquet file: required columns, plain encoding, not compressed, one row group. Small enough that every worker can
write the run folder's tables without a data frame library; src/Contracts/Results reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple, Union

Cell = Union[bool, int, float, str]

_MAGIC = b"PAR1"
_BOOLEAN, _INT32, _DOUBLE, _BYTES = 0, 1, 5, 6
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12  # Field types of Thrift's compact protocol.


class Column(NamedTuple):
    """``kind`` is bool, int (32 bits), float (double) or str."""

    name: str
    kind: type


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The whole file. Each row has one cell a column."""
    content = bytearray(_MAGIC)
    chunks: list[bytes] = []
    for index, column in enumerate(columns):
        values = _plain(column.kind, [row[index] for row in rows])
        offset = len(content)
        content += _page_header(len(values), len(rows)) + values
        chunks.append(_chunk(column, offset, len(content) - offset, len(rows)))
    groups = [_group(chunks, len(content) - len(_MAGIC), len(rows))] if rows else []
    footer = _footer(columns, groups, len(rows))
    return bytes(content + footer + struct.pack("<I", len(footer)) + _MAGIC)


def _plain(kind: type, values: Sequence[Cell]) -> bytes:
    if kind is bool:
        packed = bytearray((len(values) + 7) // 8)
        for index, value in enumerate(values):
            packed[index // 8] |= int(bool(value)) << (index % 8)
        return bytes(packed)
    if kind is int:
        return struct.pack(f"<{len(values)}i", *values)
    if kind is float:
        return struct.pack(f"<{len(values)}d", *values)
    texts = [str(value).encode() for value in values]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def _physical(kind: type) -> int:
    return {bool: _BOOLEAN, int: _INT32, float: _DOUBLE, str: _BYTES}[kind]


def _page_header(size: int, count: int) -> bytes:
    plain, rle = 0, 3
    data = _struct((1, _I32, _number(count)), (2, _I32, _number(plain)), (3, _I32, _number(rle)), (4, _I32, _number(rle)))
    return _struct((1, _I32, _number(0)), (2, _I32, _number(size)), (3, _I32, _number(size)), (5, _STRUCT, data))


def _chunk(column: Column, offset: int, size: int, count: int) -> bytes:
    metadata = _struct(
        (1, _I32, _number(_physical(column.kind))),
        (2, _LIST, _list(_I32, [_number(0), _number(3)])),
        (3, _LIST, _list(_BINARY, [_text(column.name)])),
        (4, _I32, _number(0)),
        (5, _I64, _number(count)),
        (6, _I64, _number(size)),
        (7, _I64, _number(size)),
        (9, _I64, _number(offset)),
    )
    return _struct((2, _I64, _number(offset)), (3, _STRUCT, metadata))


def _group(chunks: list[bytes], size: int, count: int) -> bytes:
    return _struct((1, _LIST, _list(_STRUCT, chunks)), (2, _I64, _number(size)), (3, _I64, _number(count)))


def _footer(columns: Sequence[Column], groups: list[bytes], count: int) -> bytes:
    schema = [_struct((4, _BINARY, _text("root")), (5, _I32, _number(len(columns))))]
    schema += [_element(column) for column in columns]
    return _struct(
        (1, _I32, _number(1)),
        (2, _LIST, _list(_STRUCT, schema)),
        (3, _I64, _number(count)),
        (4, _LIST, _list(_STRUCT, groups)),
        (6, _BINARY, _text("octet-worker-core")),
    )


def _element(column: Column) -> bytes:
    required, utf8 = 0, 0
    fields = [(1, _I32, _number(_physical(column.kind))), (3, _I32, _number(required)), (4, _BINARY, _text(column.name))]
    if column.kind is str:
        fields.append((6, _I32, _number(utf8)))
    return _struct(*fields)


def _struct(*fields: tuple[int, int, bytes]) -> bytes:
    content = bytearray()
    last = 0
    for number, kind, value in fields:
        content += bytes([(number - last) << 4 | kind]) + value
        last = number
    return bytes(content + b"\0")


def _list(kind: int, values: list[bytes]) -> bytes:
    head = bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + _varint(len(values))
    return head + b"".join(values)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _varint(len(encoded)) + encoded


def _number(value: int) -> bytes:
    return _varint(value << 1)  # Zigzag of a number that is never negative here.


def _varint(value: int) -> bytes:
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    content.append(value)
    return bytes(content)
