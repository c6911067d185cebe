"""The kiosk: turns a machine with a monitor into a display.

`lifecycle` decides, `agent` owns the state, `controller_client` and `page_server` reach outside, `window` alone knows the screen.
"""

__version__ = "0.1.0"
