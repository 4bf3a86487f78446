"""From raw input to a lattice of symbol log-probabilities."""
