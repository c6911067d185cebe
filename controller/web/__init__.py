"""HTTP only: who asks, read the message, call, answer. No decision is made here."""
