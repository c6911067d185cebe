"""Reach outside, thinly: Redis, the SFU, the network card. Errors of those worlds are translated here."""
