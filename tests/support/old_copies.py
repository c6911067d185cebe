"""A state store that comes back as it was: its folder is kept aside, and put back."""

from __future__ import annotations

import shutil
from pathlib import Path


class OldCopy:
    """A copy of a state store's data. The store does not run while it is made, and while it is put back."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._copy = data.with_name(f"{data.name}-copy")
        shutil.copytree(data, self._copy)

    def put_back(self) -> None:
        """Instead of what there is."""
        shutil.rmtree(self._data)
        shutil.copytree(self._copy, self._data)
