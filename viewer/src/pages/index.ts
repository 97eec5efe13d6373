/** What the server-rendered pages load. Every page works without it. */
import 'htmx.org'
import { followConditions } from './conditions'
import { filterAtOnce } from './filters'

/** Style sheets hide by this mark what is only for pages without scripts. */
document.documentElement.classList.add('scripted')
followConditions(document)
filterAtOnce(document)
