/* The script takes over what the page has without it. */
const tables = [...report.before, ...report.after].flatMap((section) => section.tables);
for (const table of [...tables, report.coverage_table]) {
  const place = document.getElementById(table.id);
  if (place) mountTable(place, table);
}
const reachFinding = mountFindings(document.getElementById('finding-list'));
const reachIncident = mountIncidents(document.getElementById('incident-list'));
const bars = document.getElementById('coverage-bars');
if (bars) mountCoverage(bars);

/* A link to a finding or an incident opens it, also when it is not in the page yet. */
function follow() {
  const [, kind, number] = /^#(finding|incident)-(\d+)$/.exec(location.hash) || [];
  if (!kind) return;
  (kind === 'finding' ? reachFinding : reachIncident)(Number(number));
  const details = document.getElementById(`${kind}-${number}`);
  if (!details) return;
  details.unfold();
  details.open = true;
  details.scrollIntoView();
  details.querySelector('summary').focus({ preventScroll: true });
}
addEventListener('hashchange', follow);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link && link.getAttribute('href') === location.hash) follow();
});
follow();

/* What is folded is on paper, too. */
const PAPER = 640;
let opened = [];
const redraw = (width) => document.querySelectorAll('figure.timeline').forEach((figure) => figure.redraw(width));
addEventListener('beforeprint', () => {
  let folds = [...document.querySelectorAll('details:not([open])')];
  /* What is unfolded may hold what is folded. */
  while (folds.length) {
    folds.forEach((details) => { details.unfold(); details.open = true; });
    opened.push(...folds);
    folds = [...document.querySelectorAll('details:not([open])')];
  }
  redraw(PAPER);
});
addEventListener('afterprint', () => {
  opened.forEach((details) => { details.open = false; });
  opened = [];
  redraw();
});
