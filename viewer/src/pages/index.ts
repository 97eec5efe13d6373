/** What the server-rendered pages load. Every page works without it, but for the one that sends images. */
import 'htmx.org'
import { chooseRows } from './choosing'
import { followConditions } from './conditions'
import { filterAtOnce } from './filters'
import { sendImages } from './upload'

/** Style sheets hide by this mark what is only for pages without scripts. */
document.documentElement.classList.add('scripted')
followConditions(document)
filterAtOnce(document)
chooseRows(document)
sendImages(document)
