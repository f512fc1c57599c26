/* What happened on which machine: a lane for each, a mark for each line of the timeline. */
const LOOKS = {
  stop: { word: 'stopped', path: 'M-6-6L6 6M6-6L-6 6' },
  start: { word: 'came up', path: 'M0-7L7 6H-7Z' },
  guest_stop: { word: 'guest stopped', path: 'M0-9L9 0L0 9L-9 0ZM-3-3L3 3M3-3L-3 3' },
  guest_start: { word: 'guest started', path: 'M0-9L9 0L0 9L-9 0ZM0-3L3 3H-3Z' },
  pause: { word: 'guest paused', path: 'M-3-6V6M3-6V6' },
  migration: { word: 'migration', path: 'M-8-3H0V-7L8 0L0 7V3H-8Z' },
  storage: { word: 'storage', path: 'M-6-6H6V6H-6ZM-6 6L6-6' },
  node_lost: { word: 'node lost', path: 'M-7 0A7 7 0 1 1 7 0A7 7 0 1 1-7 0ZM-4 0H4' },
  other: { word: 'other', path: 'M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z' },
};
const SECOND = 1000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000].map((seconds) => seconds * SECOND);
const EDGE = 60;
const TICK = 110;
const MARK = 18;
const ROW = 24;
const AXIS = 26;
const WORD = 20;
const SPAN = 20;
const NARROWEST = 360;
const WIDEST = 20000;
const LANES_OF_PAPER = 0.7;

function symbol(kind, isNear) {
  const path = draw('path', { d: LOOKS[kind].path, class: `mark ${kind}${isNear ? ' near' : ''}` });
  return draw('svg', { class: 'symbol', viewBox: '-10 -10 20 20', width: 16, height: 16, role: 'img', 'aria-label': LOOKS[kind].word }, path);
}

function timeline(incident) {
  const names = make('div', { class: 'lane-names' });
  const scroller = make('div', { class: 'lanes' });
  const told = make('p', { class: 'told-moment', 'aria-live': 'polite' }, 'Point at a mark, or go from mark to mark with the arrow keys.');
  let zoom = 1;
  let current = 0;
  let marks = [];

  const tell = (index) => {
    const moment = incident.moments[index];
    current = index;
    marks.forEach((mark, number) => mark.setAttribute('tabindex', number === index ? '0' : '-1'));
    told.replaceChildren(make('span', { class: 'time' }, moment.time), ' ', symbol(moment.kind, moment.is_near), ' ',
      moment.text, moment.times ? ` (${moment.times})` : '', ' ', make('span', { class: 'cite' }, citeText(moment.cite)));
  };
  const render = (paper) => {
    const width = paper ? paper * LANES_OF_PAPER : Math.min(Math.max(scroller.clientWidth, NARROWEST) * zoom, WIDEST);
    const drawing = drawLanes(incident, width, tell);
    marks = drawing.marks;
    if (marks[current]) marks[current].setAttribute('tabindex', '0');
    scroller.replaceChildren(drawing.svg);
    names.replaceChildren(...incident.lanes.map((name, lane) => {
      const label = make('div', { title: name }, nameParts(name));
      label.style.height = `${drawing.heights[lane]}px`;
      return label;
    }));
  };
  const zoomTo = (next) => {
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / scroller.scrollWidth;
    zoom = Math.min(Math.max(next, 1), 64);
    render();
    scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
  };
  const keys = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const press = (event) => {
    if (event.key === '+' || event.key === '=') zoomTo(zoom * 2);
    else if (event.key === '-') zoomTo(zoom / 2);
    else if (event.key === '0') zoomTo(1);
    else if (keys[event.key] && marks.length) {
      const next = Math.min(Math.max(current + keys[event.key], 0), marks.length - 1);
      tell(next);
    } else return;
    event.preventDefault();
    if (marks[current]) marks[current].focus();
  };
  scroller.addEventListener('keydown', press);
  let seen = 0;
  new ResizeObserver(() => {
    if (scroller.clientWidth !== seen) {
      seen = scroller.clientWidth;
      render();
    }
  }).observe(scroller);

  const kinds = Object.keys(LOOKS).filter((kind) => incident.moments.some((moment) => moment.kind === kind));
  const legend = kinds.map((kind) => make('span', {}, symbol(kind, false), ` ${LOOKS[kind].word}`));
  if (incident.moments.some((moment) => moment.is_near)) {
    legend.push(make('span', {}, symbol('other', true), ' only about that time'));
  }
  const figure = make('figure', { class: 'timeline', 'aria-label': `Timeline of incident ${incident.number}` },
    make('div', { class: 'tools' },
      button('Zoom in', () => zoomTo(zoom * 2)), button('Zoom out', () => zoomTo(zoom / 2)), button('Whole', () => zoomTo(1)),
      make('span', { class: 'legend' }, ...legend)),
    make('div', { class: 'drawing' }, names, scroller), told);
  figure.redraw = render;
  return figure;
}

/* From the first to the last that is told, and a second at least. */
function windowOf(incident) {
  const from = Math.min(...incident.moments.map((moment) => moment.at));
  const to = Math.max(...incident.moments.map((moment) => moment.until));
  return { from, to: Math.max(to, from + SECOND) };
}

/* A name may be broken behind a dot, and where one part of it has no room. */
function nameParts(name) {
  return name.split(/(?<=\.)/).flatMap((part, index) => [index ? make('wbr') : null, make('span', { class: 'whole' }, part)]);
}

function drawLanes(incident, width, tell) {
  const { from, to } = windowOf(incident);
  const x = (time) => EDGE + ((Math.min(Math.max(time, from), to) - from) / (to - from)) * (width - 2 * EDGE);
  const places = placeMarks(incident, x);
  const hasSpan = (lane) => incident.spans.some((span) => span.lane === lane);
  const heights = places.rows.map((rows, lane) => rows * ROW + WORD + (hasSpan(lane) ? SPAN : 0));
  const tops = heights.map((_, lane) => AXIS + heights.slice(0, lane).reduce((sum, height) => sum + height, 0));
  const height = AXIS + heights.reduce((sum, one) => sum + one, 0);
  const svg = draw('svg', { width, height, role: 'group', 'aria-label': 'Marks in order of time' });
  svg.append(...drawAxis(from, to, width, height, x));
  tops.forEach((top) => svg.append(draw('line', { class: 'lane', x1: 0, x2: width, y1: top, y2: top })));
  svg.append(...drawSpans(incident, { from, to }, x, tops, heights, width), ...drawMoves(incident, x, tops));
  const marks = incident.moments.map((moment, index) => drawMark(moment, index, x, tops, places, tell));
  svg.append(...marks, ...drawWords(incident, x, tops, places));
  return { svg, marks, heights };
}

/* Marks that would cover each other stand below each other. */
function placeMarks(incident, x) {
  const ends = incident.lanes.map(() => []);
  const row = incident.moments.map((moment) => {
    const lane = ends[moment.lane];
    const at = x(moment.at);
    let free = lane.findIndex((end) => end + MARK <= at);
    if (free < 0) free = lane.length < 4 ? lane.length : lane.indexOf(Math.min(...lane));
    lane[free] = at;
    return free;
  });
  return { row, rows: ends.map((lane) => Math.max(lane.length, 1)) };
}

function drawMark(moment, index, x, tops, places, tell) {
  const y = tops[moment.lane] + 14 + places.row[index] * ROW;
  const words = `${moment.time} ${LOOKS[moment.kind].word}: ${moment.text}${moment.times ? ` (${moment.times})` : ''}`;
  const lasting = moment.until > moment.at
    ? [draw('line', { class: 'lasting', x1: 0, y1: 0, x2: x(moment.until) - x(moment.at), y2: 0 })] : [];
  return draw('g', {
    class: 'moment', transform: `translate(${x(moment.at)} ${y})`, tabindex: '-1', role: 'img', 'aria-label': words,
    on: { mouseenter: () => tell(index), focus: () => tell(index), click: () => tell(index) },
  }, ...lasting, draw('rect', { class: 'touch', x: -10, y: -10, width: 20, height: 20, rx: 4 }),
  draw('path', { class: `mark ${moment.kind}${moment.is_near ? ' near' : ''}`, d: LOOKS[moment.kind].path }));
}
