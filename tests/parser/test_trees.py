"""Trees: what they print, draw and convert to, and that depth does not matter."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from abduce.errors import UsageError
from abduce.parser.trees import Tree, tree_from_heads

DEEP = 5000


def small() -> Tree:
    inner = Tree(2, "(", (Tree(3, "3", value=3), Tree(4, ")", value=")")), value=3)
    return Tree(1, "plus", (Tree(0, "2", value=2), inner), value=5)


def deep() -> Tree:
    tree = Tree(0, "x")
    for position in range(1, DEEP):
        tree = Tree(position, "s", (tree,))
    return tree


def test_text_shows_each_node_with_its_value() -> None:
    assert str(small()).splitlines() == ["plus = 5", "├─ 2 = 2", "└─ ( = 3", "   ├─ 3 = 3", "   └─ )"]


def test_text_without_values_shows_symbols_only() -> None:
    assert Tree(1, "f", (Tree(0, "a"), Tree(2, "b"))).to_text() == "f\n├─ a\n└─ b"


def test_nodes_come_heads_first_and_from_left_to_right() -> None:
    assert [node.position for node in small().nodes()] == [1, 0, 2, 3, 4]


def test_graph_has_symbols_values_and_slots() -> None:
    graph = small().to_networkx()
    assert graph.nodes[1] == {"symbol": "plus", "value": 5}
    assert {(a, b): slot for a, b, slot in graph.edges(data="slot")} == {
        (1, 0): 0,
        (1, 2): 1,
        (2, 3): 0,
        (2, 4): 1,
    }


def test_trees_deeper_than_the_recursion_limit_work() -> None:
    tree = deep()
    assert tree == deep() and hash(tree) == hash(deep())
    assert tree != Tree(0, "x")
    assert sum(1 for _ in tree.nodes()) == DEEP
    assert len(tree.to_text().splitlines()) == DEEP
    assert len(tree.to_networkx()) == DEEP
    assert tree.to_svg().count("<g>") == DEEP
    assert "5000 nodes" in repr(tree)


def test_a_truth_value_is_not_a_number() -> None:
    assert Tree(0, "x", value=True) != Tree(0, "x", value=1)


def test_drawing_is_well_formed_xml_whatever_the_symbols() -> None:
    tree = Tree(1, '<&">', (Tree(0, "\x00\x1b"),), value=("a<b", "&") * 20)
    root = ElementTree.fromstring(tree.to_svg())
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '<&">' in texts and any(text and text.endswith("…") for text in texts)


@pytest.mark.parametrize(("name", "start"), [("t.svg", b"<svg"), ("t.png", b"\x89PNG"), ("T.PNG", b"\x89PNG")])
def test_saved_by_suffix(tmp_path: Path, name: str, start: bytes) -> None:
    small().save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_another_suffix_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"as \.svg or \.png, not \.pdf"):
        small().save(tmp_path / "t.pdf")


def test_built_from_heads() -> None:
    built = tree_from_heads("2+(3)", (1, -1, 1, 2, 2), (0, -1, 1, 0, 1))
    assert [node.symbol for node in built.nodes()] == ["+", "2", "(", "3", ")"]


@pytest.mark.parametrize("heads", [(-1, -1), (1, 0), (-1, 2, 1)])
def test_heads_that_are_no_tree_are_refused(heads: tuple[int, ...]) -> None:
    with pytest.raises(UsageError):
        tree_from_heads("abc"[: len(heads)], heads, (0,) * len(heads))
