"""The records of a file are read one by one, however large or broken it is."""

import json
from pathlib import Path

import pytest
from tests.identity.taking_over import written

from firstmile.identity.importing.records import FileBroken, Unreadable, csv_records, json_records


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": 1}\n{broken\n\n{"b": 2}\n')

    rows = list(json_records(path))

    assert [isinstance(row, Unreadable) for row in rows] == [False, True, False]
    assert rows[1] == Unreadable(2, "is no JSON")


def test_a_record_larger_than_a_megabyte_is_not_read_into_memory(tmp_path: Path) -> None:
    path = written(tmp_path, '[{"a": "' + "x" * 3_000_000)

    with pytest.raises(FileBroken, match="record 1"):
        list(json_records(path))


def test_an_array_is_read_wherever_its_pieces_end(tmp_path: Path) -> None:
    values = [{"n": n, "text": "é" * (n % 700)} for n in range(400)]
    path = written(tmp_path, json.dumps(values, indent=1, ensure_ascii=False))

    rows = [row.fields for row in json_records(path) if not isinstance(row, Unreadable)]

    assert rows == values


def test_a_row_of_csv_with_another_number_of_cells_is_told(tmp_path: Path) -> None:
    rows = list(csv_records(written(tmp_path, "a,b\n1,2\n1\n1,2,3\n")))

    assert [isinstance(row, Unreadable) for row in rows] == [False, True, True]
