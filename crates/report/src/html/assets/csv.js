/* Tables for spreadsheets. */

/* A cell that begins like a formula gets an apostrophe, so that no spreadsheet computes it. */
function csvCell(value) {
  const text = String(value);
  const isFormula = /^[\s\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) && text !== '-';
  return `"${(isFormula ? `'${text}` : text).replace(/"/g, '""')}"`;
}

function csvText(columns, rows) {
  const line = (cells) => cells.map(csvCell).join(',');
  return `\ufeff${[columns, ...rows].map(line).join('\r\n')}\r\n`;
}

function saveCsv(name, columns, rows) {
  const blob = new Blob([csvText(columns, rows)], { type: 'text/csv;charset=utf-8' });
  const link = make('a', { href: URL.createObjectURL(blob), download: `${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
