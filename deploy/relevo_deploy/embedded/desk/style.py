"""How the pages of the desk look that are read: one column, in either theme, from a narrow telephone on."""

READING = """
:root { --ink: #1b2a41; --paper: #fdfcf9; --line: #ded9cd; --soft: #f3f0e8; --quiet: #55606f; --link: #1f4e79;
  color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6df; --paper: #121c2b; --line: #2c3a50; --soft: #1a273a; --quiet: #aab3c0; --link: #9cc5ee }
}
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0; color: var(--ink); background: var(--paper);
  overflow-wrap: break-word }
a { color: var(--link) }
a:focus-visible { outline: 2px solid; outline-offset: 2px }
.skip { position: absolute; left: -99rem }
.skip:focus { position: static }
header, main { max-width: 54rem; margin: 0 auto; padding: 0 1rem }
header { border-bottom: 1px solid var(--line) }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: .25rem 0 }
nav a { display: block; padding: .5rem 0 }
nav a[aria-current] { color: inherit; text-decoration-thickness: .15em }
main { padding-bottom: 4rem }
h1, h2, h3 { font-family: Georgia, serif; font-weight: 500; line-height: 1.25; overflow-wrap: anywhere }
h2 { margin-top: 2.5rem }
code { font-size: .875em; overflow-wrap: anywhere; background: var(--soft); padding: .1em .25em; border-radius: .25em }
pre { background: var(--soft); padding: 1rem; border-radius: .375rem }
pre code { background: none; padding: 0; white-space: pre-wrap }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: start; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line) }
th { font-weight: 600 }
td { overflow-wrap: anywhere }
td:first-child { overflow-wrap: break-word }
thead th { border-top: 0; color: var(--quiet) }
@media (max-width: 40rem) {
  table, thead, tbody, tr, th, td { display: block }
  thead { position: absolute; left: -99rem }
  tr { border-top: 1px solid var(--line); padding: .4rem 0 }
  th, td { border: 0; padding: .1rem 0 }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--quiet) }
  td[data-name]:first-child::before { content: none }
}
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 2rem;
  margin: 1.5rem 0 }
svg { width: 100%; max-width: 26rem; height: auto; overflow: visible }
rect { fill: var(--soft); stroke: var(--quiet) }
text { font: 13px system-ui, sans-serif; fill: var(--ink) }
text.name { text-anchor: middle }
svg a text { fill: var(--link); text-decoration: underline }
summary { cursor: pointer; padding: .5rem 0 }
.line { fill: none; stroke: var(--quiet); stroke-width: 1.25 }
.head { fill: var(--quiet) }
g:hover .line { stroke-width: 3 }
"""
