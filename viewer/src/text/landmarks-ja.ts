import type { LandmarkTexts } from './landmarks-en'

export const landmarks: LandmarkTexts = {
  title: '目印',
  between: (from, to) => `${from} と ${to}`,
  first: '2つの画面で同じ点をクリックするか、矢印キーで合わせて Enter を押してください。',
  other: (series) => `次に ${series} で同じ点を指定してください。`,
  anyOther: '次に別の画面で同じ点を指定してください。',
  pairs: (n) => `${n} 組`,
  residual: (mm) => `残差 ${mm} mm`,
  noResidual: '1組では残差は出ません',
  more: 'Enter で保存、または次の組を指定',
  gone: 'Enter で補正を取り消します。',
  keep: '保存',
  takeBack: '最後の点を取り消す',
  leave: '中止',
  spot: (n) => `目印 ${n}`,
  start: '目印で補正',
}
