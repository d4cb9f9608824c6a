"""Steering: units are held at chosen values while the model writes, and the texts are measured."""
