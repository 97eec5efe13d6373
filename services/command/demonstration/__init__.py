"""The demonstration's study: invented patients at most of its sites, planned from a seed and seeded by actions.

Nothing here is taken of anybody, and nothing of it is a result of the study that the definition describes.
"""
