"""Expert neurons: the units that best tell a concept's sentences from others, and their overlap."""
