/** What the server-rendered pages load: htmx alone. Every page works without it; with it, parts of a page are fetched anew. */
import 'htmx.org'

/** Style sheets hide by this mark what is only for pages without scripts. */
document.documentElement.classList.add('scripted')
