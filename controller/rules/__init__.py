"""Decisions only. Nothing here reaches Redis, LiveKit, HTTP, files, clocks or the environment: facts and `now` are given."""
