"""Pages for people: server-rendered, in Japanese and English, working without scripts.

A page calls the same actions as the API and shows what they return; it holds no rule and no SQL.
"""

from services.api.pages.routes import install, router

__all__ = ["install", "router"]
