"""What a model computes inside: the units of its linear layers, and its states by depth."""
