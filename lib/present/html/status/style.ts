/** The only style sheet of the page. Every pair of text and ground has a contrast of 4.5 at least, in light and in dark. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--text:#17202b;--soft:#566272;--line:#dfe3e9;--faint:#eef0f4;--link:#0b57b0;
--ok:#13764a;--ok-soft:#e4f4ec;--warning:#8f5a00;--warning-soft:#fdf1dc;--critical:#b3261e;--critical-soft:#fce9e7;--stale:#51596b;--stale-soft:#e9ebf0;--on:#fff;--chart:#2563b8;--chart-soft:#dbe7f7}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0f141a;--card:#171e27;--text:#e8ecf1;--soft:#a3afbe;--line:#2b3541;--faint:#1f2833;--link:#8cbcff;
--ok:#4cc38a;--ok-soft:#14302a;--warning:#f0b34a;--warning-soft:#352a14;--critical:#ff8a80;--critical-soft:#3b1f20;--stale:#aab4c3;--stale-soft:#262e39;--on:#0f141a;--chart:#79aef2;--chart-soft:#1c3150}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,.top,footer{max-width:1080px;margin:0 auto;padding:0 20px}
a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
h1,h2,h3,h4{line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h3{font-size:1.06rem;margin:36px 0 12px}h4{font-size:.95rem;margin:20px 0 8px}
p{margin:0 0 8px}small{color:var(--soft);font-size:.8125rem;font-weight:400}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--faint);padding:1px 5px;border-radius:4px}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 14px;z-index:1}
.top{display:flex;gap:12px;align-items:baseline;padding-top:22px;padding-bottom:14px;color:var(--soft);font-size:.9375rem}
.brand{color:var(--text);font-weight:700;letter-spacing:-.01em}
.icon{width:1.25em;height:1.25em;flex:none;fill:currentColor}.icon .sign{fill:none;stroke:var(--card);stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
.icon.ok{color:var(--ok)}.icon.warning{color:var(--warning)}.icon.critical{color:var(--critical)}.icon.stale{color:var(--stale)}
.hero{display:flex;gap:20px;align-items:center;padding:26px 28px;border-radius:16px;margin-bottom:20px;border:1px solid var(--line)}
.hero .icon{width:52px;height:52px}.hero h1{font-size:clamp(1.45rem,4.2vw,2.1rem)}.hero p{margin:6px 0 0;color:var(--soft);font-size:.9375rem;max-width:64ch}
.hero.ok{background:var(--ok-soft);border-color:var(--ok)}.hero.warning{background:var(--warning-soft);border-color:var(--warning)}.hero.critical{background:var(--critical-soft);border-color:var(--critical)}.hero.stale{background:var(--stale-soft);border-color:var(--stale)}
.hero .sign{stroke:var(--on)}.hero p,.hero small{color:var(--text)}
.cards{list-style:none;margin:0 0 20px;padding:0;display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}
.card{position:relative;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px 12px;display:grid;grid-template-columns:1fr auto;gap:2px 12px;align-content:start}
.card a{font-weight:650;color:var(--text);text-decoration:none;font-size:1.0625rem}.card a::after{content:"";position:absolute;inset:0;border-radius:12px}.card a:hover{text-decoration:underline}
.card p{grid-column:1/-1;margin:0;font-size:.9375rem;color:var(--soft)}.card .state{grid-column:2;grid-row:1;display:flex;gap:6px;align-items:center;font-weight:600;font-size:.875rem}
.card.ok .state{color:var(--ok)}.card.warning .state{color:var(--warning)}.card.critical .state{color:var(--critical)}.card.stale .state{color:var(--stale)}
.card.critical{border-color:var(--critical)}.card.warning{border-color:var(--warning)}.card .meta{margin-top:6px;font-size:.8125rem}
.source{content-visibility:auto;contain-intrinsic-size:auto 1600px;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:26px 28px 28px;margin-bottom:20px}
.source h2{font-size:1.45rem}
.answer{display:flex;gap:10px;align-items:flex-start;margin:10px 0 0;font-size:1.0625rem}.answer .icon{margin-top:.12em}
.source.ok .answer strong{color:var(--ok)}.source.warning .answer strong{color:var(--warning)}.source.critical .answer strong{color:var(--critical)}.source.stale .answer strong{color:var(--stale)}
.concerns{list-style:none;margin:12px 0 0;padding:0}.concerns li{display:flex;gap:10px;align-items:flex-start;padding:5px 0}.concerns .icon{width:1.05em;height:1.05em;margin:.22em .1em 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;margin:22px 0 0;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.figures div{background:var(--card);padding:12px 16px}.figures dt{color:var(--soft);font-size:.8125rem}.figures dd{margin:2px 0 0;font-size:1.35rem;font-weight:650;letter-spacing:-.015em;line-height:1.25}.figures small{display:block;letter-spacing:0;line-height:1.4}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:.875rem;color:var(--soft);margin-bottom:14px}.legend span{display:inline-flex;gap:7px;align-items:center}.legend b{color:var(--text)}.legend .day{font-style:normal}
.months{display:grid;grid-template-columns:repeat(auto-fill,minmax(222px,1fr));gap:22px 26px}
.month{border-collapse:separate;border-spacing:2px;table-layout:fixed;width:100%;max-width:260px;font-size:.75rem}.month caption{text-align:left;font-weight:600;font-size:.875rem;padding:0 0 4px 2px}
.month th{font-weight:400;color:var(--soft);padding:0;height:18px}.month abbr{text-decoration:none}.month td{padding:0;height:34px;text-align:center;color:var(--soft)}
.day{display:inline-flex;flex-direction:column;align-items:center;justify-content:center;width:100%;height:34px;border-radius:7px;font-weight:600;line-height:1;border:2px solid transparent;font-size:.75rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend .day{width:26px;height:22px;flex:none}.day sup{font-size:.5625rem;line-height:1;margin-top:2px;font-weight:700}
.day.proven{background:var(--ok);color:var(--on)}.day.sealed{border-color:var(--ok);color:var(--text)}.day.part{border:2px dashed var(--soft);color:var(--text)}.day.damaged{background:var(--critical);color:var(--on);text-decoration:line-through}
.trends{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,260px),1fr));gap:22px}
.trend{margin:0;max-width:420px}.trend figcaption{color:var(--soft);font-size:.8125rem;margin-bottom:6px}.trend figcaption span{display:block}.trend strong{color:var(--text);font-size:1.25rem;font-weight:650;letter-spacing:-.015em;margin-right:4px}
.trend svg{width:100%;height:auto;display:block;overflow:visible}.trend text{font-size:10px;fill:var(--soft)}.trend .right{text-anchor:end}
.grid{stroke:var(--line);stroke-dasharray:2 3}.axis{stroke:var(--line)}.target{stroke:var(--warning);stroke-dasharray:6 4}.area{fill:var(--chart-soft)}.line{fill:none;stroke:var(--chart);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.end{fill:var(--chart);stroke:var(--card);stroke-width:1.5}
.bar{display:block;width:100%;height:14px;margin:2px 0 12px}.gap{fill:var(--critical-soft)}.covered{fill:var(--ok)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:12px 26px;margin:0}.facts dt{color:var(--soft);font-size:.8125rem}.facts dd{margin:0}
.note{color:var(--soft);font-size:.875rem;max-width:80ch;margin-top:10px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));gap:0 34px}
.scroll{overflow-x:auto}
.rows{border-collapse:collapse;width:100%;font-size:.875rem}.rows td{min-width:11ch}.rows .number{min-width:0}.rows th,.rows td{text-align:left;padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
.rows thead th{color:var(--soft);font-size:.8125rem;white-space:nowrap}.rows .number{text-align:right;white-space:nowrap}.rows tbody th{white-space:nowrap}.rows tfoot td,.rows tfoot th{font-weight:650;border-bottom:0}
.rows .match,.rows .proven{color:var(--ok)}.rows .differs,.rows .damaged,li.damaged{color:var(--critical)}.rows .skipped,.rows .sealed{color:var(--warning)}
details{margin-top:18px}summary{cursor:pointer;color:var(--link);font-size:.9375rem;width:fit-content}details .scroll{margin-top:8px}
.empty{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px}
footer{color:var(--soft);font-size:.8125rem;padding-bottom:36px}
@media (max-width:600px){.rows tbody td:first-child,.rows tbody th{white-space:nowrap}.rows td{min-width:14ch}.hero h1{font-size:1.5rem}main,.top,footer{padding-left:14px;padding-right:14px}.source,.hero{padding:18px 16px;border-radius:14px}.hero{gap:14px;align-items:flex-start}.hero .icon{width:36px;height:36px}.figures{grid-template-columns:1fr 1fr}.figures div{padding:10px 12px}.figures dd{font-size:1.15rem}.months{grid-template-columns:1fr;justify-items:center}.month{max-width:320px}}
@media print{.source{content-visibility:visible}body{background:#fff;font-size:11pt}.skip,nav{display:none}main,.top,footer{max-width:none;padding:0}.source{border:0;border-top:1px solid var(--line);border-radius:0;padding:14px 0;break-before:auto}.hero,.figures,.trend,.month,.facts div,.rows tr{break-inside:avoid}h2,h3{break-after:avoid}.months{grid-template-columns:repeat(4,1fr);gap:14px}.trends{grid-template-columns:repeat(3,1fr)}.scroll{overflow:visible}.rows{font-size:8.5pt}details:not([open]){display:none}.day{height:30px;font-size:7.5pt;border-width:1.5px}.day sup{margin-top:0;font-size:5.5pt}.month td{height:30px}.trend{max-width:none}.icon,.covered,.gap,.area{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
