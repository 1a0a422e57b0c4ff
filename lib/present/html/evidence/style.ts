/** For paper first: A4, black on white, no colour that a copier loses. Nothing is fetched from anywhere. */
export const STYLE = `
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: #fff; color: #111;
  font: 10.5pt/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #111; padding-bottom: .2rem; break-after: avoid; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; break-after: avoid; }
p, ul { margin: .4rem 0 .6rem; }
.lead { font-size: 1.05rem; }
.quiet { color: #444; }
table { width: 100%; border-collapse: collapse; margin: .4rem 0 1rem; font-size: 9.5pt; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; break-after: avoid; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid #bbb; overflow-wrap: anywhere; }
th { border-bottom: 1.5px solid #111; font-weight: 600; overflow-wrap: normal; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: .8rem; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.wrong { font-weight: 700; }
.wrong::before { content: "\\25B2\\00A0"; }
.scroll { overflow-x: auto; }
code { font: .92em ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; font-size: 9.5pt; } table { font-size: 8.5pt; } .scroll { overflow: visible; } a { color: inherit; text-decoration: none; } }
`;
