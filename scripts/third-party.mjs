// Writes what others wrote and the program holds, each with its licence and the texts that come with it: crates, and what the window is built of.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TEXTS = /^(licen[cs]e|copying|notice|unlicense)/i;

/** The licence texts in a folder. */
function texts(folder) {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXTS.test(entry.name))
    .map((entry) => entry.name);
  return names.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

/** The crates that the program is linked of: what is reached from it, tests and build scripts aside. */
function crates() {
  const here = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
  const told = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--filter-platform', here], {
    maxBuffer: 1 << 28,
  });
  const { packages, resolve } = JSON.parse(told);
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set();
  const waiting = packages.filter((crate) => crate.name === 'centrepoint-monitor').map((crate) => crate.id);
  while (waiting.length > 0) {
    const id = waiting.pop();
    if (reached.has(id)) continue;
    reached.add(id);
    const used = nodes.get(id).deps.filter((dep) => dep.dep_kinds.some((kind) => kind.kind === null));
    waiting.push(...used.map((dep) => dep.pkg));
  }
  return packages
    .filter((crate) => crate.source !== null && reached.has(crate.id))
    .map(({ name, version, license, manifest_path }) => ({ name, version, license, folder: dirname(manifest_path) }));
}

/** The packages whose code the window carries. */
function packages() {
  const lock = JSON.parse(readFileSync('ui/package-lock.json', 'utf8'));
  const used = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.dev && !entry.optional);
  return used.map(([path, { version, license }]) => ({
    name: path.replace(/^.*node_modules\//, ''),
    version,
    license,
    folder: join('ui', path),
  }));
}

const all = [...crates(), ...packages()].sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
const known = new Map();
console.log('CentrePoint Monitor holds what these wrote, under these licences.\n');
for (const { name, version, license, folder } of all) {
  const numbers = texts(folder).map((text) => {
    if (!known.has(text)) known.set(text, known.size + 1);
    return known.get(text);
  });
  const where = numbers.length > 0 ? `texts ${numbers.join(', ')}` : 'no text of its own';
  console.log(`${name} ${version}: ${license ?? 'see its text'} (${where})`);
}
for (const [text, number] of known) console.log(`\n${'='.repeat(40)} text ${number}\n\n${text}`);
