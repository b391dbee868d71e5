"""RELAX: which parts of an input carry its representation, and how sure that is."""
