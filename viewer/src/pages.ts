/** What the server-rendered pages load: htmx alone. Every page works without it; with it, parts of a page are fetched anew. */
import 'htmx.org'
