/* Making elements. Text becomes text nodes and never markup, whatever stands in it. */
const report = JSON.parse(document.getElementById('data').textContent);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return node;
}

function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/* Text in which browsers break no name at its hyphens and dots. They may break longer words, which would not fit, and
   long names of codes behind an underscore. */
const LONGEST_WHOLE = 32;
const LONG_CODE = 20;

function unbroken(text) {
  return String(text).split(/( +)/).flatMap((word) => {
    const isShort = [...word].length <= LONGEST_WHOLE;
    if (isShort && /\S[-.]\S/.test(word)) return make('span', { class: 'whole' }, word);
    if (word.length <= LONG_CODE) return word;
    return word.split(/(?<=_)(?=[A-Z])/).flatMap((part, index) => (index ? [make('wbr'), part] : [part]));
  });
}

function badge(severity) {
  return make('span', { class: `badge ${severity}` }, severity);
}

function button(text, press, attributes = {}) {
  return make('button', { type: 'button', on: { click: press }, ...attributes }, text);
}

/* Where the evidence says so: [source, place, time, note], and perhaps the message and the fields. */
function citeText([source, place]) {
  return `${report.sources[source] || ''} ${place}`;
}

function citeList(cites) {
  const items = cites.map((cite) => {
    const [, , time, note] = cite;
    const said = [time && make('span', { class: 'time' }, time), ' ', note, note && ' '];
    return make('li', {}, ...said, make('span', { class: 'cite' }, citeText(cite)), recordText(cite));
  });
  return make('ul', { class: 'cites' }, ...items);
}

/* What the record itself says. */
function recordText([, , , , message, fields]) {
  if (!message && !(fields && fields.length)) return null;
  return folded({ class: 'list' }, ['the record'], () => [
    ...(message ? [make('p', {}, message)] : []),
    make('dl', {}, ...(fields || []).flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, unbroken(value))])),
  ]);
}

function counted(number, noun, several = `${noun}s`) {
  return `${number} ${number === 1 ? noun : several}`;
}

/* A details element whose body is made when it is opened first. */
function folded(attributes, summary, body) {
  const details = make('details', attributes, make('summary', {}, ...summary));
  details.unfold = () => {
    if (!details.isFilled) {
      details.isFilled = true;
      details.append(...[body()].flat());
    }
  };
  details.addEventListener('toggle', () => details.open && details.unfold());
  return details;
}
