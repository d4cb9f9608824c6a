"""Concept sets: sentences that name a concept, and sentences that do not."""
