/* The list of incidents. */
const OPEN_AT_FIRST = 2;
const FINDINGS_NAMED = 30;
const GUESTS_NAMED = 16;

function mountIncidents(place) {
  const { incidents } = report;
  const body = make('div', {});
  const foot = make('p', { class: 'more' });
  const list = longList(body, foot, (incident) => [incidentItem(incident)]);
  place.replaceChildren(body, foot);
  list.show(incidents);
  [...body.children].slice(0, OPEN_AT_FIRST).forEach((details) => { details.open = true; });
  return (number) => {
    if (incidents[number - 1]) list.reach(incidents[number - 1]);
  };
}

function incidentItem(incident) {
  const times = incident.end ? `${incident.start} to ${incident.end}` : incident.start;
  const summary = [make('h3', {}, badge(incident.severity), unbroken(` ${incident.number}. ${incident.title}`)),
    make('span', { class: 'where' }, unbroken([incident.machine, times, `confidence ${incident.confidence}`].filter(Boolean).join(', ')))];
  return folded({ class: 'incident', id: `incident-${incident.number}` }, summary, () => [
    make('p', {}, unbroken(incident.summary)),
    ...guestNames(incident.vms),
    ...(incident.moments.length > 1 ? [timeline(incident)] : []),
    ...(incident.moments.length ? [momentList(incident)] : []),
    make('h4', {}, 'Findings'), findingLinks(incident),
  ]);
}

function guestNames(names) {
  if (!names.length) return [];
  const first = names.slice(0, GUESTS_NAMED);
  const rest = names.slice(GUESTS_NAMED);
  const line = make('p', {}, make('b', {}, 'Guests: '), unbroken(first.join(', ')));
  if (!rest.length) return [line];
  return [line, folded({ class: 'list' }, [`and ${rest.length} more guests`], () => [make('p', {}, unbroken(rest.join(', ')))])];
}

function findingLinks(incident) {
  const named = incident.findings.slice(0, FINDINGS_NAMED).map((number) => {
    const finding = report.findings[number - 1];
    return make('li', {}, badge(finding.severity), ' ',
      make('a', { href: `#finding-${number}` }, unbroken(finding.message)), ` (confidence ${finding.confidence})`);
  });
  const rest = incident.findings.length - named.length;
  const note = rest > 0 ? [make('li', {}, `and ${rest} more: see the findings below`)] : [];
  return make('ul', { class: 'links' }, ...named, ...note);
}

function momentList(incident) {
  const items = incident.moments.map((moment) => make('li', { class: moment.is_near ? 'near' : '' },
    make('span', { class: 'time' }, moment.time), ' ', symbol(moment.kind, moment.is_near), ' ', moment.text,
    moment.times ? ` (${moment.times})` : '', ' ',
    make('span', { class: 'cite' }, citeText(moment.cite))));
  const title = `In order of time: ${counted(items.length, 'line')}`;
  return folded({ class: 'list' }, [title], () => [make('ol', { class: 'moments' }, ...items)]);
}
