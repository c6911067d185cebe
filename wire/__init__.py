"""The messages between kiosk, controller and presenter page.

Imported by `controller` and `kiosk`, imports neither. `PROTOCOL.md` says who sends what and when; `examples/` holds one golden
message of each kind, read by pytest and by node.
"""

PROTOCOL_VERSION = 1
