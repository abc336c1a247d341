/** A small true PDF of one page, in seven-bit characters only, so that it passes through any text channel unharmed. */

const printable = (line: string): string =>
  line
    .normalize('NFKD')
    .replaceAll(/[^\u0020-\u007e]/g, '')
    .replaceAll(/[\\()]/g, (mark) => `\\${mark}`);

/** Lines of text on an A4 page, Helvetica; the first page holds what fits and the rest is left out. */
export function textPdf(lines: readonly string[]): string {
  const text = lines
    .slice(0, 50)
    .map((line) => `(${printable(line).slice(0, 110)}) Tj T*`)
    .join('\n');
  const stream = `BT /F1 10 Tf 14 TL 50 800 Td\n${text}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${String(stream.length)} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${String(index + 1)} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = String(objects.length + 1);
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${entries}`;
  return `${body}${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${String(body.length)}\n%%EOF\n`;
}
