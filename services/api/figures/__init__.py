"""Drawings of the endpoint for print and screen: made on the server, whole in themselves, without script or style."""
