"""What the HTTP API takes and gives, one module a subject."""
