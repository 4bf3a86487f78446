"""Real data for the tests that measure with it."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def published_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of SCAN's published files, unpacked from where `ABDUCE_DATA` says, else from beside the project."""
    archive = Path(os.environ.get("ABDUCE_DATA", ROOT.parent / "shared" / "data")) / "scan.tar.xz"
    if not archive.is_file():
        pytest.skip(f"{archive} is not there: it holds the published files that this test compares with")
    folder = tmp_path_factory.mktemp("scan")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder
