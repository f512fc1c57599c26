/* Checks that run in the page itself. */

/* Texts that stand out from their ground by less than WCAG's 4.5 (3 where they are large). */
export function faintTexts() {
  const number = (text) => text.match(/[\d.]+/g).map(Number);
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = number(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(), seen = 0; node && seen < 5000; node = walker.nextNode(), seen += 1) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest('script, style, .hidden') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const front = luminance(number(element.namespaceURI.endsWith('svg') ? style.fill : style.color));
    const back = luminance(ground(element));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5) faint.add(`${element.tagName}.${element.getAttribute('class') || ''} ${ratio.toFixed(2)}`);
  }
  return [...faint];
}

/* What a reader of the screen would miss. */
export function unnamed() {
  const wrong = [];
  const name = (element) => (element.getAttribute('aria-label')
    || (element.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id)?.textContent).join('')
    || element.textContent || '').trim();
  for (const element of document.querySelectorAll('button, a[href], [role=region], summary, nav, figure')) {
    if (!name(element)) wrong.push(`no name: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const element of document.querySelectorAll('input, select')) {
    if (!element.labels.length) wrong.push(`no label: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption && !name(table)) wrong.push('a table without a name');
  }
  for (const head of document.querySelectorAll('th')) {
    if (!head.scope || !head.textContent.trim()) wrong.push(`a head without scope or text: ${head.outerHTML}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id stands twice');
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) wrong.push(`a level is left out before ${heading.textContent}`);
    level = next;
  }
  for (const landmark of ['header', 'nav', 'main', 'footer']) {
    if (document.querySelectorAll(`body > ${landmark}`).length !== 1) wrong.push(`not one ${landmark}`);
  }
  return wrong;
}
