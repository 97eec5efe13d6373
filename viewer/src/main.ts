import { Client, seriesAddress } from './api/client'
import { startImages, registerFrames } from './images/engine'
import { StackPane } from './images/stack-pane'
import { framesOf } from './series/frames'
import { stacksOf } from './series/stacks'
import './styles/first.css'
const client = new Client()
await client.session()
const c = await client.case({subjectId: location.pathname.split('/')[3]!, timepoint: location.pathname.split('/')[4]!})
startImages({cpu:false})
const app = document.getElementById('app')!
for (const s of c.series.slice(0,4)) {
  const el = document.createElement('div'); el.className='p'; app.append(el)
  const pane = new StackPane(s.key, el)
  const frames = framesOf(await client.seriesMetadata(s.study_uid, s.series_uid), seriesAddress(s.study_uid, s.series_uid))
  registerFrames(frames)
  const st = stacksOf(frames).at(-1)!
  await pane.show(st, 40)
  if (s.window_center) pane.setWindow({center:s.window_center,width:s.window_width!})
  console.log(s.role, st.frames.length, pane.mmPerPixel, pane.centre, performance.now())
}
