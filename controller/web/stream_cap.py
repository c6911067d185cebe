"""How many event streams a worker process may hold.

Apart, because gunicorn's own process reads it and must load nothing else of ours: a reload would not load that anew.
"""

from __future__ import annotations

MAX_STREAMS = 48
"""A stream holds a thread; gunicorn gets sixteen threads more for everything else."""
