/* Which log of which machine covers which time. */
const MACHINES_OPEN = 6;

function mountCoverage(place) {
  const logs = report.coverage.flatMap((machine) => machine.logs).filter((log) => log.from !== null && log.to !== null);
  if (!logs.length) return;
  const from = logs.reduce((least, log) => Math.min(least, log.from), Infinity);
  const to = Math.max(logs.reduce((most, log) => Math.max(most, log.to), -Infinity), from + SECOND);
  const share = (time) => ((time - from) / (to - from)) * 100;
  const items = report.coverage.map((machine, index) => {
    const absent = machine.absent.length ? `, ${counted(machine.absent.length, 'log')} not there` : '';
    const summary = [make('b', {}, machine.machine), ` ${counted(machine.logs.length, 'log')}${absent}`];
    const details = folded({ class: 'covered' }, summary, () => [
      coverageAxis(from, to),
      make('ul', {}, ...machine.logs.map((log) => coveredLog(log, share)), ...machine.absent.map(absentLog)),
    ]);
    details.open = index < MACHINES_OPEN;
    return details;
  });
  place.replaceChildren(make('h3', {}, 'Each log'), ...items);
}

function coverageAxis(from, to) {
  return make('div', { class: 'covered-axis', 'aria-hidden': 'true' },
    make('span', {}, timeText(from, STEPS[STEPS.length - 1])), make('span', {}, timeText(to, STEPS[STEPS.length - 1])));
}

function coveredLog(log, share) {
  const track = make('span', { class: 'track', 'aria-hidden': 'true' });
  if (log.from !== null && log.to !== null) {
    const bar = make('span', { class: 'bar' });
    bar.style.left = `${share(log.from)}%`;
    bar.style.width = `${Math.max(share(log.to) - share(log.from), 0.4)}%`;
    track.append(bar);
  }
  return make('li', { title: log.times }, make('span', { class: 'log' }, log.channel), track,
    make('span', { class: 'events' }, counted(log.events, 'event')), make('span', { class: 'hidden' }, `, ${log.times}`));
}

function absentLog(channel) {
  return make('li', { class: 'absent' }, make('span', { class: 'log' }, channel),
    make('span', { class: 'track' }, 'not there'), make('span', { class: 'events' }, '-'));
}
