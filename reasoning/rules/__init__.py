"""Rules: clauses evaluated to their least model, with derivations."""
