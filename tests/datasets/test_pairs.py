"""Own pairs: every format and type of answer, and every way in which a file can be bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from abduce.datasets import load_pairs
from abduce.datasets.task import Task
from abduce.errors import DataError, UsageError
from abduce.values import Basic


def load(folder: Path, train: str | bytes, test: str = "a b\tc\n", **options: object) -> Task:
    data = train if isinstance(train, bytes) else train.encode()
    (folder / "train.txt").write_bytes(data)
    (folder / "test.txt").write_text(test, encoding="utf-8")
    return load_pairs(folder / "train.txt", folder / "test.txt", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "go on\tA B\nstop\tC\n",
        "IN: go on OUT: A B\nIN: stop OUT: C\n",
        '{"input": "go on", "output": "A B"}\n{"input": ["stop"], "output": ["C"]}\n',
        "\ufeffgo on\tA B\r\nstop\tC\r\n",
        "input\toutput\ngo on\tA B\nstop\tC",
    ],
)
def test_formats_are_told_apart_by_content(tmp_path: Path, text: str) -> None:
    task = load(tmp_path, text)
    assert [(e.inputs, e.target) for e in task.train] == [(("go", "on"), ("A", "B")), (("stop",), ("C",))]
    assert task.value_type is Basic.TOKENS and task.name == "train"


def test_train_and_test_may_be_of_different_formats(tmp_path: Path) -> None:
    task = load(tmp_path, "a\t1\nb\t2\n", '{"input": "a b", "output": 3}\n')
    assert task.value_type is Basic.INT and task.test[0].target == 3


@pytest.mark.parametrize(
    ("answers", "kind", "values"),
    [
        (("3", "-4", "+10"), Basic.INT, (3, -4, 10)),
        (("true", "false", "True"), Basic.BOOL, (True, False, True)),
        (("yes", "no", "no"), Basic.BOOL, (True, False, False)),
        (("1", "0", "1"), Basic.BOOL, (True, False, True)),
        (("1", "0", "2"), Basic.INT, (1, 0, 2)),
        (("1", "0 1", "2"), Basic.TOKENS, (("1",), ("0", "1"), ("2",))),
        (("yes", "no", "maybe so"), Basic.TOKENS, (("yes",), ("no",), ("maybe", "so"))),
    ],
)
def test_the_type_of_answers_is_found_and_said(
    tmp_path: Path, answers: tuple[str, ...], kind: Basic, values: tuple[object, ...]
) -> None:
    text = "".join(f"x{i}\t{answer}\n" for i, answer in enumerate(answers))
    task = load(tmp_path, text, f"y\t{answers[0]}\n")
    assert task.value_type is kind
    assert tuple(example.target for example in task.train) == values
    assert any(line.startswith("answers are") for line in task.warnings)


def test_the_type_can_be_said(tmp_path: Path) -> None:
    task = load(tmp_path, "a\t1\nb\t0\n", "c\t1\n", answer="int")
    assert task.value_type is Basic.INT and not any(line.startswith("answers are") for line in task.warnings)
    assert load(tmp_path, "a\t1\n", "c\t1\n", answer="tokens").train[0].target == ("1",)


def test_typed_json_answers_keep_their_types(tmp_path: Path) -> None:
    task = load(tmp_path, '{"input": "a", "output": true}\n', '{"input": "b", "output": false}\n')
    assert task.train[0].target is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"train\.txt: no pairs in it"),
        ("\n \n", r"train\.txt: no pairs in it"),
        ("a b c\n", r"train\.txt:1: neither format is recognised in 'a b c'"),
        ("IN: a OUT: b\nIN: c d\n", r"train\.txt:2: OUT: is missing in 'IN: c d'"),
        ("a\tb\nc\td\te\n", r"train\.txt:2: 3 fields .*expected two"),
        ("a\tb\nc d\n", r"train\.txt:2: 1 field in .*expected two"),
        ("a\tb\n\tc\n", r"train\.txt:2: the input is empty"),
        ('{"input": "a", "output": "b"}\n{"input": "a"\n', r"train\.txt:2: not JSON"),
        ('{"input": "a"}\n', r'train\.txt:1: expected an object with the keys "input" and "output"'),
        ('{"input": 3, "output": "b"}\n', r"train\.txt:1: the input is 3; expected a text or a list of texts"),
        ('{"input": "a", "output": 1.5}\n', r"train\.txt:1: the output is 1\.5; expected"),
        ('{"input": "a", "output": null}\n', r"train\.txt:1: the output is null"),
        ('{"input": "a", "output": 1}\n{"input": "b", "output": "c"}\n', r"train\.txt:2: mixed types of answers"),
        ("".join(f"x{i}\t{i}\n" for i in range(40)) + "y\tmany\n", r"train\.txt:41: mixed types.*'many'.*40 of 41"),
        (b"a\tb\nc\t\xe9\n", r"train\.txt:2: not UTF-8 \(byte 0xe9 at column 3\).*iconv"),
        ("a " * 1_000_000 + "\tb\n", r"train\.txt:1: an input of 1000000 tokens, where at most"),
    ],
)
def test_bad_files_say_where_and_what(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load(tmp_path, text, "zz\t7\n" if isinstance(text, str) and "\t39" in text else "a b\tc\n")


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.tsv: no such file"):
        load_pairs(tmp_path / "nowhere.tsv", tmp_path / "nowhere.tsv")
    with pytest.raises(DataError, match="a folder, where a file was expected"):
        load_pairs(tmp_path, tmp_path)


def test_an_answer_of_another_type_than_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.txt:2: the answer is 'x'; expected an integer"):
        load(tmp_path, "a\t1\nb\tx\n", "c\t1\n", answer="int")
    with pytest.raises(UsageError, match="--answer float: expected one of auto, tokens, int, bool"):
        load(tmp_path, "a\t1\n", answer="float")


def test_empty_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    task = load(tmp_path, "a\tx y\n\n\nb\ty\n")
    assert len(task.train) == 2
    assert any("2 empty lines left out, the first is line 2" in line for line in task.warnings)


def test_one_input_with_two_answers_is_counted_and_shown(tmp_path: Path) -> None:
    task = load(tmp_path, "a b\tx y\na b\tz\na b\tx y\nc\tx\n")
    assert len(task.train) == 4
    assert any("1 training input has more than one answer" in w and "'a b'" in w and "'z'" in w for w in task.warnings)


def test_overlap_of_train_and_test_is_counted(tmp_path: Path) -> None:
    task = load(tmp_path, "a\tx\nb\ty\n", "a\tx\nc\tz z\n")
    assert any("1 of 2 test inputs also occur in training (50.0%)" in line for line in task.warnings)
