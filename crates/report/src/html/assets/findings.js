/* The list of findings. */
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];
const CONFIDENCES = ['high', 'medium', 'low'];

function mountFindings(place) {
  const { findings, rules } = report;
  const rule = (finding) => rules[finding.rule];
  const text = (finding) => {
    if (finding.text === undefined) {
      const of = rule(finding);
      const said = [of.id, of.title, finding.message, finding.machine, finding.subject];
      finding.text = said.join(' ').toLowerCase();
    }
    return finding.text;
  };
  const among = (order, get) => order.filter((value) => findings.some((finding) => get(finding) === value));
  const distinct = (get) => [...new Set(findings.map(get))].sort(collator.compare);
  const filters = [
    ['severity', among(SEVERITIES, (finding) => finding.severity), (finding) => finding.severity],
    ['confidence', among(CONFIDENCES, (finding) => finding.confidence), (finding) => finding.confidence],
    ['rule', distinct((finding) => rule(finding).id), (finding) => rule(finding).id],
    ['machine', distinct((finding) => finding.machine), (finding) => finding.machine],
  ].map(([label, values, get]) => ({ get, ...choiceField(label, values, () => update()) }));
  const search = searchField('Filter', () => update());
  const orders = {
    'gravest first': () => 0,
    'earliest first': (left, right) => compareCells(left.first, right.first, 'time', 1),
    'latest first': (left, right) => compareCells(left.first, right.first, 'time', -1),
    'by machine': (left, right) => collator.compare(left.machine, right.machine),
    'by rule': (left, right) => collator.compare(rule(left).id, rule(right).id),
  };
  const order = make('select', { on: { change: () => update() } },
    ...Object.keys(orders).map((name) => make('option', { value: name }, name)));

  const status = make('span', { class: 'status', role: 'status' });
  const body = make('div', { class: 'findings' });
  const foot = make('p', { class: 'more' });
  const list = longList(body, foot, (finding) => [findingItem(finding, rule(finding))]);
  let shown = findings;

  const update = () => {
    const words = search.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = findings.filter((finding) =>
      filters.every(({ select, get }) => select.isAll() || get(finding) === select.value)
      && words.every((word) => text(finding).includes(word)));
    shown = [...shown].sort(orders[order.value]);
    status.textContent = `${shown.length} of ${counted(findings.length, 'finding')}`;
    list.show(shown);
  };

  const save = () => {
    const names = ['severity', 'confidence', 'rule', 'title', 'machine', 'subject', 'first', 'last', 'count', 'message', 'evidence'];
    const row = (one) => [one.severity, one.confidence, rule(one).id, rule(one).title, one.machine,
      one.subject, one.first, one.last, one.count, one.message, one.cites.map(citeText).join('; ')];
    saveCsv('findings', names, shown.map(row));
  };

  place.replaceChildren(
    make('div', { class: 'tools' }, search.field, ...filters.map(({ field }) => field),
      make('label', {}, 'order ', order), button('Save as CSV', save), status),
    body, foot);
  update();

  /* Brings a finding into the page, whatever is filtered now. */
  return (number) => {
    const finding = findings[number - 1];
    if (!finding) return;
    if (!list.reach(finding)) {
      search.input.value = '';
      filters.forEach(({ select }) => select.reset());
      update();
      list.reach(finding);
    }
  };
}

function findingItem(finding, rule) {
  const times = finding.last ? `${finding.first} to ${finding.last}` : finding.first;
  const often = finding.count > 1 ? `${finding.count} times` : '';
  const facts = [finding.machine, times, often].filter(Boolean).join(', ');
  const summary = [badge(finding.severity), ' ', make('span', { class: 'message' }, unbroken(finding.message)),
    make('span', { class: 'where' }, unbroken(`${rule.id}, confidence ${finding.confidence}. ${facts}`))];
  return folded({ class: 'finding', id: `finding-${finding.number}` }, summary, () => [
    make('p', { class: 'rule' }, make('b', {}, rule.title), ` (${rule.origin}) `,
      make('a', { href: `#incident-${finding.incident}` }, `incident ${finding.incident}`)),
    make('h3', {}, 'Why'), make('p', {}, rule.explain),
    make('h3', {}, 'What to do'), make('p', {}, rule.remedy),
    ...(rule.may_be.length ? [make('h3', {}, 'The same may come of'), make('p', {}, rule.may_be.join('; '))] : []),
    ...(rule.references.length ? [make('h3', {}, 'Read on'), referenceList(rule.references)] : []),
    make('h3', {}, 'Evidence'), citeList(finding.cites),
  ]);
}

function referenceList(references) {
  return make('ul', {}, ...references.map(({ text, is_link }) =>
    make('li', {}, is_link ? make('a', { href: text, rel: 'noopener noreferrer' }, text) : text)));
}
