/* The parts of a timeline that are no marks: axis, what lasts, what moves, words. */

function timeText(time, step) {
  const text = new Date(time).toISOString();
  const day = text.slice(0, 10);
  if (step >= 24 * 3600 * SECOND) return day;
  return step >= 60 * SECOND ? `${day.slice(5)} ${text.slice(11, 16)}` : text.slice(11, 19);
}

function drawAxis(from, to, width, height, x) {
  const fitting = ((to - from) * TICK) / Math.max(width - 2 * EDGE, 1);
  const step = STEPS.find((one) => one >= fitting) || STEPS[STEPS.length - 1];
  const parts = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    parts.push(draw('line', { class: 'tick', x1: x(time), x2: x(time), y1: AXIS - 6, y2: height }),
      draw('text', { class: 'axis', x: x(time), y: AXIS - 10 }, timeText(time, step)));
  }
  return parts;
}

/* What begins before the drawing or ends behind it runs off its edge. */
function drawSpans(incident, shown, x, tops, heights, width) {
  const beyond = 4;
  return incident.spans.map((span) => {
    const isOpen = span.to === null || span.to > shown.to;
    const left = span.from < shown.from ? -beyond : x(span.from);
    const right = isOpen ? width + beyond : x(span.to);
    const bar = { x: left, y: tops[span.lane] + heights[span.lane] - 17, width: Math.max(right - left, 4), height: 14 };
    const start = Math.max(left, 0) + 4;
    const whole = span.end ? `${span.word}, ${span.end}` : span.word;
    const word = [whole, span.word].find((one) => Math.min(right, width) - start > one.length * 6.5 + 4);
    return draw('g', { class: `span ${span.kind}${isOpen ? ' open' : ''}` },
      draw('title', {}, span.end ? `${span.text}, ${span.end}` : span.text), draw('rect', { ...bar, rx: 2 }),
      word ? draw('text', { x: start, y: bar.y + 11 }, word) : null);
  });
}

function drawMoves(incident, x, tops) {
  return incident.moves.map((move) => {
    const middle = (lane) => tops[lane] + 14;
    const [x1, x2] = [x(move.from), x(move.to)];
    const [y1, y2] = [middle(move.from_lane), middle(move.to_lane)];
    const bend = (y1 + y2) / 2;
    const down = y2 > y1 ? 1 : -1;
    return draw('g', { class: 'move' }, draw('title', {}, move.text),
      draw('path', { d: `M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}` }),
      draw('path', { class: 'tip', d: `M${x2} ${y2}l-5 ${-9 * down}h10Z` }));
  });
}

/* A word at each mark that is not ordinary, where there is room for it. */
function drawWords(incident, x, tops, places) {
  const ends = incident.lanes.map(() => -Infinity);
  return incident.moments.flatMap((moment) => {
    const { word } = LOOKS[moment.kind];
    const half = word.length * 3.2;
    const at = x(moment.at);
    if (moment.kind === 'other' || at - half < ends[moment.lane]) return [];
    ends[moment.lane] = at + half + 6;
    return [draw('text', { class: 'word', x: at, y: tops[moment.lane] + places.rows[moment.lane] * ROW + 13 }, word)];
  });
}
