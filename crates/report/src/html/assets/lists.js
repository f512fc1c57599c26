/* Long lists: only what was asked for is in the page. */
const STEP = 50;
const MANY = 500;

/* Shows the first of the items in `place`, and buttons for more. Gives a function that shows others, and
   one that shows items up to one of them. */
function longList(place, foot, render) {
  let items = [];
  let shown = 0;
  const more = (count) => {
    const next = items.slice(shown, shown + count).map(render);
    shown += next.length;
    place.append(...next.flat());
    buttons();
    return next;
  };
  const buttons = () => {
    foot.replaceChildren();
    const rest = items.length - shown;
    if (rest <= 0) return;
    const step = Math.min(rest, shown < MANY ? STEP * 4 : MANY);
    const press = () => {
      const [first] = more(step).flat();
      const target = first && (first.querySelector('summary, button') || first);
      if (target) target.focus();
    };
    foot.append(button(`Show ${step} more`, press), ` ${rest} not shown yet.`);
    if (rest > step) foot.append(' ', button('Show all', () => more(rest)));
  };
  return {
    show(all) {
      items = all;
      shown = 0;
      place.replaceChildren();
      more(STEP);
    },
    reach(item) {
      const index = items.indexOf(item);
      if (index >= shown) more(index + 1 - shown);
      return index >= 0;
    },
  };
}

/* A field that filters as one types. */
function searchField(label, change) {
  const input = make('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', on: { input: change } });
  return { input, field: make('label', {}, `${label} `, input) };
}

/* A choice of one of the values, or of all. */
function choiceField(label, values, change) {
  const options = values.map((value) => make('option', { value }, value === '' ? '(none)' : value));
  const select = make('select', { on: { change } }, make('option', { value: '\u0000' }, 'all'), ...options);
  select.isAll = () => select.value === '\u0000';
  select.reset = () => { select.value = '\u0000'; };
  select.reset();
  return { select, field: make('label', {}, `${label} `, select) };
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const UNITS = { d: 86400, h: 3600, min: 60, s: 1 };

/* What cells of a kind are sorted by. */
const SORT_KEYS = {
  number: Number.parseFloat,
  time: (text) => text.replace(/^\D+/, ''),
  duration: (text) => [...text.matchAll(/([\d.]+) (d|h|min|s)\b/g)]
    .reduce((sum, [, number, unit]) => sum + number * UNITS[unit], 0),
};

/* Nothing known goes last, in either direction. */
function compareCells(left, right, kind, direction) {
  const isLeft = left === '' || left === '-';
  const isRight = right === '' || right === '-';
  if (isLeft || isRight) return isLeft - isRight;
  const key = SORT_KEYS[kind] || String;
  const [first, second] = [key(left), key(right)];
  return direction * (typeof first === 'number' ? first - second : collator.compare(first, second));
}
