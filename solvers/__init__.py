"""Z3 and sympy behind one small interface; filled by the query engine."""
