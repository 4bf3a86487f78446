"""From a lattice to trees: signatures, trees, exact charts and the neural parser."""
