"""What must start fast does not import torch, and the check that says so can fail."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIGHT = (
    "abduce.perception.symbols",
    "abduce.perception.lattice",
    "abduce.parser.trees",
    "abduce.parser.signatures",
)


def imports_torch(module: str) -> bool:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode == 1


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_do_not_import_torch(module: str) -> None:
    assert not imports_torch(module)


def test_the_check_sees_torch_where_it_is() -> None:
    assert imports_torch("abduce.parser.chart")
