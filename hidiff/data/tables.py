"""Tables of cases as people have them: CSV of any common encoding and separator -> rows of stripped cells.

UTF-8 with or without a byte order mark, UTF-16, and what else a spreadsheet writes (Windows-1252); commas, semicolons,
tabs or bars; line ends of any system; rows of nothing but separators are passed over.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from hidiff.errors import HiDiffError

_SEPARATORS = (",", ";", "\t", "|")
_LEGACY = "cp1252"
_BYTES = "latin-1"  # a letter for every byte
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class DataError(HiDiffError):
    """A data folder that cannot be used."""


def read_table(file: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table, by the names of its columns; a cell that a row is too short for is "".

    A column of another case than the one in `needed` counts as it. Raises DataError where the file cannot be read, has
    no such column or no row, or a row lacks a cell of one.
    """
    try:
        text = _decoded(file.read_bytes())
    except OSError as error:
        raise DataError(f"{file} could not be read ({error.strerror}); check its permissions.") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda one: len(set(needed) & set(_named(first.split(one), needed))))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DataError(f"{file} is no table ({error}); save it as CSV again.") from error
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    header = _named(numbered[0][1], needed) if numbered else []
    missing = [name for name in needed if name not in header]
    if missing:
        raise DataError(f"{file} lacks the column {missing[0]!r}; add it to every row.")
    if len(numbered) < 2:
        raise DataError(f"{file} has a header and no row below it; add a row for each picture.")
    out = []
    for number, row in numbered[1:]:
        cells = [cell.strip() for cell in row]
        named = dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
        lacking = [name for name in needed if not named[name]]
        if lacking:
            raise DataError(f"{file}: row {number} has nothing in the column {lacking[0]!r}; complete the row.")
        out.append(named)
    return out


def find_file(folder: Path, name: str) -> Path | None:
    """The file that a table's cell names, relative to the folder or absolute; None where there is none.

    Backslashes are slashes on other systems; a name may be composed or not, and of another encoding than the table.
    """
    for spelt in _spellings(name):
        path = folder / spelt
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):  # too long a name, or none that the system allows
            continue
    return None


def _spellings(name: str) -> Iterator[str]:
    for one in dict.fromkeys((name, name.replace("\\", "/"))):
        yield one
        for form in ("NFC", "NFD"):
            yield unicodedata.normalize(form, one)
        for encoding in (_LEGACY, _BYTES):
            try:
                yield os.fsdecode(one.encode(encoding))  # a name whose bytes are no UTF-8, written as if they were text
            except UnicodeEncodeError:
                continue


def written_name(name: str) -> str:
    """A path as a table of UTF-8 can hold it: where its bytes are no UTF-8, a letter for each; see `find_file`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode(_BYTES)
    return name


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF_16):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:64]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(_LEGACY, errors="replace")


def _named(cells: Sequence[str], needed: Sequence[str]) -> list[str]:
    """The columns' names, those of `needed` as they stand there."""
    known = {name.casefold(): name for name in (*needed, "dataset", "case", "fov", "second_reader")}
    stripped = [cell.strip().strip('"').strip() for cell in cells]
    return [name if name in needed else known.get(name.casefold(), name) for name in stripped]
