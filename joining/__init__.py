"""The scripts that the display's page and the presenter's share: how a page comes into its room, and into it again.

Each program serves them to its own page under `/joining/`, where the relative imports of both point.
"""

from pathlib import Path

SCRIPTS = Path(__file__).parent.resolve()
