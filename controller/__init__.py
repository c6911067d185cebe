"""The controller: decides who may show and who may see, hands out room tokens, counts bandwidth.

`rules` decides, `services` reaches outside, `web` speaks HTTP, `steward` acts when nobody asks. `app.py` joins the parts.
"""

__version__ = "0.1.0"
