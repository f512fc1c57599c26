/* Tables: [cells, details, cites] a row. They are sorted, filtered, unfolded and exported. */
const CHOICES = 60;

function mountTable(place, table) {
  const { columns } = table;
  let rows = table.rows;
  let sorted = { column: -1, direction: 1 };
  const status = make('span', { class: 'status', role: 'status' });
  const body = make('tbody');
  const foot = make('p', { class: 'more' });
  const hasDetails = rows.some(([, details, cites]) => details.length || cites.length);
  const list = longList(body, foot, (row) => tableRow(row, columns, hasDetails));

  const choices = columns.flatMap((column, index) => {
    if (column.kind !== 'choice') return [];
    const values = [...new Set(table.rows.map(([cells]) => cells[index]))].sort(collator.compare);
    const isUseful = values.length > 1 && values.length <= CHOICES;
    return isUseful ? [{ index, ...choiceField(column.name, values, () => update()) }] : [];
  });
  const search = searchField('Filter', () => update());

  const update = () => {
    const words = search.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows = table.rows.filter((row) => {
      const isChosen = choices.every(({ select, index }) => select.isAll() || row[0][index] === select.value);
      return isChosen && words.every((word) => haystack(row).includes(word));
    });
    if (sorted.column >= 0) {
      const { kind } = columns[sorted.column];
      const cell = (row) => row[0][sorted.column];
      rows = [...rows].sort((left, right) => compareCells(cell(left), cell(right), kind, sorted.direction));
    }
    status.textContent = `${rows.length} of ${counted(table.rows.length, 'row')}`;
    list.show(rows);
  };

  const heads = columns.map((column, index) => {
    const press = () => {
      const isAgain = sorted.column === index && sorted.direction === 1;
      sorted = { column: index, direction: isAgain ? -1 : 1 };
      heads.forEach((head) => head.removeAttribute('aria-sort'));
      heads[index].setAttribute('aria-sort', isAgain ? 'descending' : 'ascending');
      update();
    };
    return make('th', { scope: 'col', class: column.kind }, button(column.name, press));
  });

  const save = () => {
    const told = ([, details]) => details.map(([label, text]) => `${label}: ${text}`).join('; ');
    const evidence = ([, , cites]) => cites.map(citeText).join('; ');
    const names = [...columns.map((column) => column.name), 'details', 'evidence'];
    saveCsv(table.id, names, rows.map((row) => [...row[0], told(row), evidence(row)]));
  };
  const unfoldHead = hasDetails ? [make('th', { scope: 'col', class: 'fold' }, make('span', { class: 'hidden' }, 'details'))] : [];
  const isShort = table.rows.length < 4;
  place.replaceChildren(
    make('h3', { id: `${table.id}-title` }, table.title),
    make('div', { class: 'tools' },
      ...(isShort ? [] : [search.field, ...choices.map(({ field }) => field)]),
      button('Save as CSV', save), status),
    make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-labelledby': `${table.id}-title` },
      make('table', { 'aria-labelledby': `${table.id}-title` },
        make('thead', {}, make('tr', {}, ...unfoldHead, ...heads)), body)),
    foot,
    ...(table.left_out ? [make('p', { class: 'left-out' }, `${counted(table.left_out, 'more row')} are in the JSON report and in CSV only.`)] : []));
  update();
}

function haystack(row) {
  if (row.text === undefined) {
    const details = row[1].map(([, text]) => text);
    row.text = [...row[0], ...details].join(' ').toLowerCase();
  }
  return row.text;
}

function tableRow(row, columns, hasDetails) {
  const [cells, details, cites] = row;
  const datas = cells.map((cell, index) => make('td', { class: index === 0 && columns[0].kind === 'text' ? 'name' : columns[index].kind }, unbroken(cell)));
  const line = make('tr', {}, ...datas);
  if (!hasDetails) return [line];
  if (!details.length && !cites.length) {
    line.prepend(make('td', { class: 'fold' }));
    return [line];
  }
  let below;
  const press = () => {
    if (below) {
      below.remove();
      below = undefined;
    } else {
      below = make('tr', { class: 'below' }, make('td', { colspan: cells.length + 1 }, detailList(details), cites.length ? citeList(cites) : null));
      line.after(below);
    }
    fold.setAttribute('aria-expanded', String(Boolean(below)));
  };
  const fold = button('', press, { class: 'fold', 'aria-expanded': 'false', 'aria-label': `Details of ${cells[0]}` });
  line.prepend(make('td', { class: 'fold' }, fold));
  return [line];
}

/* Lines with the same label stand together. */
function detailList(details) {
  const terms = [];
  let last;
  for (const [label, text] of details) {
    if (label !== last) terms.push(make('dt', {}, label));
    terms.push(make('dd', { class: label === 'Stack' ? 'code' : '' }, unbroken(text)));
    last = label;
  }
  return terms.length ? make('dl', {}, ...terms) : null;
}
