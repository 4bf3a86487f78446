"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import abduce

MODULES = [found.name for found in pkgutil.walk_packages(abduce.__path__, "abduce.")]


@pytest.mark.parametrize("module", MODULES)
def test_docstring_examples_run(module: str) -> None:
    failed, _ = doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS)
    assert not failed


def test_there_are_examples_to_run() -> None:
    assert sum(doctest.testmod(import_module(module)).attempted for module in MODULES) >= 5
