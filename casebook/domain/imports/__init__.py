"""Tables that people bring in: what each column means, what each cell says, and which entry of a form it belongs to."""
