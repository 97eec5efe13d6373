"""What happens: one function per use case; gather, decide, apply; the edge commits."""
