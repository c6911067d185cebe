"""The whole system on one machine: starts, watches and ends every part. `bin/up` and the tests use it.

Nothing here is needed on a VPS or a display machine; there systemd does this (provisioning/).
"""
